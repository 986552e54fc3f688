//! Objects and partials through the face.

use tempfile::TempDir;

use crate::{BlobError, BlobStore};

fn name(digit: char) -> String {
    std::iter::repeat_n(digit, 64).collect()
}

#[tokio::test]
async fn an_object_is_put_once_and_read_in_ranges() {
    let folder = TempDir::new().unwrap();
    let store = BlobStore::directory(&folder.path().join("deep/blobs")).unwrap();
    store.put_bytes_if_absent(&name('a'), b"0123456789".to_vec()).await.unwrap();
    store.put_bytes_if_absent(&name('a'), b"other".to_vec()).await.unwrap();
    assert_eq!(store.read_range(&name('a'), 3, 4).await.unwrap(), b"3456");
    assert_eq!(store.read_range(&name('a'), 10, 0).await.unwrap(), b"");
    assert_eq!(store.size(&name('a')).await.unwrap(), Some(10));
    assert!(matches!(store.read_range(&name('a'), 8, 3).await, Err(BlobError::Range { end: 11, .. })));
    assert!(matches!(store.read_range(&name('b'), 0, 1).await, Err(BlobError::NotFound(_))));
    assert!(folder.path().join("deep/blobs/aa/aa").join(name('a')).is_file());
    let listed = store.list(0xaa).await.unwrap();
    assert_eq!(listed.iter().map(|object| object.name.as_str()).collect::<Vec<_>>(), [name('a')]);
    assert!(store.delete(&name('a')).await.unwrap());
    assert!(!store.delete(&name('a')).await.unwrap());
    assert!(!store.exists(&name('a')).await.unwrap());
}

#[tokio::test]
async fn names_that_are_no_hashes_are_refused() {
    let folder = TempDir::new().unwrap();
    let store = BlobStore::directory(folder.path()).unwrap();
    let upper = name('A');
    for bad in ["", "../../etc/passwd", "aa", upper.as_str(), "资料.docx"] {
        assert!(matches!(store.put_bytes_if_absent(bad, vec![]).await, Err(BlobError::Name(_))), "{bad}");
        assert!(matches!(store.size(bad).await, Err(BlobError::Name(_))), "{bad}");
    }
    for bad in ["", "..", "a/b", "A", "a.b"] {
        assert!(matches!(store.partial_append_at(bad, 0, vec![]).await, Err(BlobError::Name(_))), "{bad}");
    }
}

#[tokio::test]
async fn a_partial_grows_is_cut_back_and_becomes_an_object() {
    let folder = TempDir::new().unwrap();
    let store = BlobStore::directory(folder.path()).unwrap();
    store.partial_append_at("m1", 0, b"hello ".to_vec()).await.unwrap();
    store.partial_append_at("m1", 6, b"lost by a crash".to_vec()).await.unwrap();
    let reopened = BlobStore::directory(folder.path()).unwrap();
    reopened.partial_append_at("m1", 6, b"world".to_vec()).await.unwrap();
    assert!(matches!(reopened.partial_append_at("m1", 50, vec![1]).await, Err(BlobError::Range { .. })));
    assert_eq!(reopened.partial_size("m1").await.unwrap(), Some(11));
    assert_eq!(reopened.partial_read("m1", 0, 11).await.unwrap(), b"hello world");
    reopened.promote("m1", &name('c')).await.unwrap();
    assert_eq!(reopened.partial_size("m1").await.unwrap(), None);
    assert_eq!(reopened.read_range(&name('c'), 0, 11).await.unwrap(), b"hello world");

    reopened.partial_append("m2", b"again".to_vec()).await.unwrap();
    assert_eq!(reopened.partial_list().await.unwrap().len(), 1);
    reopened.promote("m2", &name('c')).await.unwrap();
    assert_eq!(reopened.read_range(&name('c'), 0, 11).await.unwrap(), b"hello world", "an object never changes");
    assert!(reopened.partial_list().await.unwrap().is_empty());
}
