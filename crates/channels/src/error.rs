//! What can go wrong between the outside and the archive.

use xinlu_model::{ErrorKind, Fault};

/// An error of a channel. Its text names no secret and no message.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The configuration is wrong; the text says where.
    #[error("channel configuration: {0}")]
    Config(String),
    /// No corp of this id is configured.
    #[error("no corp {0} is configured")]
    CorpNotFound(String),
    /// The corp has no archive configured.
    #[error("the corp {0} has no conversation archive configured")]
    ArchiveNotConfigured(String),
    /// The corp stands in the configuration file, which the API does not change.
    #[error("the corp {0} is configured in the file of this installation; change it there")]
    ConfiguredInFile(String),
    /// A connection is wrong as it stands.
    #[error(transparent)]
    Check(#[from] crate::checks::CheckFault),
    /// Another check is under way.
    #[error("another check is under way; try again when it has ended")]
    CheckUnderWay,
    /// The private keys cannot be read.
    #[error("{0}")]
    Keys(String),
    /// The SDK worker cannot do its work.
    #[error(transparent)]
    Sdk(#[from] crate::wecom_archive::sdk_worker::SdkError),
    /// WeCom's HTTP API.
    #[error(transparent)]
    Wecom(#[from] crate::wecom_app::error::WecomError),
    /// The archive.
    #[error(transparent)]
    Archive(#[from] xinlu_archive::ArchiveError),
    /// The database.
    #[error(transparent)]
    Db(#[from] xinlu_db::DbError),
    /// The key ring.
    #[error(transparent)]
    KeyRing(#[from] xinlu_keys::KeysError),
    /// The queue.
    #[error(transparent)]
    Jobs(#[from] xinlu_jobs::JobError),
    /// The directory.
    #[error(transparent)]
    Identity(#[from] xinlu_identity::IdentityError),
    /// Something of ours ended unexpectedly.
    #[error("internal: {0}")]
    Internal(String),
}

impl Fault for ChannelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::CorpNotFound(_) => ErrorKind::NotFound,
            Self::ArchiveNotConfigured(_) | Self::ConfiguredInFile(_) => ErrorKind::Conflict,
            Self::Check(fault) => fault.kind(),
            Self::CheckUnderWay => ErrorKind::TooMany,
            Self::KeyRing(error) => error.kind(),
            Self::Sdk(_) | Self::Keys(_) | Self::Wecom(_) => ErrorKind::Unavailable,
            Self::Archive(error) => error.kind(),
            Self::Db(error) => error.kind(),
            Self::Jobs(error) => error.kind(),
            Self::Identity(error) => error.kind(),
            Self::Config(_) | Self::Internal(_) => ErrorKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "channels.config",
            Self::CorpNotFound(_) => "channels.corp_not_found",
            Self::ArchiveNotConfigured(_) => "channels.archive_not_configured",
            Self::ConfiguredInFile(_) => "channel.configured_in_file",
            Self::Check(fault) => fault.code(),
            Self::CheckUnderWay => "channels.check_under_way",
            Self::KeyRing(error) => error.code(),
            Self::Keys(_) => "channels.keys",
            Self::Sdk(_) => "channels.sdk",
            Self::Wecom(_) => "channels.wecom",
            Self::Archive(error) => error.code(),
            Self::Db(error) => error.code(),
            Self::Jobs(error) => error.code(),
            Self::Identity(error) => error.code(),
            Self::Internal(_) => "channels.internal",
        }
    }
}
