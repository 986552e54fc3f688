//! The `xinlu` program. All it does stands in the library beside it.

mod allocator;

use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::bound();
    xinlu_server::command::run()
}
