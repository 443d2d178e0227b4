//! The rules of the header: each family of demand broken and kept, and the verdicts of the official check.

mod official;
