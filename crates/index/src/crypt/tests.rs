//! Files that were touched are refused, and every range of every size reads as it was written.
//! It must never weaken: these are the promises of encryption at rest.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use tantivy::directory::TerminatingWrite;
use tantivy::{Directory, HasLen};

use super::{BLOCK_BYTES, Cache, EncryptedDirectory, IndexKey};

const SIZES: [usize; 7] = [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES, 3 * BLOCK_BYTES + 77];

fn directory(root: &Path, key: u8) -> EncryptedDirectory {
    EncryptedDirectory::new(root.to_owned(), IndexKey::new([key; 32]), Arc::new(Cache::new(1 << 20)))
}

fn sample(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 31 % 251) as u8).collect()
}

fn write(directory: &EncryptedDirectory, name: &str, bytes: &[u8]) {
    let mut writer = directory.open_write(Path::new(name)).unwrap();
    for part in bytes.chunks(5_000) {
        writer.write_all(part).unwrap();
    }
    writer.terminate().unwrap();
}

#[test]
fn every_size_and_range_reads_as_written() {
    let root = tempfile::tempdir().unwrap();
    let directory = directory(root.path(), 1);
    for size in SIZES {
        let name = format!("file{size}");
        let bytes = sample(size);
        write(&directory, &name, &bytes);
        directory.atomic_write(Path::new("whole"), &bytes).unwrap();
        assert_eq!(directory.atomic_read(Path::new("whole")).unwrap(), bytes);
        let file = directory.open_read(Path::new(&name)).unwrap();
        assert_eq!(file.len(), size);
        let edges: Vec<usize> = [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, size / 2, size]
            .into_iter()
            .filter(|edge| *edge <= size)
            .collect();
        for (start, end) in edges
            .iter()
            .flat_map(|start| edges.iter().map(move |end| (*start, *end)))
            .filter(|(start, end)| start <= end)
        {
            for _ in 0..2 {
                assert_eq!(file.read_bytes_slice(start..end).unwrap().as_slice(), &bytes[start..end]);
            }
        }
    }
}

#[test]
fn touched_files_are_refused_never_misread() {
    let root = tempfile::tempdir().unwrap();
    write(&directory(root.path(), 1), "file", &sample(2 * BLOCK_BYTES + 100));
    let path = root.path().join("file");
    let good = std::fs::read(&path).unwrap();
    let is_readable = |content: &[u8], key: u8, name: &str| {
        std::fs::write(root.path().join(name), content).unwrap();
        let fresh = directory(root.path(), key);
        let opened = fresh.open_read(Path::new(name));
        opened.is_ok_and(|file| file.read_bytes().is_ok())
    };
    assert!(is_readable(&good, 1, "file"));
    assert!(!is_readable(&good, 2, "file"), "another key");
    assert!(!is_readable(&good, 1, "renamed"), "another name");
    for at in (0..good.len()).step_by(97).chain([good.len() - 1]) {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        assert!(!is_readable(&flipped, 1, "file"), "bit at {at}");
    }
    let whole_blocks = super::HEADER_BYTES + 2 * super::SEALED_BLOCK_BYTES;
    for length in [0, 10, super::HEADER_BYTES, super::HEADER_BYTES + 5, whole_blocks, good.len() - 1] {
        assert!(!is_readable(&good[..length], 1, "file"), "cut to {length}");
    }
    let mut swapped = good.clone();
    swapped[super::HEADER_BYTES..whole_blocks].rotate_left(super::SEALED_BLOCK_BYTES);
    assert!(!is_readable(&swapped, 1, "file"), "swapped blocks");
    assert!(is_readable(&good, 1, "file"));
}
