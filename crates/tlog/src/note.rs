//! Signed notes: a text, a blank line, signature lines; and the Ed25519 keys that sign and verify them.
//!
//! Source: c2sp.org/signed-note (the format of Go's `golang.org/x/mod/sumdb/note`). Never shows a seed, and
//! never calls a note good because of a signature line by a key that was not handed in.

use std::fmt;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::TlogError;

/// The longest note that is read. 100 signature lines of the largest known kind fit.
pub const NOTE_BYTES_MAX: usize = 1_000_000;
/// Length of an Ed25519 seed in bytes (RFC 8032, "private key").
pub const SEED_BYTES: usize = 32;

/// More lines than a log with its witnesses has; the specification asks for at least 16.
const SIGNATURES_MAX: usize = 100;
const PUBLIC_KEY_BYTES: usize = 32;
const KEY_ID_BYTES: usize = 4;
/// The signature type of Ed25519 over the note's text.
const TYPE_ED25519: u8 = 0x01;
const SIGNATURE_LINE_START: &str = "\u{2014} ";

/// A note whose signatures have not been checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line; ours or a stranger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    pub name: String,
    pub key_id: u32,
    /// The signature proper, without the key id that stands before it in the line.
    pub bytes: Vec<u8>,
}

/// A log's secret key with its name.
pub struct Signer {
    name: String,
    pair: Ed25519KeyPair,
}

/// A log's public key with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    public_key: [u8; PUBLIC_KEY_BYTES],
}

impl Note {
    /// Reads a note and checks its form only.
    pub fn parse(note: &str) -> Result<Self, TlogError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(malformed("longer than 1 000 000 bytes"));
        }
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(malformed("holds a control character"));
        }
        let blank_at = note.rfind("\n\n").ok_or_else(|| malformed("no blank line before the signatures"))?;
        let (text, after) = note.split_at(blank_at + 1);
        let lines = after.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
        let lines = lines.ok_or_else(|| malformed("last line has no end"))?;
        let signatures: Vec<_> = lines.split('\n').map(NoteSignature::parse).collect::<Result<_, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(malformed("more than 100 signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Signs a text, which must end with a newline, with each of the keys.
    pub fn sign(text: &str, signers: &[&Signer]) -> Result<Self, TlogError> {
        if !text.ends_with('\n') || text.chars().any(|c| c < ' ' && c != '\n') {
            return Err(malformed("text must end with a newline and hold no control characters"));
        }
        let signatures = signers.iter().map(|signer| signer.sign(text)).collect();
        Ok(Self { text: text.to_owned(), signatures })
    }

    /// Checks the signatures and returns the text. At least one line must be by one of the verifiers, and every
    /// line by one of them must verify; other lines are ignored.
    pub fn verify(&self, verifiers: &[&Verifier]) -> Result<&str, TlogError> {
        let mut verified = false;
        for signature in &self.signatures {
            let known =
                |verifier: &&&Verifier| verifier.name == signature.name && verifier.key_id() == signature.key_id;
            let Some(verifier) = verifiers.iter().find(known) else {
                continue;
            };
            if !verifier.verify(self.text.as_bytes(), &signature.bytes) {
                return Err(TlogError::SignatureInvalid { name: signature.name.clone() });
            }
            verified = true;
        }
        if verified { Ok(&self.text) } else { Err(TlogError::SignatureMissing) }
    }

    /// The text without looking at signatures: for showing, never for trusting.
    pub fn unverified_text(&self) -> &str {
        &self.text
    }

    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a line, such as a witness's cosignature.
    pub fn add_signature(&mut self, signature: NoteSignature) {
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    /// The note as it is stored and served.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<Self, TlogError> {
        let rest = line.strip_prefix(SIGNATURE_LINE_START).ok_or_else(|| malformed("not a signature line"))?;
        let (name, encoded) = rest.split_once(' ').ok_or_else(|| malformed("signature line without signature"))?;
        check_name(name).map_err(|_| malformed("key name in a signature line"))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed("signature is not base64"))?;
        let (key_id, bytes) = bytes.split_first_chunk().ok_or_else(|| malformed("signature is too short"))?;
        if bytes.is_empty() {
            return Err(malformed("signature is too short"));
        }
        Ok(Self { name: name.to_owned(), key_id: u32::from_be_bytes(*key_id), bytes: bytes.to_vec() })
    }
}

