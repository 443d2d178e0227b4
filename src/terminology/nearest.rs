//! How far one text is from another, to say which code somebody most likely meant.

/// Texts longer than this have none near: codes are short, and the cost grows with the square.
pub const LONGEST: usize = 80;

/// The number of single-character edits between two texts, whatever the case.
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        for (above, d) in row.iter().skip(1).zip(&other) {
            let cell = (diagonal + usize::from(c != *d)).min(left + 1).min(*above + 1);
            diagonal = *above;
            left = cell;
            next.push(cell);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The candidate whose key is least far from a text, if it is near at all: less than half of it differs.
///
/// At most `most` candidates are compared.
pub fn nearest<'c, T>(
    candidates: impl Iterator<Item = &'c T>,
    key: impl Fn(&T) -> &str,
    text: &str,
    most: usize,
) -> Option<(usize, &'c T)> {
    let length = text.chars().count();
    if length > LONGEST {
        return None;
    }
    let limit = length / 2;
    candidates
        // A difference of length is a distance already.
        .filter(|candidate| {
            key(candidate).len().abs_diff(text.len()) <= limit * 4 && key(candidate).len() <= LONGEST * 4
        })
        .filter(|candidate| key(candidate).chars().count().abs_diff(length) <= limit)
        .take(most)
        .map(|candidate| (distance(key(candidate), text), candidate))
        .filter(|(far, _)| *far <= limit)
        .min_by_key(|(far, _)| *far)
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("SA05", "sa05"), 0);
        assert_eq!(distance("SA05", "SA5"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn what_is_far_is_not_near_and_a_long_text_is_not_compared() {
        let codes = ["10".to_owned(), "11488-4".to_owned()];
        let near = |text: &str| nearest(codes.iter(), |code| code.as_str(), text, 1000).map(|(_, code)| code.as_str());
        assert_eq!(near("11488-5"), Some("11488-4"));
        assert_eq!(near("zzzzzzz"), None);
        assert_eq!(near(&"9".repeat(10_000)), None);
        assert_eq!(near("\u{1f600}"), None);
        assert!(nearest(codes.iter(), |code| code.as_str(), "11488-5", 0).is_none());
    }
}
