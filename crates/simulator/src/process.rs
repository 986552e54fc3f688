//! The clock and the processor time of this process. Nothing else in the crate asks the system for either.

use std::time::{SystemTime, UNIX_EPOCH};

/// Clock ticks a second in `/proc/self/stat`; fixed at 100 for user space on Linux.
const TICKS_PER_SECOND: f64 = 100.0;
/// Fields of `/proc/self/stat` between the end of the command name and `utime` (proc(5): fields 3 to 13).
const FIELDS_BEFORE_UTIME: usize = 11;

/// Now, in milliseconds since 1970 UTC.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |passed| passed.as_millis() as i64)
}

/// Processor seconds (user and system, all threads) that this process has used; 0 where the system does not say.
pub fn cpu_seconds() -> f64 {
    let Ok(text) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    // The command name may contain anything but ends at the last bracket.
    let Some((_, rest)) = text.rsplit_once(')') else {
        return 0.0;
    };
    let ticks: f64 =
        rest.split_whitespace().skip(FIELDS_BEFORE_UTIME).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SECOND
}
