//! Telecommunication addresses. Spec: ITI TF-3: Table 4.2.3.1.7-2 "XTN".

use crate::datatype::checked_text;

checked_text!(
    /// An e-mail address (`^^Internet^address`) or a telephone number (`^PRN^PH^^^^number`).
    Xtn, kind: "XTN", expected: "^^Internet^address or ^use^PH^^area^^number", check: is_xtn, debug: hidden
);

fn is_xtn(text: &str) -> bool {
    let components: Vec<&str> = text.split('^').collect();
    let component = |number: usize| components.get(number.wrapping_sub(1)).copied().unwrap_or("");
    let mail = matches!(component(2), "" | "NET") && component(3) == "Internet" && !component(4).is_empty();
    let number = !component(7).is_empty() || !component(12).is_empty() || !component(1).is_empty();
    let phone = matches!(component(3), "PH" | "CP" | "FX" | "") && component(2) != "NET" && number;
    !text.chars().any(char::is_control) && (mail || phone)
}

#[cfg(test)]
mod tests {
    use super::Xtn;

    #[test]
    fn an_address_is_a_mail_or_a_telephone() {
        for good in ["^^Internet^john.doe@example.org", "^PRN^PH^^^^0145000000", "^WPN^CP^^^^^^^^^0145000000"] {
            assert!(Xtn::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "^^Internet", "^NET^PH^^^^0145000000", "^PRN^PH"] {
            assert!(Xtn::parse(bad).is_err(), "{bad}");
        }
    }
}
