//! Offline verification of a log's directory, with nothing but its files and, at will, an earlier checkpoint.
//!
//! Every problem names the file and the place in it. It blocks, reads every file once, and changes nothing.

mod head;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use xinlu_tlog::{Bundle, Checkpoint, EMPTY_ROOT, Hash, LogFile, TILE_WIDTH, Tile, Verifier, decode_bundle, tree_root};

use crate::LEAVES_PER_SUBMIT_MAX;
use crate::directory::{CHECKPOINT, CHECKPOINT_NEW, Directory, VKEY};
use crate::tree_check::check_tree;

pub use head::{HeadCheck, root_at};

/// Folders below the log's directory are at most this deep: `tile/L/` and seven groups of digits.
const DEPTH_MAX: usize = 12;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The path inside the log's directory, or `saved checkpoint`.
    pub file: String,
    /// Where in the file, such as `hash 17` or `entry 3`.
    pub position: Option<String>,
    pub what: String,
}

/// What the verification of a directory found.
#[derive(Debug)]
pub struct LogReport {
    /// Empty when the log is intact.
    pub problems: Vec<Problem>,
    /// Files that a round which was interrupted left behind; harmless, and cleared at the next start.
    pub leftovers: Vec<String>,
    /// The log's name in its checkpoint; empty if no checkpoint could be trusted.
    pub origin: String,
    /// Leaves under the checkpoint, or entries stored if no checkpoint could be trusted; after `check_head` also those
    /// that a head one round ahead has.
    pub tree_size: u64,
    /// The root that the checkpoint signs, or that the entries give.
    pub root: Hash,
    /// The signed note as it stands in the file; empty if that could not be read.
    pub checkpoint: String,
    directory: Directory,
}

/// All entries of a log in order, read bundle by bundle.
pub struct Leaves {
    directory: Directory,
    size: u64,
    next: u64,
    bundle: std::vec::IntoIter<Vec<u8>>,
}

/// Verifies a log's directory: the checkpoint's signature by `vkey`, every entry bundle and every full and partial
/// tile at every level, the root, missing and unknown files, and that the log only grew since `saved_checkpoint` (a
/// signed note of the same log).
pub fn verify_directory(directory: &Path, saved_checkpoint: Option<&str>) -> LogReport {
    let files = Directory::new(directory.to_owned());
    let mut problems = Vec::new();
    let verifier = read_verifier(&files, &mut problems);
    let (head, note) = read_head(&files, verifier.as_ref(), &mut problems);
    // Without a checkpoint that can be trusted the files themselves say how many entries there are to check.
    let size = head.as_ref().map_or_else(|| stored_size(directory), |head| head.size);
    let root = check_tree(&files, size, head.as_ref().map(|head| head.root), &mut problems);
    let leftovers = check_names(directory, size, &mut problems);
    if let (Some(saved), Some(verifier), Some(head)) = (saved_checkpoint, &verifier, &head) {
        let checked = check_saved(&files, saved, verifier, head);
        problems.extend(checked.err().map(|what| Problem::of_file("saved checkpoint", what)));
    } else if saved_checkpoint.is_some() {
        problems.push(Problem::of_file("saved checkpoint", "cannot be checked without the log's own".to_owned()));
    }
    LogReport {
        problems,
        leftovers,
        origin: head.as_ref().map(|head| head.origin.clone()).unwrap_or_default(),
        tree_size: size,
        root: head.map(|head| head.root).or(root).unwrap_or(EMPTY_ROOT),
        checkpoint: note,
        directory: files,
    }
}

impl LogReport {
    /// Whether nothing is wrong.
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }

    /// All entries under the checkpoint in order. What cannot be read is an error in place of the whole bundle, after
    /// which the iteration goes on with the next bundle; an entry's index is that of the item only without errors.
    pub fn leaves(&self) -> Leaves {
        Leaves { directory: self.directory.clone(), size: self.tree_size, next: 0, bundle: Vec::new().into_iter() }
    }

    /// The entry at `index`.
    pub fn leaf(&self, index: u64) -> Result<Vec<u8>, Problem> {
        let entries = read_entries(&self.directory, index / u64::from(TILE_WIDTH), self.tree_size)?;
        let entry = entries.into_iter().nth((index % u64::from(TILE_WIDTH)) as usize);
        entry.ok_or_else(|| Problem::of_file(CHECKPOINT, format!("has no leaf {index}")))
    }
}

impl Iterator for Leaves {
    /// The leaf's index and its entry.
    type Item = Result<(u64, Vec<u8>), Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(entry) = self.bundle.next() {
            self.next += 1;
            return Some(Ok((self.next - 1, entry)));
        }
        if self.next >= self.size {
            return None;
        }
        match read_entries(&self.directory, self.next / u64::from(TILE_WIDTH), self.size) {
            Ok(entries) => {
                self.bundle = entries.into_iter();
                self.next()
            }
            Err(problem) => {
                self.next = (self.next / u64::from(TILE_WIDTH) + 1) * u64::from(TILE_WIDTH);
                Some(Err(problem))
            }
        }
    }
}

impl Problem {
    pub(crate) fn of_file(file: &str, what: String) -> Self {
        Self { file: file.to_owned(), position: None, what }
    }

    pub(crate) fn at_hash(file: &str, position: usize, what: String) -> Self {
        Self { file: file.to_owned(), position: Some(format!("hash {position}")), what }
    }

