//! The names of what can be wrong with a message or a media file. A name, once shipped, never changes meaning.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is wrong with one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MessageFault {
    /// `DecryptData` aborts the process.
    DecryptAbort,
    /// `DecryptData` dies of SIGSEGV.
    DecryptSegfault,
    /// `DecryptData` never returns.
    DecryptHang,
    /// `DecryptData` returns this code; written `decrypt_code_10006`.
    DecryptCode(u16),
    /// The envelope names another key version than the one used.
    WrongKeyVersion,
    /// Encrypted for a key that nobody has been given.
    WithheldKeyVersion,
    /// `encrypt_random_key` is not what RSA can undo.
    BrokenRandomKey,
    /// `encrypt_chat_msg` has fewer than 13 characters, on which the real library dies.
    ShortCiphertext,
    /// `encrypt_chat_msg` is changed on its way.
    CorruptCiphertext,
    /// The decrypted text is cut off.
    BrokenJson,
    /// The decrypted text has raw bytes below 0x20 inside a string.
    ControlCharacters,
    /// An integer above 2^63.
    HugeIntegers,
    /// A `msgtype` nobody has heard of.
    UnknownType,
    /// A vote with its fields at top level, as two libraries read it.
    VoteAtTopLevel,
    /// A vote with its fields under `vote`, as the third reads it.
    VoteNested,
    /// `msgtime` lies up to three days back.
    OutOfOrder,
    /// The msgid of the message before, with other content.
    RepeatedMsgid,
    /// Every `md5sum` is empty.
    EmptyMd5,
    /// Every `md5sum` is wrong.
    WrongMd5,
}

/// Names without a number, in the order of the type.
const MESSAGE_NAMES: [(MessageFault, &str); 18] = [
    (MessageFault::DecryptAbort, "decrypt_abort"),
    (MessageFault::DecryptSegfault, "decrypt_segfault"),
    (MessageFault::DecryptHang, "decrypt_hang"),
    (MessageFault::WrongKeyVersion, "wrong_key_version"),
    (MessageFault::WithheldKeyVersion, "withheld_key_version"),
    (MessageFault::BrokenRandomKey, "broken_random_key"),
    (MessageFault::ShortCiphertext, "short_ciphertext"),
    (MessageFault::CorruptCiphertext, "corrupt_ciphertext"),
    (MessageFault::BrokenJson, "broken_json"),
    (MessageFault::ControlCharacters, "control_characters"),
    (MessageFault::HugeIntegers, "huge_integers"),
    (MessageFault::UnknownType, "unknown_type"),
    (MessageFault::VoteAtTopLevel, "vote_at_top_level"),
    (MessageFault::VoteNested, "vote_nested"),
    (MessageFault::OutOfOrder, "out_of_order"),
    (MessageFault::RepeatedMsgid, "repeated_msgid"),
    (MessageFault::EmptyMd5, "empty_md5"),
    (MessageFault::WrongMd5, "wrong_md5"),
];
/// What stands before the number of [`MessageFault::DecryptCode`].
const DECRYPT_CODE: &str = "decrypt_code_";

impl fmt::Display for MessageFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::DecryptCode(code) = self {
            return write!(formatter, "{DECRYPT_CODE}{code}");
        }
        let name = MESSAGE_NAMES.iter().find(|(fault, _)| fault == self);
        formatter.write_str(name.map_or("", |(_, name)| name))
    }
}

impl From<MessageFault> for String {
    fn from(fault: MessageFault) -> Self {
        fault.to_string()
    }
}

impl TryFrom<String> for MessageFault {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let named = MESSAGE_NAMES.iter().find(|(_, name)| *name == text).map(|(fault, _)| *fault);
        let coded = || text.strip_prefix(DECRYPT_CODE)?.parse().ok();
        named
            .or_else(|| coded().filter(|code| (10000..=10011).contains(code)).map(Self::DecryptCode))
            .ok_or_else(|| format!("{text} is not a message fault"))
    }
}

/// What is wrong with one media file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaFault {
    /// Half of the bytes, then "finished".
    CutOff,
    /// No byte at all, and "finished".
    Empty,
    /// One bit differs, so the MD5 does not match.
    Corrupt,
    /// Code 10005.
    FileIdError,
    /// Code 10010.
    Expired,
}
