//! What an operator does from the command line, on a data directory no server is using.

use std::sync::Arc;

use serde_json::json;
use xinlu_db::Db;
use xinlu_identity::{Directory, Identity, IdentityDeps};
use xinlu_keys::KeyRing;

use super::parts::{TABLES, key_rows, rows};
use super::{Failure, World};
use crate::command::Place;
use crate::data::DataLayout;

/// Bytes of a password that nobody chose.
const PASSWORD_BYTES: usize = 15;
/// Letters of such a password: none that look alike.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// People and rights, without the rest of the server.
async fn people(place: &Place) -> Result<(Arc<Identity>, World), Failure> {
    let config = place.config()?;
    let world = World::system();
    let layout = DataLayout::new(&config.data.0);
    layout.create()?;
    let db = Db::open(&rows(&config, &layout)).map_err(Failure::part)?;
    db.migrate(&TABLES).await.map_err(Failure::part)?;
    let identity = Identity::open(IdentityDeps {
        directory: Directory::open(db.clone(), Arc::clone(&world.clock)),
        db,
        ledger: None,
        keys: None,
        clock: Arc::clone(&world.clock),
        random: Arc::clone(&world.random),
        config: config.sign_in.clone(),
    })
    .await
    .map_err(Failure::part)?;
    Ok((identity, world))
}

/// `xinlu user list`.
pub async fn list_users(place: &Place) -> Result<(), Failure> {
    let (identity, _) = people(place).await?;
    for user in identity.list_users().await.map_err(Failure::part)? {
        let signed_in = user.signed_in_at.map_or("never".to_owned(), xinlu_model::Time::rfc3339);
        println!("{:<24} {:?}  signed in: {signed_in}", user.name, user.state);
    }
    Ok(())
}

/// `xinlu user reset-password`.
pub async fn reset_password(place: &Place, name: &str, totp: bool) -> Result<(), Failure> {
    let (identity, _) = people(place).await?;
    let new = identity.reset_password(name, totp).await.map_err(Failure::part)?;
    // To who sits here; whoever watches reads it in the audit trail.
    eprintln!("!! SECURITY: the password of {name} was reset from the command line.");
    eprintln!("!! Whoever has the new one can sign in as {name} and see all that {name} may see.");
    eprintln!("!! {} session(s) of theirs ended and {} API key(s) were revoked.", new.sessions_ended, new.keys_revoked);
    if new.totp_ended {
        eprintln!("!! Their second factor was taken away: the password alone lets in.");
    }
    eprintln!("!! This is entry {} of the audit trail and cannot be taken out of it.", new.entry);
    println!("new password of {name}, to be changed at the next sign-in: {}", new.password);
    Ok(())
}

/// `xinlu user add`.
pub async fn add_user(
    place: &Place,
    name: &str,
    roles: &[String],
    member: Option<&str>,
    with_key: bool,
) -> Result<(), Failure> {
    let (identity, world) = people(place).await?;
    let member = match member {
        None => None,
        Some(userid) => {
            let found = identity.directory().find_members_by_userid(userid).await.map_err(Failure::part)?;
            let none = || Failure::Part { code: "identity.not_found", cause: format!("there is no member {userid}") };
            Some(found.first().copied().ok_or_else(none)?)
        }
    };
    let password = new_password(&world);
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    let user = identity.create_user(name, &password, &roles, member).await.map_err(Failure::part)?;
    println!("password: {password}");
    if with_key {
        let (_, key) = identity.create_api_key(user, "command line", None, None).await.map_err(Failure::part)?;
        println!("api key: {key}");
    }
    Ok(())
}

/// `xinlu keys rotate`.
pub async fn rotate_keys(place: &Place) -> Result<(), Failure> {
    let config = place.config()?;
    let layout = DataLayout::new(&config.data.0);
    layout.expect_present()?;
    let _lock = layout.lock()?;
    let root = layout.existing_key("root.key")?;
    let (identity, world) = people(place).await?;
    let db = Db::open(&key_rows(&config, &layout)).map_err(Failure::part)?;
    let keys = KeyRing::open(db, root, world.random, world.clock).await.map_err(Failure::part)?;
    let entry = identity.enter_command("keys.rotate", "keys", json!({})).await.map_err(Failure::part)?;
    let epoch = keys.rotate().await.map_err(Failure::part)?;
    println!("all subject keys are wrapped under epoch {epoch}; no record was touched");
    println!("this is entry {entry} of the audit trail");
    Ok(())
}

/// A random password that obeys the rules.
pub(crate) fn new_password(world: &World) -> String {
    let mut bytes = [0u8; PASSWORD_BYTES];
    world.random.fill(&mut bytes);
    let letters = bytes.iter().map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied().unwrap_or(b'x'));
    letters.map(char::from).collect()
}
