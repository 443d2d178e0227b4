//! HL7 times with their offset, and the same in UTC. Spec: HL7 V3 data types, TS; ITI TF-3: Table 4.2.3.1.7-2 "DTM".

use chrono::{Months, NaiveDateTime, TimeDelta};

use crate::datatype::dtm::Dtm;

/// `YYYY[MM[DD[hh[mm[ss[.f]]]]]][±hhmm]`, in the precision that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointInTime {
    earliest: NaiveDateTime,
    /// Digits that were given: 4 for a year, 14 for a second.
    digits: usize,
    offset: Option<TimeDelta>,
}

/// From the hour on, an offset moves what is written.
const HOUR: usize = 10;
const MINUTE: usize = 12;

impl PointInTime {
    /// Reads a time; nothing when it is none. Fractions of a second are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let zone = text.find(['+', '-']).unwrap_or(text.len());
        let (clock, zone) = text.split_at_checked(zone)?;
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let offset = if zone.is_empty() { None } else { Some(offset(zone)?) };
        Some(Self { offset, ..Self::of_dtm(&Dtm::parse(clock).ok()?)? })
    }

    /// A time of the metadata, which is in UTC.
    fn of_dtm(dtm: &Dtm) -> Option<Self> {
        let earliest = NaiveDateTime::parse_from_str(&dtm.earliest(), "%Y%m%d%H%M%S").ok()?;
        Some(Self { earliest, digits: dtm.as_str().len(), offset: Some(TimeDelta::zero()) })
    }

    /// The time in UTC as metadata carry it. A date, and a time that says no offset, stay as they are.
    pub fn to_dtm(self) -> Option<Dtm> {
        let moving = self.offset.filter(|_| self.digits >= HOUR).unwrap_or_default();
        let uneven = moving.num_minutes() % 60 != 0;
        let digits = if uneven { self.digits.max(MINUTE) } else { self.digits };
        let text = self.earliest.checked_sub_signed(moving)?.format("%Y%m%d%H%M%S").to_string();
        Dtm::parse(text.get(..digits)?).ok()
    }

    /// The date as it is written, where it lives: no offset moves a birthday.
    pub fn local_date(self) -> String {
        let text = self.earliest.format("%Y%m%d").to_string();
        text.get(..self.digits.min(8)).unwrap_or_default().to_owned()
    }

    /// Whether a time of the metadata can mean this one: the spans that the two leave open meet.
    ///
    /// Without an offset any place on Earth is possible.
    pub fn may_be(self, dtm: &Dtm) -> bool {
        let spans = Self::of_dtm(dtm).and_then(Self::span).zip(self.span());
        spans.is_some_and(|((from, until), (own_from, own_until))| from < own_until && own_from < until)
    }

    fn span(self) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let start = self.earliest;
        let end = match self.digits {
            4 => start.checked_add_months(Months::new(12)),
            6 => start.checked_add_months(Months::new(1)),
            8 => start.checked_add_signed(TimeDelta::days(1)),
            HOUR => start.checked_add_signed(TimeDelta::hours(1)),
            MINUTE => start.checked_add_signed(TimeDelta::minutes(1)),
            _ => start.checked_add_signed(TimeDelta::seconds(1)),
        }?;
        let (east, west) = match self.offset {
            Some(offset) => (offset, offset),
            None => (TimeDelta::hours(14), TimeDelta::hours(-12)),
        };
        Some((start.checked_sub_signed(east)?, end.checked_sub_signed(west)?))
    }
}

/// `±hhmm`.
fn offset(zone: &str) -> Option<TimeDelta> {
    let (sign, digits) = zone.split_at_checked(1)?;
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let ahead = TimeDelta::minutes(hours * 60 + minutes);
    (hours <= 14 && minutes < 60).then(|| if sign == "-" { -ahead } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::PointInTime;
    use crate::datatype::dtm::Dtm;

    fn utc(text: &str) -> Option<String> {
        PointInTime::parse(text)?.to_dtm().map(|dtm| dtm.as_str().to_owned())
    }

    #[test]
    fn an_offset_moves_a_time_and_leaves_a_date() {
        for (text, expected) in [
            ("20100319204535+0100", Some("20100319194535")),
            ("20100319204535.125-0930", Some("20100320061535")),
            ("20100101003000+0100", Some("20091231233000")),
            ("202101040735+0100", Some("202101040635")),
            ("2021010407+0100", Some("2021010406")),
            ("2021010407+0530", Some("202101040130")),
            ("20210104+0100", Some("20210104")),
            ("20210104160527", Some("20210104160527")),
            ("2021", Some("2021")),
            ("", None),
            ("20210104160527+1", None),
            ("20210104160527+0160", None),
            ("20210104160527.+0100", None),
            ("20211332", None),
            ("hier", None),
            ("20210104é", None),
        ] {
            assert_eq!(utc(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_the_same_moment_is_the_same() {
        let may_be = |own: &str, other: &str| PointInTime::parse(own).unwrap().may_be(&Dtm::parse(other).unwrap());
        assert!(may_be("20100319204535+0100", "20100319194535"));
        assert!(!may_be("20100319204535+0100", "20100319204535"));
        assert!(may_be("20100319204535+0100", "201003191945"));
        // Without an offset the place is not known.
        assert!(may_be("20100319204535", "20100319194535"));
        assert!(!may_be("20100319204535", "20100321204535"));
        assert!(may_be("20100319", "20100318230000"));
        assert!(may_be("20100319", "20100319000000"));
        assert!(!may_be("20100319", "20100322"));
        assert!(may_be("2010", "20100319"));
    }

    #[test]
    fn no_offset_moves_a_birthday() {
        let date = |text: &str| PointInTime::parse(text).unwrap().local_date();
        assert_eq!(date("19840612003000+0100"), "19840612");
        assert_eq!(date("198406"), "198406");
    }
}
