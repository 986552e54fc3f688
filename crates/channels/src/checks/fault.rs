//! What a check of a connection can find wrong, with the stable code that pages and scripts go by.
//!
//! Its text is for the person who set the connection up; it never holds a secret.

use std::net::IpAddr;

use xinlu_model::{ErrorKind, Fault};

/// Why a check failed, or why a connection is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckFault {
    /// No corp id.
    #[error("a corp id is made of letters, digits, - and _")]
    CorpId,
    /// Path and body name different corps.
    #[error("the path and the body name different corps")]
    CorpMismatch,
    /// No secret of the archive.
    #[error("the secret of the conversation archive is missing")]
    SecretMissing,
    /// No regular file there.
    #[error("there is no file at the path of the SDK library")]
    LibraryMissing,
    /// Others could put another file in its place.
    #[error(
        "the SDK library or a folder above it can be written by every account of this machine, or belongs to another one"
    )]
    LibraryExposed,
    /// The file is no library of the SDK for this machine.
    #[error("{0}")]
    LibraryUnusable(String),
    /// `Init` was refused.
    #[error("the SDK refused corp id and secret (code {0})")]
    SdkRefused(i32),
    /// The worker died or hung.
    #[error("the SDK worker died or hung")]
    WorkerDied,
    /// WeCom does not know the secret, or it is that of something else.
    #[error("WeCom does not take this secret for this (answer {0})")]
    SecretWrong(i64),
    /// WeCom does not know the corp.
    #[error("WeCom does not know this corp id (answer {0})")]
    CorpUnknown(i64),
    /// WeCom does not know the address that we call from.
    #[error("WeCom does not trust the address of this server{}", named(*.0))]
    NotTrusted(Option<IpAddr>),
    /// The archive was never opened.
    #[error("the conversation archive is not opened in WeCom's admin page")]
    ArchiveNotOpened,
    /// The archive's licence is over.
    #[error("the conversation archive of this corp has expired")]
    ArchiveExpired,
    /// The secret is right and may not do this.
    #[error("WeCom does not permit this to the secret (answer {0})")]
    NotPermitted(i64),
    /// It may work later.
    #[error("WeCom is busy or was asked too often (answer {0}); try again later")]
    Busy(i64),
    /// Any other refusal.
    #[error("WeCom refused (answer {0})")]
    Refused(i64),
    /// No answer.
    #[error("{0}")]
    NoAnswer(String),
    /// No answer in time.
    #[error("there was no answer in time")]
    TimedOut,
    /// No answer that can be read.
    #[error("the answer of WeCom cannot be read")]
    AnswerUnreadable,
    /// No private key at all.
    #[error("there is no private key")]
    KeysAbsent,
    /// The folder cannot be read.
    #[error("the folder of private keys cannot be read")]
    KeysUnreadable,
    /// No private key in PEM, or not of RSA.
    #[error("private key {version}: {reason}")]
    KeyInvalid {
        /// Which.
        version: u32,
        /// What is wrong.
        reason: &'static str,
    },
    /// Fewer than 2048 bits.
    #[error("private key {0} has fewer than 2048 bits")]
    KeyTooSmall(u32),
    /// Two of the same version.
    #[error("private key {0} is given twice")]
    KeyRepeated(u32),
    /// Messages need keys that are not here.
    #[error("messages need private keys that are not here: {0}")]
    KeyMissing(String),
    /// A key does not open what was sealed for its version.
    #[error("private key {0} does not fit the public key of this version")]
    KeyWrong(u32),
    /// Files that are no keys.
    #[error("{0}")]
    KeyFileBad(String),
    /// One of token and key without the other.
    #[error("a callback needs both the token and the EncodingAESKey")]
    CallbackIncomplete,
    /// The EncodingAESKey is none.
    #[error("the EncodingAESKey is not 43 characters of base64")]
    CallbackKey,
    /// What we sealed ourselves was not understood.
    #[error("what was encrypted with token and key could not be decrypted again")]
    CallbackBroken,
    /// Intake says that it does not get on.
    #[error("fetching does not work: {0}")]
    PollFailed(String),
    /// Nothing was fetched for too long.
    #[error("the last successful fetch is {0} s ago")]
    Lagging(i64),
    /// Something of ours could not be asked.
    #[error("this could not be found out; the log has the cause")]
    Unknown,
}

impl Fault for CheckFault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::CorpId => "wecom.corp_id_invalid",
            Self::CorpMismatch => "wecom.corp_mismatch",
            Self::SecretMissing => "wecom.secret_missing",
            Self::LibraryMissing => "wecom.library_missing",
            Self::LibraryExposed => "wecom.library_exposed",
            Self::LibraryUnusable(_) => "wecom.library_unusable",
            Self::SdkRefused(_) => "wecom.sdk_refused",
            Self::WorkerDied => "wecom.worker_died",
            Self::SecretWrong(_) => "wecom.secret_wrong",
            Self::CorpUnknown(_) => "wecom.corp_unknown",
            Self::NotTrusted(_) => "wecom.ip_not_trusted",
            Self::ArchiveNotOpened => "wecom.archive_not_opened",
            Self::ArchiveExpired => "wecom.archive_expired",
            Self::NotPermitted(_) => "wecom.not_permitted",
            Self::Busy(_) => "wecom.busy",
            Self::Refused(_) => "wecom.refused",
            Self::NoAnswer(_) => "wecom.network",
            Self::TimedOut => "wecom.timed_out",
            Self::AnswerUnreadable => "wecom.answer_unreadable",
            Self::KeysAbsent => "wecom.keys_absent",
            Self::KeysUnreadable => "wecom.keys_unreadable",
            Self::KeyInvalid { .. } => "wecom.key_invalid",
            Self::KeyTooSmall(_) => "wecom.key_too_small",
            Self::KeyRepeated(_) => "wecom.key_repeated",
            Self::KeyMissing(_) => "wecom.key_missing",
            Self::KeyWrong(_) => "wecom.key_wrong",
            Self::KeyFileBad(_) => "wecom.key_file_bad",
            Self::CallbackIncomplete => "wecom.callback_incomplete",
            Self::CallbackKey => "wecom.callback_key_invalid",
            Self::CallbackBroken => "wecom.callback_broken",
            Self::PollFailed(_) => "wecom.poll_failed",
            Self::Lagging(_) => "wecom.lagging",
            Self::Unknown => "wecom.check_failed",
        }
    }
}

fn named(address: Option<IpAddr>) -> String {
    address.map(|address| format!(", which it sees as {address}")).unwrap_or_default()
}
