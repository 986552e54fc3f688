//! Makes the past: every message that was said before the first start, sealed and on disk.
//!
//! Blocks are made by as many threads as there are processors and appended in their order, so the result does not
//! depend on the number of threads. An interrupted preparation goes on at the next start. It must never run while live
//! traffic is being appended.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::archive_file::{Entry, Origin};
use crate::company::BLOCK;
use crate::envelope::{self, Sealing};
use crate::error::SimulatorError;
use crate::faults::Faults;
use crate::process;
use crate::world::{Corp, WorldConfig};

/// Finished blocks waiting for their turn; bounds memory at about 2 MB each.
const WAITING_BLOCKS_MAX: usize = 8;

/// What a preparation cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Messages made now (not those found on disk).
    pub messages: u64,
    /// Seconds by the clock.
    pub seconds: f64,
    /// Processor seconds.
    pub cpu_seconds: f64,
}

/// Prepares what is missing of the corp's past; `progress` hears how many messages there are of how many.
pub fn prepare(
    world: &WorldConfig,
    corp: &Corp,
    faults: &Faults,
    progress: &dyn Fn(u64, u64),
) -> Result<Cost, SimulatorError> {
    let total = corp.past_messages;
    let present = corp.archive.lock().last_seq();
    let (started, cpu_started) = (Instant::now(), process::cpu_seconds());
    if present < total {
        make_blocks(world, corp, faults, present, progress)?;
    }
    Ok(Cost {
        messages: total.saturating_sub(present),
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: process::cpu_seconds() - cpu_started,
    })
}

fn make_blocks(
    world: &WorldConfig,
    corp: &Corp,
    faults: &Faults,
    present: u64,
    progress: &dyn Fn(u64, u64),
) -> Result<(), SimulatorError> {
    let first = present / BLOCK;
    let end = corp.past_messages.div_ceil(BLOCK);
    let next = AtomicU64::new(first);
    let stopped = AtomicBool::new(false);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::sync_channel(WAITING_BLOCKS_MAX);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let sender = sender.clone();
            let (next, stopped) = (&next, &stopped);
            scope.spawn(move || {
                loop {
                    let block = next.fetch_add(1, Ordering::Relaxed);
                    if block >= end || stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    if sender.send((block, make_block(world, corp, faults, block))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let result = append_in_order(corp, first, present, &receiver, progress);
        stopped.store(true, Ordering::Relaxed);
        // Threads that wait to send a block are let go.
        drop(receiver);
        result
    })
}

type Made = (u64, Result<Vec<Entry>, SimulatorError>);

fn append_in_order(
    corp: &Corp,
    first: u64,
    present: u64,
    receiver: &mpsc::Receiver<Made>,
    progress: &dyn Fn(u64, u64),
) -> Result<(), SimulatorError> {
    let mut waiting = BTreeMap::new();
    let mut wanted = first;
    for (block, entries) in receiver {
        waiting.insert(block, entries?);
        while let Some(entries) = waiting.remove(&wanted) {
            // The first block may be there in part, after an interruption.
            let skipped = present.saturating_sub(wanted * BLOCK) as usize;
            let mut archive = corp.archive.lock();
            archive.append(entries.get(skipped..).unwrap_or_default())?;
            progress(archive.last_seq(), corp.past_messages);
            wanted += 1;
        }
    }
    Ok(())
}

fn make_block(world: &WorldConfig, corp: &Corp, faults: &Faults, block: u64) -> Result<Vec<Entry>, SimulatorError> {
    let seed = world.seed ^ (u64::from(corp.config.index) << 48) ^ block.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut entries = Vec::with_capacity(BLOCK as usize);
    let mut previous: Option<String> = None;
    let total = corp.past_messages;
    for (position, message) in corp.company.past_block(block).into_iter().enumerate() {
        let number = block * BLOCK + position as u64;
        if number >= total {
            break;
        }
        let seq = number + 1;
        let sealing = Sealing {
            keys: &corp.keys,
            version: version_at(number, total, corp.keys.versions()),
            fault: envelope::fault_of(faults, seq),
            origin: Origin::Past,
        };
        let msgid = message.msgid.clone();
        entries.push(envelope::seal(sealing, seq, message, previous.as_deref(), &mut random)?);
        previous = Some(msgid);
    }
    Ok(entries)
}

/// The key version in force at message `number` of `total`: each of the versions for an equal share of the past.
fn version_at(number: u64, total: u64, versions: u32) -> u32 {
    1 + (number * u64::from(versions) / total.max(1)) as u32
}
