//! A log's directory: reading its files, writing them durably, clearing away what is no longer needed.
//!
//! Everything blocks; callers on an async thread go through the blocking pool. Nothing here decides what a log is to
//! contain, and no file that the published checkpoint needs is ever written again or removed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use xinlu_tlog::{Bundle, LogFile, TILE_WIDTH, Tile, TlogError, level_count};

use crate::{LEAVES_PER_SUBMIT_MAX, LedgerError};

pub(crate) const CHECKPOINT: &str = "checkpoint";
/// A checkpoint on its way; left behind only by a crash.
pub(crate) const CHECKPOINT_NEW: &str = "checkpoint.new";
pub(crate) const VKEY: &str = "vkey";

/// Syncs in flight at once. The file system joins them into few commits of its journal, so waiting for one at a
/// time is what would cost.
const SYNCS_MAX: usize = 8;
/// The longest run of tiles of one level that one round can pass, so that a round which died can have left.
const TILES_AHEAD_MAX: u64 = LEAVES_PER_SUBMIT_MAX as u64 / TILE_WIDTH as u64 + 2;

/// The directory of one log.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    path: PathBuf,
}

/// Which row of files: the entry bundles, or the tiles of a level.
#[derive(Debug, Clone, Copy)]
enum Row {
    Bundles,
    Tiles(u8),
}

impl Directory {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Makes the directory, durably.
    pub(crate) fn create(&self) -> Result<(), LedgerError> {
        create_folder(&self.path).map_err(|cause| failed("", &cause))
    }

    /// Keeps other sequencers of this directory out until the answer is dropped.
    pub(crate) fn lock(&self) -> Result<File, LedgerError> {
        let locked = File::open(&self.path).and_then(|folder| folder.lock().map(|()| folder));
        locked.map_err(|cause| failed("", &cause))
    }

    /// The bytes of a file, if there is one.
    pub(crate) fn find(&self, path: &str) -> Result<Option<Vec<u8>>, LedgerError> {
        match fs::read(self.path.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(failed(path, &cause)),
        }
    }

