//! A Go program on `golang.org/x/mod/sumdb`, which shares no code with us, as judge of our log directories.
//!
//! It is built from `tools/judge/go`; without Go or the Debian package the test says so and returns.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use xinlu_tlog::{ProofText, prove_consistency, prove_inclusion};

use crate::sample_log::SampleLog;

const SIZE: u64 = 700;

struct Judge {
    folder: TempDir,
    program: PathBuf,
}

impl Judge {
    fn build() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("judge");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/judge/go/main.go");
        assert!(std::fs::read_to_string(&source).unwrap().lines().count() <= 80, "the judge is to stay short");
        if !Path::new("/usr/share/gocode/src/golang.org/x/mod/sumdb").exists() {
            println!("SKIPPED: Debian's golang-golang-x-mod-dev is not here");
            return None;
        }
        let build = Command::new("go")
            .args(["build", "-o"])
            .args([&program, &source])
            .envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode")])
            .output();
        let Ok(build) = build else {
            println!("SKIPPED: go is not here");
            return None;
        };
        assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
        Some(Self { folder, program })
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Whether it accepts the log directory, or the proof against it.
    fn accepts(&self, proof: Option<&str>) -> bool {
        let mut command = Command::new(&self.program);
        command.arg(self.log());
        if let Some(proof) = proof {
            let path = self.folder.path().join("proof");
            std::fs::write(&path, proof).unwrap();
            command.arg(path);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => assert_eq!(said, "OK\n"),
            Some(1) => assert!(said.starts_with("REFUSED: "), "{said}"),
            other => panic!("the judge ended with {other:?}: {said}"),
        }
        output.status.success()
    }
}

/// The text with one bit flipped in about every `step`-th byte. Bits that base64 of 32 or 68 bytes does not use
/// are left alone: Go reads both spellings, we refuse the other one.
fn altered(text: &str, step: usize) -> Vec<String> {
    let flip = |position: &usize| {
        let mut bytes = text.as_bytes().to_vec();
        let next = bytes.get(position + 1).copied();
        bytes[*position] ^= if next == Some(b'=') { 0x40 } else { 1 };
        String::from_utf8(bytes).ok()
    };
    (0..text.len()).step_by(step).collect::<Vec<_>>().iter().filter_map(flip).collect()
}

#[test]
fn it_accepts_our_log_and_proofs_and_refuses_altered_ones() {
    let Some(judge) = Judge::build() else { return };
    let log = SampleLog::of_size(SIZE);
    log.write(&judge.log());
    let read = |tile| log.read(tile);
    assert!(judge.accepts(None));

    for (index, size) in [(0, 1), (300, 301), (511, 600), (699, SIZE)] {
        let hashes = prove_inclusion(index, size, &read).unwrap();
        let proof = ProofText { extra: None, index, hashes, checkpoint: log.checkpoint_at(size) }.to_string();
        assert!(judge.accepts(Some(&proof)), "{proof}");
        for altered in altered(&proof, 37) {
            assert!(!judge.accepts(Some(&altered)), "{altered}");
        }
    }
    for old in [1, 256, 600, SIZE] {
        let hashes = prove_consistency(old, SIZE, &read).unwrap();
        let lines: String = hashes.iter().map(|hash| format!("\n{hash}")).collect();
        let proof = format!("consistency{lines}\n\n{}", log.checkpoint_at(old));
        assert!(judge.accepts(Some(&proof)), "{proof}");
        for altered in altered(&proof, 37) {
            assert!(!judge.accepts(Some(&altered)), "{altered}");
        }
    }
    let paths = ["checkpoint", "vkey", "tile/0/001", "tile/0/002.p/188", "tile/1/000.p/2", "tile/entries/000"];
    for path in paths {
        let path = judge.log().join(path);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 4;
        std::fs::write(&path, bad).unwrap();
        assert!(!judge.accepts(None), "{}", path.display());
        std::fs::write(&path, good).unwrap();
    }
    assert!(judge.accepts(None));
}
