//! Paging by seq, and going on after a torn write.

use super::{ArchiveFile, Entry, Origin};

fn entry(text: &str, msgtime_ms: i64) -> Entry {
    Entry { json: text.as_bytes().to_vec(), msgtime_ms, origin: Origin::Past }
}

fn page(file: &ArchiveFile, after_seq: u64, count: u64) -> (String, u64) {
    let (stretch, found) = file.stretch(after_seq, count);
    (String::from_utf8(stretch.read().unwrap()).unwrap(), found)
}

#[test]
fn pages_hold_what_is_greater_than_the_seq() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = ArchiveFile::open(folder.path(), "a").unwrap();
    assert_eq!(page(&file, 0, 10), (String::new(), 0));
    file.append(&[entry("1", 10), entry("22", 20), entry("333", 30)]).unwrap();
    assert_eq!(page(&file, 0, 2), ("1,22,".to_owned(), 2));
    assert_eq!(page(&file, 2, 10), ("333,".to_owned(), 1));
    assert_eq!(page(&file, 3, 10), (String::new(), 0));
    assert_eq!(page(&file, u64::MAX, 1000), (String::new(), 0));
    assert_eq!(file.skip_older(0, 20), 1);
    assert_eq!(file.skip_older(2, 20), 2);
    assert_eq!(file.skip_older(0, 99), 3);
}

#[test]
fn a_torn_tail_is_cut_off_and_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = ArchiveFile::open(folder.path(), "a").unwrap();
    file.append(&[entry("1", 10), entry("22", 20)]).unwrap();
    drop(file);
    let path = folder.path().join("a.bin");
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 1).unwrap();
    let mut file = ArchiveFile::open(folder.path(), "a").unwrap();
    assert_eq!(file.last_seq(), 1);
    file.append(&[entry("two", 20)]).unwrap();
    assert_eq!(page(&file, 0, 10), ("1,two,".to_owned(), 2));
    drop(file);
    let file = ArchiveFile::open(folder.path(), "a").unwrap();
    assert_eq!(page(&file, 1, 10), ("two,".to_owned(), 1));
    assert_eq!(file.count(Origin::Past), 2);
}
