//! The head in the database against the checkpoint and the files.
//!
//! A round writes files, then the head, then the checkpoint. So the head may be one round ahead of the checkpoint, and
//! then its own signature and the files of that round must bear it out. It changes nothing.

use std::path::Path;

use xinlu_tlog::{Checkpoint, EMPTY_ROOT, Frontier, Hash, LogFile, TILE_WIDTH, TlogError, leaf_hash, tree_root};

use super::{LogReport, Problem, file_at, read_entries, read_verifier};
use crate::directory::{CHECKPOINT, Directory};
use crate::{Head, LEAVES_PER_SUBMIT_MAX};

/// What comparing the database's head with the directory came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadCheck {
    /// What is wrong with the head; empty when it is borne out.
    pub wrong: Vec<String>,
    /// Leaves that have their place and no checkpoint yet, as a crash between head and checkpoint leaves them. They are
    /// checked, and the report counts them in from now on.
    pub late: u64,
}

impl LogReport {
    /// Holds the head that the database has against the checkpoint and the files. Where it is ahead by no more than one
    /// round, and its signature and the files bear it out, `tree_size` and `root` become the head's.
    pub fn check_head(&mut self, head: Option<&Head>) -> HeadCheck {
        let mut check = HeadCheck::default();
        let Some(head) = head else {
            if self.tree_size > 0 {
                check.wrong.push(format!("the database knows no head, the checkpoint has {} leaves", self.tree_size));
            }
            return check;
        };
        let signed = self.is_signed(head);
        if let Err(what) = &signed {
            check.wrong.push(what.clone());
        }
        let (size, published) = (head.size, self.tree_size);
        if size < published {
            check.wrong.push(format!("the database knows {size} leaves, the checkpoint {published}"));
        } else if size == published && head.root != self.root {
            check.wrong.push("the database has another root than the checkpoint".to_owned());
        } else if size > published {
            let borne_out = signed.and_then(|()| self.grow_to(head));
            match borne_out {
                Ok(()) => check.late = size - published,
                Err(what) => check.wrong.push(format!(
                    "the database knows {size} leaves, the checkpoint {published}, and no interrupted round explains it: {what}"
                )),
            }
        }
        check
    }

    /// Whether the note beside the head is signed by the log's key and says what the head says.
    fn is_signed(&self, head: &Head) -> Result<(), String> {
        // A key that cannot be read is named by the check of the directory.
        let Some(verifier) = read_verifier(&self.directory, &mut Vec::new()) else { return Ok(()) };
        let signed = Checkpoint::open(&head.checkpoint, verifier.name(), &verifier)
            .map_err(|error| format!("its checkpoint cannot be trusted: {error}"))?;
        if (signed.size, signed.root) != (head.size, head.root) {
            return Err(format!(
                "its checkpoint is signed for {} leaves with root {}, the head says {} with root {}",
                signed.size, signed.root, head.size, head.root
            ));
        }
        Ok(())
    }

    /// Grows the checked tree by the entries of one round, whose files must be exactly what that gives.
    fn grow_to(&mut self, head: &Head) -> Result<(), String> {
        let (from, to) = (self.tree_size, head.size);
        if to - from > LEAVES_PER_SUBMIT_MAX as u64 {
            return Err(format!("one round places at most {LEAVES_PER_SUBMIT_MAX} leaves"));
        }
        let aligned = from - from % u64::from(TILE_WIDTH);
        let mut frontier =
            Frontier::load(aligned, &|tile| self.directory.tile(tile)).map_err(|error| error.to_string())?;
        let mut hashes = Vec::new();
        for index in aligned / u64::from(TILE_WIDTH)..to.div_ceil(u64::from(TILE_WIDTH)) {
            let entries = read_entries(&self.directory, index, to).map_err(|problem| problem.to_string())?;
            hashes.extend(entries.iter().map(|entry| leaf_hash(entry)));
        }
        let (known, new) = hashes.split_at_checked((from - aligned) as usize).ok_or("entries are missing")?;
        frontier.append(known);
        if frontier.root() != self.root {
            return Err("the entries before it are not those of the checkpoint".to_owned());
        }
        let tiles = frontier.append(new);
        if frontier.root() != head.root {
            return Err(format!("the entries give the root {}, the head says {}", frontier.root(), head.root));
        }
        for (tile, bytes) in tiles {
            let path = tile.path();
            match self.directory.find(&path) {
                Ok(Some(found)) if found == bytes => {}
                Ok(Some(_)) => return Err(format!("{path} is not what the entries give")),
                Ok(None) => return Err(format!("{path} is missing")),
                Err(error) => return Err(error.to_string()),
            }
        }
        self.leftovers.retain(|name| !LogFile::from_path(name).is_ok_and(|file| file_at(file, to) == Some(file)));
        (self.tree_size, self.root) = (to, head.root);
        Ok(())
    }
}

/// The root that the log in a directory had at `size` leaves, by its tiles; the log has been verified up to `size_max`
/// leaves. For holding against what others kept of it.
pub fn root_at(directory: &Path, size: u64, size_max: u64) -> Result<Hash, Problem> {
    if size > size_max {
        return Err(Problem::of_file(CHECKPOINT, format!("has {size_max} leaves, not {size}")));
    }
    if size == 0 {
        return Ok(EMPTY_ROOT);
    }
    let files = Directory::new(directory.to_owned());
    tree_root(size, &|tile| files.tile(tile)).map_err(|error| match &error {
        TlogError::TileUnavailable { path, .. } => Problem::of_file(path, error.to_string()),
        _ => Problem::of_file(CHECKPOINT, format!("its tiles give no root at {size} leaves: {error}")),
    })
}
