//! The binary: arguments in, exit code out.

use std::process::ExitCode;

/// A third of the processor time of a query went to glibc's allocator and its locks; measured, see `ARCHITECTURE.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    dmp_gateway::cli::run(std::env::args_os())
}
