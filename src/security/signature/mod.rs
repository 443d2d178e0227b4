//! XML signatures of the one legal shape of an assertion: enveloped, one reference, algorithms from a table.
//!
//! Nothing has to be resolved in that shape, so nothing is: no ID map, no URI, no transform chain. What is not
//! literally the shape is refused. Spec: DMP TD0.1 signature profile, W3C xmldsig-core.

pub mod algorithm;
pub mod reference;
pub mod xmldsig;