    /// The text of a file, if there is one.
    pub(crate) fn find_text(&self, path: &str) -> Result<Option<String>, LedgerError> {
        let Some(bytes) = self.find(path)? else { return Ok(None) };
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|_| LedgerError::File { path: path.to_owned(), cause: "not UTF-8".to_owned() })
    }

    /// A tile's bytes. A partial tile may have been replaced by a wider one, whose beginning it is.
    pub(crate) fn tile(&self, tile: Tile) -> Result<Vec<u8>, TlogError> {
        let wider = |width| Tile::new(tile.level(), tile.index(), width).map(|tile| tile.path());
        let mut bytes = self.widest(&tile.path(), tile.width(), &wider)?;
        bytes.truncate(usize::from(tile.width()) * xinlu_tlog::HASH_BYTES);
        Ok(bytes)
    }

    /// A bundle's bytes, likewise.
    pub(crate) fn bundle(&self, bundle: Bundle) -> Result<Vec<u8>, TlogError> {
        let wider = |width| Bundle::new(bundle.index(), width).map(|bundle| bundle.path());
        let mut bytes = self.widest(&bundle.path(), bundle.width(), &wider)?;
        if !bundle.is_full() {
            bytes.truncate(length_of(&bytes, bundle.width()));
        }
        Ok(bytes)
    }

    fn widest(
        &self,
        path: &str,
        width: u16,
        wider: &dyn Fn(u16) -> Result<String, TlogError>,
    ) -> Result<Vec<u8>, TlogError> {
        let unavailable =
            |cause: &std::io::Error| TlogError::TileUnavailable { path: path.to_owned(), cause: cause.to_string() };
        let missing = match fs::read(self.path.join(path)) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => cause,
            other => return other.map_err(|cause| unavailable(&cause)),
        };
        // Full ones first: they are the usual reason, and they never go away.
        for width in (width + 1..=TILE_WIDTH).rev() {
            match fs::read(self.path.join(wider(width)?)) {
                Err(cause) if cause.kind() == ErrorKind::NotFound => {}
                other => return other.map_err(|cause| unavailable(&cause)),
            }
        }
        Err(unavailable(&missing))
    }

    /// Writes files so that they and their names survive a power cut.
    pub(crate) fn write(&self, files: &[(String, Vec<u8>)]) -> Result<(), LedgerError> {
        let mut folders = BTreeSet::new();
        for (path, _) in files {
            let full = self.path.join(path);
            folders.extend(full.parent().map(Path::to_owned));
        }
        for folder in &folders {
            create_folder(folder).map_err(|cause| failed(&folder.to_string_lossy(), &cause))?;
        }
        let mut written = Vec::with_capacity(files.len());
        for (path, bytes) in files {
            let mut file = File::create(self.path.join(path)).map_err(|cause| failed(path, &cause))?;
            file.write_all(bytes).map_err(|cause| failed(path, &cause))?;
            written.push((path.clone(), file));
        }
        sync(&written)?;
        let open = |folder: PathBuf| {
            let name = folder.to_string_lossy().into_owned();
            File::open(&folder).map(|file| (name.clone(), file)).map_err(|cause| failed(&name, &cause))
        };
        sync(&folders.into_iter().map(open).collect::<Result<Vec<_>, _>>()?)
    }

    /// Replaces a small file at once: readers see the old or the new text, also after a power cut.
    pub(crate) fn replace(&self, path: &str, text: &str) -> Result<(), LedgerError> {
        let replaced = || {
            let new = self.path.join(CHECKPOINT_NEW);
            let mut file = File::create(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, self.path.join(path))?;
            File::open(&self.path)?.sync_all()
        };
        replaced().map_err(|cause| failed(path, &cause))
    }

    /// Removes the partial files that trees of fewer than `size` leaves needed and this one does not, given that
    /// those of `old_size` may be there. Wider ones stay: another writer may be about to publish them.
    pub(crate) fn clear_behind(&self, old_size: u64, size: u64) -> Result<(), LedgerError> {
        for row in rows(size) {
            let (old, now) = (row.count(old_size), row.count(size));
            let width = u64::from(TILE_WIDTH);
            if old / width < now / width {
                self.clear_partials(row, old / width, TILE_WIDTH)?;
            }
            if old < now && now % width > 0 {
                self.clear_partials(row, now / width, (now % width) as u16)?;
            }
        }
        Ok(())
    }

    /// Removes what a round that died left: files ahead of a tree of `size` leaves and narrower partial ones. Only
    /// for a directory that is locked.
    pub(crate) fn clear_around(&self, size: u64) -> Result<(), LedgerError> {
        remove(&self.path.join(CHECKPOINT_NEW)).map_err(|cause| failed(CHECKPOINT_NEW, &cause))?;
        let highest = level_count(size.saturating_add(LEAVES_PER_SUBMIT_MAX as u64));
        for row in std::iter::once(Row::Bundles).chain((0..=highest).map(Row::Tiles)) {
            let edge = row.count(size) / u64::from(TILE_WIDTH);
            for index in edge.saturating_sub(TILES_AHEAD_MAX)..edge + TILES_AHEAD_MAX {
                self.clear_but(row, index, size)?;
            }
        }
        Ok(())
    }

    /// Leaves of tile `index` only the form that a tree of `size` leaves has.
    fn clear_but(&self, row: Row, index: u64, size: u64) -> Result<(), LedgerError> {
        let kept = row.at_size(index, size);
        let full = row.path(index, TILE_WIDTH);
        if kept.as_ref() != Some(&full) {
            remove(&self.path.join(&full)).map_err(|cause| failed(&full, &cause))?;
        }
        for (name, path) in self.partials(&full)? {
            if kept.as_deref() != Some(&format!("{full}.p/{name}")) {
                remove(&path).map_err(|cause| failed(&full, &cause))?;
            }
        }
        self.remove_if_empty(&full)
    }

    /// Removes the partial forms of tile `index` that are narrower than `width`.
    fn clear_partials(&self, row: Row, index: u64, width: u16) -> Result<(), LedgerError> {
        let full = row.path(index, TILE_WIDTH);
        for (name, path) in self.partials(&full)? {
            if name.parse::<u16>().is_ok_and(|found| found < width) {
                remove(&path).map_err(|cause| failed(&full, &cause))?;
            }
        }
        if width == TILE_WIDTH { self.remove_if_empty(&full) } else { Ok(()) }
    }

    fn partials(&self, full: &str) -> Result<Vec<(String, PathBuf)>, LedgerError> {
        let folder = match fs::read_dir(self.path.join(format!("{full}.p"))) {
            Ok(folder) => folder,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(cause) => return Err(failed(full, &cause)),
        };
        let read = |entry: std::io::Result<fs::DirEntry>| {
            entry.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        };
        folder.map(read).collect::<Result<_, _>>().map_err(|cause| failed(full, &cause))
    }

    fn remove_if_empty(&self, full: &str) -> Result<(), LedgerError> {
        match fs::remove_dir(self.path.join(format!("{full}.p"))) {
            Err(cause) if ![ErrorKind::NotFound, ErrorKind::DirectoryNotEmpty].contains(&cause.kind()) => {
                Err(failed(full, &cause))
            }
            _ => Ok(()),
        }
    }
}

