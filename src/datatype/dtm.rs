//! HL7 date and time of partial precision. Spec: ITI TF-3: Table 4.2.3.1.7-2 "DTM".

use crate::datatype::Malformed;

/// `YYYY[MM[DD[hh[mm[ss]]]]]` in UTC, kept in the precision that was given.
///
/// Comparison goes by the earliest instant implied, as the stored queries demand
/// (Spec: ITI TF-2: 3.18.4.1.2.3.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dtm(String);

impl Dtm {
    /// Reads 4 to 14 digits that name a real date.
    ///
    /// # Errors
    /// [`Malformed`] for fractions, time zones, odd lengths and dates that do not exist.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let malformed = Malformed { kind: "DTM", expected: "YYYY[MM[DD[hh[mm[ss]]]]] in UTC, digits only" };
        let right_length = matches!(text.len(), 4 | 6 | 8 | 10 | 12 | 14);
        if !right_length || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed);
        }
        let candidate = Self(text.to_owned());
        chrono::NaiveDateTime::parse_from_str(&candidate.earliest(), "%Y%m%d%H%M%S").map_err(|_| malformed)?;
        Ok(candidate)
    }

    /// Writes an instant with the precision of a second.
    pub fn from_utc(instant: chrono::DateTime<chrono::Utc>) -> Self {
        Self(instant.format("%Y%m%d%H%M%S").to_string())
    }

    /// The wire form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The earliest instant that the text may mean, as 14 digits: comparable as text.
    pub fn earliest(&self) -> String {
        const START_OF_YEAR: &str = "00000101000000";
        let missing = START_OF_YEAR.get(self.0.len()..).unwrap_or("");
        format!("{}{missing}", self.0)
    }
}

impl std::fmt::Display for Dtm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Dtm;

    #[test]
    fn a_partial_date_means_its_earliest_instant() {
        let earliest = |text: &str| Dtm::parse(text).unwrap().earliest();
        assert_eq!(earliest("2005"), "20050101000000");
        assert_eq!(earliest("200502"), "20050201000000");
        assert_eq!(earliest("20050228"), "20050228000000");
        assert_eq!(earliest("2005022823"), "20050228230000");
        assert_eq!(earliest("200502282359"), "20050228235900");
    }

    #[test]
    fn a_date_that_does_not_exist_is_refused() {
        for bad in
            ["", "205", "20050231", "2005-02-28", "20050228T10", "20050228100000Z", "200502281000000", "20051301"]
        {
            assert!(Dtm::parse(bad).is_err(), "{bad}");
        }
    }
}
