//! The `xinlu` program. All it does stands in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    xinlu_server::command::run()
}
