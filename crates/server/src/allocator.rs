//! Bounds what the system's allocator keeps for itself.
//!
//! Intake allocates on one thread and frees on another. glibc gives each thread an arena of its own, up to eight a core, and
//! gives little back: 409 MiB at the peak of `cargo xtask bench intake` instead of 211 MiB with four arenas. Its bins for
//! small freed pieces are joined and sorted anew whenever a large one is freed, which intake does all the time; without them
//! the caches of the threads serve the small ones as before.

// One call of the C library, before any thread is started: there is no safe wrapper of mallopt.
#![allow(unsafe_code)]

/// Enough that two cores rarely wait for one another.
const ARENAS_MAX: libc::c_int = 4;

/// Bytes up to which freed pieces go to the bins that are joined later; 0: none does.
const LATE_JOINED_MAX: libc::c_int = 0;

/// Must be called before any thread is started.
pub fn bound() {
    // SAFETY: mallopt only stores numbers, and no other thread runs yet.
    let accepted = unsafe {
        libc::mallopt(libc::M_ARENA_MAX, ARENAS_MAX) != 0 && libc::mallopt(libc::M_MXFAST, LATE_JOINED_MAX) != 0
    };
    if !accepted {
        eprintln!("the allocator cannot be bounded; memory may be higher");
    }
}
