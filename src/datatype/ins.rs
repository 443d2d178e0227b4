//! The national health identity. Spec: DMP TD0.1, resource-id; the key is that of the NIR.

use crate::datatype::Malformed;
use crate::datatype::cx::{Cx, PatientId};

/// An INS: 13 characters and a key of two digits that was verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Ins(PatientId);

impl Ins {
    /// The authorities of the INS: NIR, NIA, and the NIR of tests and of demonstrations. Which of them are taken is for a
    /// deployment to say.
    pub const AUTHORITIES: [&str; 4] =
        ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

    /// Reads the CX form of an INS and verifies its key. Which authority is taken is the caller's decision.
    ///
    /// # Errors
    /// [`Malformed`] when the CX is malformed, is not 15 characters long, or its key is wrong.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Self::of(&Cx::parse(text)?.to_patient_id())
    }

    /// Verifies that a patient identifier is an INS.
    ///
    /// # Errors
    /// [`Malformed`] when it is not 15 characters long or its key is wrong.
    pub fn of(patient: &PatientId) -> Result<Self, Malformed> {
        let malformed = Malformed { kind: "INS", expected: "13 characters and a key of two digits, 97 − (N mod 97)" };
        let (number, key) = patient.id().split_at_checked(13).ok_or(malformed)?;
        // `parse` alone would take a sign for a digit.
        let digits = key.len() == 2 && key.bytes().all(|b| b.is_ascii_digit());
        if digits && key_of(number).is_some_and(|right| key.parse() == Ok(right)) {
            Ok(Self(patient.clone()))
        } else {
            Err(malformed)
        }
    }

    /// The patient that the INS names.
    pub fn patient_id(&self) -> &PatientId {
        &self.0
    }
}

/// The key of a NIR or NIA. The two departments of Corsica count as 19 and 18.
fn key_of(number: &str) -> Option<u64> {
    let numeric = match number.get(5..7)? {
        "2A" => number.replacen("2A", "19", 1),
        "2B" => number.replacen("2B", "18", 1),
        _ => number.to_owned(),
    };
    if !numeric.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    numeric.parse::<u64>().ok().map(|n| 97 - n % 97)
}

impl std::fmt::Debug for Ins {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ins(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Ins;

    fn ins(number: &str) -> Result<Ins, crate::datatype::Malformed> {
        Ins::parse(&format!("{number}^^^&1.2.250.1.213.1.4.10&ISO^NH"))
    }

    #[test]
    fn the_key_is_verified() {
        for good in ["284067510512388", "207058575627097", "279035121518989", "153078987658513", "248039263001064"] {
            assert!(ins(good).is_ok(), "{good}");
        }
        for bad in [
            "284067510512389",
            "28406751051238",
            "2840675105123880",
            "28406751051238X",
            "284067510512300",
            "2840675105105+9",
        ] {
            assert!(ins(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn corsica_counts_as_19_and_18() {
        // 97 − (1 85 05 19 780 060 mod 97) and the same with 18.
        let south = 97 - 1_850_519_780_060_u64 % 97;
        let north = 97 - 1_850_518_780_060_u64 % 97;
        assert!(ins(&format!("185052A780060{south:02}")).is_ok());
        assert!(ins(&format!("185052B780060{north:02}")).is_ok());
        assert!(ins(&format!("185052C780060{north:02}")).is_err());
    }
}