impl Row {
    /// Hashes, or entries, that this row has in a tree of `size` leaves.
    fn count(self, size: u64) -> u64 {
        let level = if let Self::Tiles(level) = self { level } else { 0 };
        size.checked_shr(u32::from(level) * xinlu_tlog::TILE_HEIGHT).unwrap_or(0)
    }

    fn at_size(self, index: u64, size: u64) -> Option<String> {
        match self {
            Self::Bundles => Bundle::at_size(index, size).map(|bundle| bundle.path()),
            Self::Tiles(level) => Tile::at_size(level, index, size).map(|tile| tile.path()),
        }
    }

    fn path(self, index: u64, width: u16) -> String {
        let file = match self {
            Self::Bundles => Bundle::new(index, width).map(LogFile::Bundle),
            Self::Tiles(level) => Tile::new(level, index, width).map(LogFile::Tile),
        };
        file.expect("levels are at most 8 and widths 1 to 256").path()
    }
}

fn rows(size: u64) -> impl Iterator<Item = Row> {
    std::iter::once(Row::Bundles).chain((0..level_count(size)).map(Row::Tiles))
}

/// The bytes that the first `count` entries of a bundle take.
fn length_of(bundle: &[u8], count: u16) -> usize {
    (0..count).fold(0, |end, _| {
        let length = bundle.get(end..).and_then(<[u8]>::first_chunk).map_or(0, |length| u16::from_be_bytes(*length));
        end + size_of::<u16>() + usize::from(length)
    })
}

/// Makes a folder and the ones above it, and makes each new name durable in the folder that holds it.
fn create_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
        create_folder(above)?;
        match fs::create_dir(folder) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => return Err(cause),
            _ => return File::open(above)?.sync_all(),
        }
    }
    fs::create_dir_all(folder)
}

fn sync(files: &[(String, File)]) -> Result<(), LedgerError> {
    let per_thread = files.len().div_ceil(SYNCS_MAX).max(1);
    thread::scope(|scope| {
        let sync_all = |(path, file): &(String, File)| file.sync_all().map_err(|cause| failed(path, &cause));
        let threads: Vec<_> =
            files.chunks(per_thread).map(|part| scope.spawn(move || part.iter().try_for_each(sync_all))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(LedgerError::Stopping)))
    })
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

fn failed(path: &str, cause: &std::io::Error) -> LedgerError {
    LedgerError::File { path: path.to_owned(), cause: cause.to_string() }
}
