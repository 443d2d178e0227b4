//! A point in time as HL7 writes it, read as a real one.

/// A point in time: `yyyy[mm[dd[hh[mm[ss[.f…]]]]]]` with an offset `±h[h[mm]]`. Spec: HL7 V3 data types R1, TS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since the year 0, the offset (none: UTC) taken off.
    seconds: i64,
    /// The fraction of a second, nine digits.
    nanoseconds: u32,
}

/// How an offset may be shortened: the official checks of a point in time and of a bound differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offset {
    /// `±h` to `±hhmm`: zeros are added on the right.
    Shortened,
    /// `±hhmm` alone.
    Whole,
}

impl Moment {
    /// Reads a text as a real point in time.
    pub fn read(text: &str) -> Option<Self> {
        Self::with_offset(text, Offset::Shortened)
    }

    pub(super) fn with_offset(text: &str, form: Offset) -> Option<Self> {
        let (base, offset) = match text.find(['+', '-']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let offset = if offset.is_empty() { 0 } else { minutes(offset, form)? };
        let (digits, fraction) = base.split_once('.').map_or((base, None), |(digits, rest)| (digits, Some(rest)));
        if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        if fraction.is_some() && digits.len() != 14 || !matches!(digits.len(), 2 | 4 | 6 | 8 | 10 | 12 | 14) {
            return None;
        }
        let nanoseconds = fraction.map_or(Some(0), nanoseconds)?;
        let part = |from: usize, missing: i64| digits.get(from..from + 2).map_or(Some(missing), two_digits);
        let year = part(0, 0)? * 100 + part(2, 0)?;
        let (month, day) = (part(4, 1)?, part(6, 1)?);
        let (hour, minute, second) = (part(8, 0)?, part(10, 0)?, part(12, 0)?);
        let midnight = hour == 24 && minute == 0 && second == 0 && nanoseconds == 0;
        let real = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        if !real || (hour > 23 && !midnight) || minute > 59 || second > 59 {
            return None;
        }
        let days = days_before(year) + (1..month).map(|month| days_of(year, month)).sum::<i64>() + day - 1;
        Some(Self { seconds: ((days * 24 + hour) * 60 + minute - offset) * 60 + second, nanoseconds })
    }
}

/// An offset as minutes.
fn minutes(text: &str, form: Offset) -> Option<i64> {
    let (sign, digits) = text.split_at_checked(1)?;
    let whole = match form {
        Offset::Shortened => matches!(digits.len(), 1..=4),
        Offset::Whole => digits.len() == 4,
    };
    if !whole {
        return None;
    }
    let filled: String = digits.chars().chain("0000".chars()).take(4).collect();
    let (hours, minutes) = (two_digits(filled.get(..2)?)?, two_digits(filled.get(2..)?)?);
    if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
        return None;
    }
    let total = hours * 60 + minutes;
    Some(if sign == "-" { -total } else { total })
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().ok()
}

fn two_digits(text: &str) -> Option<i64> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the first of the year 0 to the first of a year.
fn days_before(year: i64) -> i64 {
    let past = year - 1;
    if year == 0 { 0 } else { 366 + past * 365 + past / 4 - past / 100 + past / 400 }
}

#[cfg(test)]
mod tests {
    use super::{Moment, Offset};

    #[test]
    fn a_real_point_in_time_is_read_at_any_precision() {
        for text in ["2024", "202402", "20240229", "2024022924", "202402291530", "20240229153000", "20240229153000.5"] {
            assert!(Moment::read(text).is_some(), "{text}");
        }
        for text in
            ["2024022", "20230229", "20241301", "20240431", "2024010125", "20240101120060", "2024-01-01", "", "Z"]
        {
            assert!(Moment::read(text).is_none(), "{text}");
        }
        assert!(Moment::read("20240101Z").is_none() && Moment::read("20240101120000.").is_none());
    }

    #[test]
    fn an_offset_is_shortened_for_a_point_and_whole_for_a_bound() {
        for text in ["20240101+1", "20240101+01", "20240101+010", "20240101-0100", "20240101120000+1400"] {
            assert!(Moment::read(text).is_some(), "{text}");
        }
        for text in ["20240101+1500", "20240101+0160", "20240101+", "20240101+01000", "20240101+01+02"] {
            assert!(Moment::read(text).is_none(), "{text}");
        }
        assert!(Moment::with_offset("20240101+01", Offset::Whole).is_none());
        assert!(Moment::with_offset("20240101+0100", Offset::Whole).is_some());
    }

    #[test]
    fn points_are_compared_as_instants() {
        let read = |text: &str| Moment::read(text).unwrap();
        assert!(read("20240101120000+0100") < read("20240101113000+0000"));
        assert_eq!(read("20240101120000+0100"), read("20240101110000+0000"));
        assert_eq!(read("2024010124"), read("20240102"));
        assert!(read("20231231") < read("20240101") && read("19991231235959.9") < read("2000"));
        assert_eq!(read("20240301").seconds - read("20240228").seconds, 2 * 86_400);
    }
}
