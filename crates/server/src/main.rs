//! The `xinlu` program. All it does stands in the library beside it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Intake allocates on many threads at once; the system's allocator keeps an arena for each and gives little back.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    xinlu_server::command::run()
}
