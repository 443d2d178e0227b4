//! `dmp-conformance`: the command line of the harness.

use std::process::ExitCode;

fn main() -> ExitCode {
    dmp_conformance::command::main()
}
