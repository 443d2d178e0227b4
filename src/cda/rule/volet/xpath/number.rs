//! Numbers and strings made of each other. Spec: `XPath` 1.0 §4.2, §4.4.

/// The white space of XML.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// The number that a string is; none of `1e5`, `+1` or `inf` is one.
pub(super) fn number_of(text: &str) -> f64 {
    let text = text.trim_matches(BLANK);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain && digits.bytes().any(|byte| byte.is_ascii_digit()) { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// A number as a string.
pub(super) fn text_of(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if number == 0.0 {
        "0".to_owned()
    } else {
        number.to_string()
    }
}

/// The nearest whole number, the greater of two.
pub(super) fn rounded(number: f64) -> f64 {
    if number.is_finite() { (number + 0.5).floor() } else { number }
}

/// The characters from a position (from 1), so many or to the end. Spec: `XPath` 1.0 §4.2, whose roundings these are.
pub(super) fn substring(text: &str, from: f64, length: Option<f64>) -> String {
    let first = rounded(from);
    let end = length.map_or(f64::INFINITY, |length| first + rounded(length));
    let mut position = 0.0;
    let chosen = text.chars().filter(|_| {
        position += 1.0;
        position >= first && position < end
    });
    chosen.collect()
}

/// White space at the ends removed, elsewhere one space.
pub(super) fn normalized(text: &str) -> String {
    let mut words = text.split(BLANK).filter(|word| !word.is_empty());
    let mut joined = words.next().unwrap_or("").to_owned();
    for word in words {
        joined.push(' ');
        joined.push_str(word);
    }
    joined
}

/// Each character that is in `from` replaced by the one at its place in `to`, or removed.
pub(super) fn translated(text: &str, from: &str, to: &str) -> String {
    text.chars()
        .filter_map(|character| match from.chars().position(|other| other == character) {
            None => Some(character),
            Some(at) => to.chars().nth(at),
        })
        .collect()
}
