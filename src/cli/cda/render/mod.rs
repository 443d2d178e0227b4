//! A report in its three forms.

pub(super) mod json;
pub(super) mod junit;
pub(super) mod text;