impl fmt::Display for NoteSignature {
    /// The line without its newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.bytes);
        write!(formatter, "{SIGNATURE_LINE_START}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl Signer {
    /// A key from its 32-byte seed (RFC 8032 section 5.1.5). The name is the log's origin.
    pub fn from_seed(name: &str, seed: &[u8; SEED_BYTES]) -> Result<Self, TlogError> {
        check_name(name)?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).expect("every 32 bytes are an Ed25519 seed");
        Ok(Self { name: name.to_owned(), pair })
    }

    pub fn verifier(&self) -> Verifier {
        let mut public_key = [0; PUBLIC_KEY_BYTES];
        public_key.copy_from_slice(self.pair.public_key().as_ref());
        Verifier { name: self.name.clone(), public_key }
    }

    fn sign(&self, text: &str) -> NoteSignature {
        let bytes = self.pair.sign(text.as_bytes()).as_ref().to_vec();
        NoteSignature { name: self.name.clone(), key_id: self.verifier().key_id(), bytes }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Verifier {
    /// A key from its 32 bytes (RFC 8032 section 5.1.2).
    pub fn from_public_key(name: &str, public_key: [u8; PUBLIC_KEY_BYTES]) -> Result<Self, TlogError> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), public_key })
    }

    /// Reads `NAME+ID+KEY`: the key's id in 8 lower-case hexadecimal digits and base64 of 0x01 ‖ public key.
    pub fn parse(vkey: &str) -> Result<Self, TlogError> {
        let reason = |reason| TlogError::VerifierMalformed { reason };
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(_), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(reason("not of the form name+id+key"));
        };
        let bytes = STANDARD.decode(encoded).map_err(|_| reason("key is not base64"))?;
        let Some((&TYPE_ED25519, public_key)) = bytes.split_first() else {
            return Err(reason("not an ed25519 key"));
        };
        let public_key = public_key.try_into().map_err(|_| reason("key is not of 32 bytes"))?;
        let verifier = Self::from_public_key(name, public_key)?;
        // The id in the text must be the one that follows from name and key.
        if verifier.to_string() == vkey { Ok(verifier) } else { Err(reason("id does not belong to the key")) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key), big-endian.
    pub fn key_id(&self) -> u32 {
        let mut input = format!("{}\n", self.name).into_bytes();
        input.push(TYPE_ED25519);
        input.extend_from_slice(&self.public_key);
        let digest = digest::digest(&digest::SHA256, &input);
        digest.as_ref().first_chunk::<KEY_ID_BYTES>().map_or(0, |id| u32::from_be_bytes(*id))
    }

    /// Whether `signature` is this key's Ed25519 signature over `text`.
    pub fn verify(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public_key).verify(text, signature).is_ok()
    }
}

impl fmt::Display for Verifier {
    /// The key as text, `NAME+ID+KEY`, without a newline.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![TYPE_ED25519];
        key.extend_from_slice(&self.public_key);
        write!(formatter, "{}+{:08x}+{}", self.name, self.key_id(), STANDARD.encode(key))
    }
}

fn check_name(name: &str) -> Result<(), TlogError> {
    let forbidden = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    if name.is_empty() || name.chars().any(forbidden) { Err(TlogError::KeyNameMalformed) } else { Ok(()) }
}

fn malformed(reason: &'static str) -> TlogError {
    TlogError::NoteMalformed { reason }
}

#[cfg(test)]
mod tests;
