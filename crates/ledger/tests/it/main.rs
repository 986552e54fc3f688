//! Running logs through their public face: on both engines, through crashes and damage, before strangers' judges.
//!
//! A test stops a round with a step hook; nothing sleeps.

// A failed step of a test is a failed test.
#![allow(clippy::unwrap_used, clippy::panic)]

mod crash;
mod damage;
mod head;
mod judges;
mod sequencing;
mod support;
