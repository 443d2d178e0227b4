//! Coded values. Spec: ITI TF-3: 4.2.3.1.2.

/// A code with its coding scheme. The display name is carried along and never compared:
/// real clients send it in broken encodings.
#[derive(Debug, Clone)]
pub struct Code {
    /// The code itself.
    pub value: String,
    /// The scheme: an OID, a URN or a name such as `URN`.
    pub scheme: String,
    /// What a human reads.
    pub display: Option<String>,
}

impl Code {
    /// A code without display name, as queries carry it.
    pub fn new(value: &str, scheme: &str) -> Self {
        Self { value: value.to_owned(), scheme: scheme.to_owned(), display: None }
    }

    /// The form `code^^scheme` of stored query parameters.
    pub fn to_query_form(&self) -> String {
        format!("{}^^{}", self.value, self.scheme)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.scheme == other.scheme
    }
}

impl Eq for Code {}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn two_codes_are_equal_by_code_and_scheme_whatever_the_display_name() {
        let named = Code { display: Some("M\u{fffd}decin".to_owned()), ..Code::new("10", "1.2.250.1.71.1.2.7") };
        assert_eq!(named, Code::new("10", "1.2.250.1.71.1.2.7"));
        assert_ne!(named, Code::new("10", "1.2.250.1.71.1.2.8"));
    }
}