    pub(crate) fn at_entry(file: &str, position: usize, what: &str) -> Self {
        Self { file: file.to_owned(), position: Some(format!("entry {position}")), what: what.to_owned() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.position {
            Some(position) => write!(formatter, "{} {position}: {}", self.file, self.what),
            None => write!(formatter, "{}: {}", self.file, self.what),
        }
    }
}

fn read_entries(directory: &Directory, index: u64, size: u64) -> Result<Vec<Vec<u8>>, Problem> {
    let bundle = Bundle::at_size(index, size);
    let bundle = bundle.ok_or_else(|| Problem::of_file(CHECKPOINT, format!("has no entry bundle {index}")))?;
    let broken = |error: &dyn fmt::Display| Problem::of_file(&bundle.path(), error.to_string());
    let bytes = directory.bundle(bundle).map_err(|error| broken(&error))?;
    let entries = decode_bundle(&bytes, bundle.width()).map_err(|error| broken(&error))?;
    Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
}

fn read_verifier(directory: &Directory, problems: &mut Vec<Problem>) -> Option<Verifier> {
    let text = match directory.find_text(VKEY) {
        Ok(Some(text)) => text,
        Ok(None) => {
            problems.push(Problem::of_file(VKEY, "missing".to_owned()));
            return None;
        }
        Err(error) => {
            problems.push(Problem::of_file(VKEY, error.to_string()));
            return None;
        }
    };
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Verifier::parse(line).map_err(|error| problems.push(Problem::of_file(VKEY, error.to_string()))).ok()
}

/// The checkpoint if it can be trusted, and the note.
fn read_head(
    directory: &Directory,
    verifier: Option<&Verifier>,
    problems: &mut Vec<Problem>,
) -> (Option<Checkpoint>, String) {
    let mut wrong = |what: String| problems.push(Problem::of_file(CHECKPOINT, what));
    let text = match directory.find_text(CHECKPOINT) {
        Ok(Some(text)) => text,
        Ok(None) => {
            wrong("missing".to_owned());
            return (None, String::new());
        }
        Err(error) => {
            wrong(error.to_string());
            return (None, String::new());
        }
    };
    let Some(verifier) = verifier else {
        wrong("cannot be checked without vkey".to_owned());
        return (None, text);
    };
    match Checkpoint::open(&text, verifier.name(), verifier) {
        Ok(checkpoint) => (Some(checkpoint), text),
        Err(error) => {
            wrong(error.to_string());
            (None, text)
        }
    }
}

/// How many entries the bundles in the directory say they have.
fn stored_size(directory: &Path) -> u64 {
    let mut size = 0;
    walk(directory, &mut |name, listed| {
        if let (true, Ok(LogFile::Bundle(bundle))) = (listed, LogFile::from_path(&name)) {
            size = size.max(bundle.index() * u64::from(TILE_WIDTH) + u64::from(bundle.width()));
        }
    });
    size
}

fn check_saved(directory: &Directory, saved: &str, verifier: &Verifier, head: &Checkpoint) -> Result<(), String> {
    let saved = Checkpoint::open(saved, &head.origin, verifier).map_err(|error| error.to_string())?;
    if saved.size > head.size {
        return Err(format!("has {} leaves, the log only {}", saved.size, head.size));
    }
    let root = tree_root(saved.size, &|tile| directory.tile(tile)).map_err(|error| error.to_string())?;
    if root != saved.root {
        return Err(format!("its root at {} leaves is {}, the log's is {root}", saved.size, saved.root));
    }
    Ok(())
}

/// Names files that do not belong to a log of `size` leaves. Answers those that an interrupted round leaves.
fn check_names(directory: &Path, size: u64, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut leftovers = Vec::new();
    walk(directory, &mut |name, listed| {
        if !listed {
            problems.push(Problem::of_file(&name, "cannot be listed".to_owned()));
        } else if name == CHECKPOINT_NEW {
            leftovers.push(name);
        } else if name != CHECKPOINT && name != VKEY {
            match LogFile::from_path(&name) {
                Ok(file) if file_at(file, size) == Some(file) => {}
                Ok(file) if is_leftover(file, size) => leftovers.push(name),
                _ => problems.push(Problem::of_file(&name, "does not belong to the log".to_owned())),
            }
        }
    });
    leftovers.sort();
    leftovers
}

/// Visits every file below a directory by its path in it; or a folder that cannot be listed, with `false`.
fn walk(directory: &Path, visit: &mut dyn FnMut(String, bool)) {
    let mut folders: Vec<(PathBuf, usize)> = vec![(directory.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>) else {
            visit(name_of(directory, &folder), false);
            continue;
        };
        for entry in entries {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) && depth < DEPTH_MAX {
                folders.push((entry.path(), depth + 1));
            } else {
                visit(name_of(directory, &entry.path()), true);
            }
        }
    }
}

/// The file with the same level and index in a tree of `size` leaves.
fn file_at(file: LogFile, size: u64) -> Option<LogFile> {
    match file {
        LogFile::Tile(tile) => Tile::at_size(tile.level(), tile.index(), size).map(LogFile::Tile),
        LogFile::Bundle(bundle) => Bundle::at_size(bundle.index(), size).map(LogFile::Bundle),
    }
}

/// Narrower forms of files that have grown in the last round, and files of the round that was to come.
fn is_leftover(file: LogFile, size: u64) -> bool {
    let reach = LEAVES_PER_SUBMIT_MAX as u64;
    file_at(file, size.saturating_sub(reach)) != file_at(file, size.saturating_add(reach))
}

fn name_of(directory: &Path, path: &Path) -> String {
    path.strip_prefix(directory).unwrap_or(path).to_string_lossy().into_owned()
}
