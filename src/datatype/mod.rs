//! Words of the field as types: identifiers, codes, dates and names, each parsed once and never again.
//!
//! No I/O, no policy. Every type here has a private field and a `parse` that is the only way in;
//! `Debug` hides whatever could name a patient. Spec: ITI TF-3: Table 4.2.3.1.7-2.

pub mod code;
pub mod cx;
pub mod dtm;
pub mod entry_uuid;
pub mod hash;
pub mod identities;
pub mod ins;
pub mod language;
pub mod mime;
pub mod oid;
pub mod unique_id;
pub mod xcn;
pub mod xon;
pub mod xtn;

/// What was wrong with a text that should have been a value of the field.
///
/// It never holds the text itself: a refused patient identifier must not reach a log through an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed {kind}: expected {expected}")]
pub struct Malformed {
    /// The type that was asked for, in the words of the standard (`OID`, `CX`, `DTM`…).
    pub kind: &'static str,
    /// The form that would have been taken.
    pub expected: &'static str,
}

/// Declares a checked text: private field, `parse` by the given check, `as_str`, `Display`.
///
/// A macro because trait impls for a dozen one-field types would be the same forty lines a dozen times.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, kind: $kind:literal, expected: $expected:literal, check: $check:expr, debug: $debug:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Takes the text if it has the right form.
            ///
            /// # Errors
            /// [`Malformed`](crate::datatype::Malformed) that says which form was expected.
            pub fn parse(text: &str) -> Result<Self, crate::datatype::Malformed> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(crate::datatype::Malformed { kind: $kind, expected: $expected })
                }
            }

            /// The wire form.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                checked_text!(@$debug f, self.0, stringify!($name))
            }
        }
    };
    (@shown $f:ident, $value:expr, $name:expr) => { write!($f, "{}({})", $name, $value) };
    (@hidden $f:ident, $value:expr, $name:expr) => { write!($f, "{}(…)", $name) };
}
pub(crate) use checked_text;
