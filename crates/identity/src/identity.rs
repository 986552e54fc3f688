//! The part as a whole: what it is made of and how it starts.
//!
//! Decisions stand in `access/`, SQL in `store/`; the files beside this one hold one kind of act each.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use xinlu_db::{Db, Tx};
use xinlu_http::Grants;
use xinlu_keys::KeyRing;
use xinlu_ledger::Ledger;
use xinlu_model::{Clock, Random, UserId};

use crate::access::built_in::BUILT_IN;
use crate::access::password::Passwords;
use crate::api::ContactVisibility;
use crate::audit::AuditWriter;
use crate::directory::cache::Generations;
use crate::model::{IdentityConfig, Role};
use crate::reach::ConversationReach;
use crate::store::sessions::ACCESS_VERSION;
use crate::store::{directory, roles, users};
use crate::{Directory, IdentityError};

/// Users and keys whose resolved grants are kept, in each of two generations.
const GRANTS_MAX: usize = 10_000;

/// What this part needs from elsewhere.
pub struct IdentityDeps {
    /// The database; `MIGRATIONS` and the ledger's must have run.
    pub db: Db,
    /// Members and departments.
    pub directory: Arc<Directory>,
    /// The audit log, for proofs; `None` on the command line, where none are asked for.
    pub ledger: Option<Arc<Ledger>>,
    /// Seals the secrets of second factors; `None` on the command line, where nobody signs in.
    pub keys: Option<Arc<KeyRing>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// For tokens, salts and blinds.
    pub random: Arc<dyn Random>,
    /// How long sessions last.
    pub config: IdentityConfig,
}

/// Whose rights: a user by session, or through the key of this number.
pub(crate) type GrantsKey = (UserId, i64);

/// Rights as resolved at a version of the directory and one of users and roles.
#[derive(Clone)]
pub(crate) struct HeldGrants {
    pub(crate) directory_version: i64,
    pub(crate) access_version: i64,
    pub(crate) grants: Arc<Grants>,
}

/// Users, roles, sessions, API keys and the audit trail.
pub struct Identity {
    pub(crate) db: Db,
    pub(crate) directory: Arc<Directory>,
    pub(crate) ledger: Option<Arc<Ledger>>,
    pub(crate) keys: Option<Arc<KeyRing>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) config: IdentityConfig,
    pub(crate) passwords: Passwords,
    pub(crate) audit: AuditWriter,
    pub(crate) grants: Mutex<Generations<GrantsKey, HeldGrants>>,
    pub(crate) contact_visibility: OnceLock<Arc<dyn ContactVisibility>>,
    pub(crate) conversation_reach: OnceLock<Arc<dyn ConversationReach>>,
}

impl Identity {
    /// Opens the part, brings the built-in roles up to date and starts the writer of the audit trail.
    pub async fn open(deps: IdentityDeps) -> Result<Arc<Self>, IdentityError> {
        if deps.config.session_idle_minutes == 0 || deps.config.session_minutes == 0 {
            return Err(IdentityError::Value("sessions last at least a minute"));
        }
        let passwords = Passwords::new(Arc::clone(&deps.random)).await?;
        let audit = AuditWriter::start(deps.db.clone(), Arc::clone(&deps.random));
        let identity = Arc::new(Self {
            db: deps.db,
            directory: deps.directory,
            ledger: deps.ledger,
            keys: deps.keys,
            clock: deps.clock,
            random: deps.random,
            config: deps.config,
            passwords,
            audit,
            grants: Mutex::new(Generations::new(GRANTS_MAX)),
            contact_visibility: OnceLock::new(),
            conversation_reach: OnceLock::new(),
        });
        identity.keep_built_in_roles().await?;
        Ok(identity)
    }

    /// Members, departments and contacts.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// Widens who sees a contact from those whose members look after them to those who talk with them. Once.
    pub fn set_contact_visibility(&self, visibility: Arc<dyn ContactVisibility>) {
        if self.contact_visibility.set(visibility).is_err() {
            tracing::warn!("the visibility of contacts was set before");
        }
    }

    async fn keep_built_in_roles(&self) -> Result<(), IdentityError> {
        let mut tx = self.db.begin().await?;
        users::lock(&mut tx).await?;
        let present: Vec<Role> = roles::list_in(&mut tx).await?;
        let mut changed = false;
        for built_in in BUILT_IN {
            let rules = built_in.rules();
            match present.iter().find(|role| role.code.as_deref() == Some(built_in.code)) {
                Some(role) if role.rules == rules && role.description == built_in.description => {}
                Some(role) => {
                    roles::save(&mut tx, role.id, &role.name, built_in.description, &rules).await?;
                    changed = true;
                }
                None => {
                    roles::add(&mut tx, Some(built_in.code), built_in.name, built_in.description, &rules).await?;
                    changed = true;
                }
            }
        }
        if changed {
            rights_changed(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Everybody's rights are resolved anew at their next request, on every node.
pub(crate) async fn rights_changed(tx: &mut Tx) -> Result<(), IdentityError> {
    Ok(directory::bump(tx, ACCESS_VERSION).await?)
}
