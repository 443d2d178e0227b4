//! conf
fn main() {}
