//! Whether others of this machine could put another library in the place of the one that is to be loaded.
//!
//! Loading a library is running its code. So it must lie where only root and the account of this process can write, as sshd
//! asks of its keys (`StrictModes`): a file that somebody left in a shared folder is no library.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const WRITABLE_BY_ALL: u32 = 0o002;
/// In such a folder only the owner of a file can replace it.
const STICKY: u32 = 0o1000;

/// Whether the file at this path, links followed, or a folder on the way to it can be written by all.
pub(super) fn exposed(path: &Path) -> std::io::Result<bool> {
    let path = path.canonicalize()?;
    let own = std::fs::metadata("/proc/self")?.uid();
    let mut inner = std::fs::metadata(&path)?;
    if !inner.is_file() || !trusted(&inner, own) || inner.mode() & WRITABLE_BY_ALL != 0 {
        return Ok(true);
    }
    for folder in path.ancestors().skip(1) {
        let outer = std::fs::metadata(folder)?;
        if outer.mode() & WRITABLE_BY_ALL != 0 && !(outer.mode() & STICKY != 0 && trusted(&inner, own)) {
            return Ok(true);
        }
        inner = outer;
    }
    Ok(false)
}

fn trusted(about: &Metadata, own: u32) -> bool {
    about.uid() == own || about.uid() == 0
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::exposed;

    #[test]
    fn a_library_that_all_can_replace_is_exposed() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("sdk");
        fs::create_dir(&folder).expect("makes the folder");
        let library = folder.join("libsdk.so");
        fs::write(&library, b"code").expect("writes");
        let with = |path: &std::path::Path, mode: u32| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("sets the mode");
            exposed(&library).expect("looks")
        };
        assert!(!with(&library, 0o755));
        assert!(with(&library, 0o757), "all may write the file");
        assert!(!with(&library, 0o644));
        assert!(with(&folder, 0o777), "all may replace the file");
        assert!(!with(&folder, 0o1777), "in a sticky folder only its owner");
        assert!(exposed(&folder).expect("looks"), "a folder is no library");
    }
}
