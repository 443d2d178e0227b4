//! XML signatures of two legal shapes, with algorithms from a table.
//!
//! An assertion is signed in one way ([`xmldsig`]): enveloped, one reference. Nothing has to be resolved in that shape, so
//! nothing is: no ID map, no URI, no transform chain. A submission set is signed by a document of its own ([`xades`]), whose
//! references lead to elements of that document and nowhere else. What is not literally the shape is refused.
//! Spec: DMP TD0.1 signature profile, DMP TD2.1 signature of the submission set, W3C xmldsig-core.

pub mod algorithm;
pub mod reference;
pub mod xades;
pub mod xmldsig;
