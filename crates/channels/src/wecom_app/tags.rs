//! What the tags are called that members gave contacts (PROTOCOL.md 3.4, "External contacts").
//!
//! `batch/get_by_user` tells ids only. The company's tags are named by `get_corp_tag_list`; those of rule groups, and all
//! of a corp whose list may not be read, by `get` of a contact that bears them. A tag that stays without a name keeps the
//! one the directory knows. A member's own tags have no ids and are told by `get` alone, which would be a call for every
//! contact: they are not brought. It never changes a tag in WeCom.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use xinlu_identity::{ContactIn, TagIn, TagKind};

use super::client::{SecretKind, WecomClient};
use super::contacts::{number, objects, strings, text};
use super::error::WecomError;

/// Contacts looked at for the names of tags that no list names. A rule group has at most some dozen tags, and each
/// contact names all that it bears.
const GETS_MAX: usize = 100;
/// How the ids of a rule group's tags begin.
const RULE_PREFIX: &str = "st";

/// The tags of one `follow_info`, whose names are still to be found.
pub(super) fn given(info: &Map<String, Value>) -> Vec<TagIn> {
    let bare = |id: String| {
        let kind = if id.starts_with(RULE_PREFIX) { TagKind::Rule } else { TagKind::Corp };
        TagIn { id, group: String::new(), name: String::new(), kind }
    };
    strings(info.get("tag_id")).into_iter().filter(|id| !id.is_empty()).map(bare).collect()
}

/// Names the tags of these contacts. An error leaves named what could be.
pub(super) async fn name(client: &WecomClient, contacts: &mut [ContactIn]) -> Result<(), WecomError> {
    let mut unnamed: BTreeSet<String> = tags_of(contacts).map(|tag| tag.id.clone()).collect();
    if unnamed.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<String, TagIn> = HashMap::new();
    let listed = match corp_tags(client).await {
        Ok(tags) => {
            known.extend(tags.into_iter().map(|tag| (tag.id.clone(), tag)));
            Ok(())
        }
        Err(error) => Err(error),
    };
    unnamed.retain(|id| !known.contains_key(id));
    let looked_up = by_bearers(client, contacts, unnamed, &mut known).await;
    for tag in contacts.iter_mut().flat_map(|contact| &mut contact.follows).flat_map(|follow| &mut follow.tags) {
        if let Some(named) = known.get(&tag.id) {
            tag.clone_from(named);
        }
    }
    listed.and(looked_up)
}

fn tags_of(contacts: &[ContactIn]) -> impl Iterator<Item = &TagIn> {
    contacts.iter().flat_map(|contact| &contact.follows).flat_map(|follow| &follow.tags)
}

async fn corp_tags(client: &WecomClient) -> Result<Vec<TagIn>, WecomError> {
    let answer = client.post(SecretKind::External, "/cgi-bin/externalcontact/get_corp_tag_list", &json!({})).await?;
    let mut tags = Vec::new();
    for group in objects(answer.get("tag_group")) {
        let named = objects(group.get("tag")).into_iter().map(|tag| TagIn {
            id: text(tag, "id"),
            group: text(group, "group_name"),
            name: text(tag, "name"),
            kind: TagKind::Corp,
        });
        tags.extend(named);
    }
    Ok(tags)
}

/// Asks for contacts that bear tags without a name, one after the other, until all have one.
async fn by_bearers(
    client: &WecomClient,
    contacts: &[ContactIn],
    mut unnamed: BTreeSet<String>,
    known: &mut HashMap<String, TagIn>,
) -> Result<(), WecomError> {
    let mut gets = 0;
    for contact in contacts {
        let bears = |id: &String| contact.follows.iter().flat_map(|follow| &follow.tags).any(|tag| tag.id == *id);
        if unnamed.is_empty() || gets == GETS_MAX {
            break;
        }
        if !unnamed.iter().any(bears) {
            continue;
        }
        gets += 1;
        let query = [("external_userid", contact.external_id.as_str())];
        let answer = client.get(SecretKind::External, "/cgi-bin/externalcontact/get", &query).await?;
        for tag in objects(answer.get("follow_user")).into_iter().flat_map(|follow| objects(follow.get("tags"))) {
            let id = text(tag, "tag_id");
            let kind = TagKind::from_number(number(tag, "type").unwrap_or(0));
            let named = TagIn { id: id.clone(), group: text(tag, "group_name"), name: text(tag, "tag_name"), kind };
            unnamed.remove(&id);
            known.entry(id).or_insert(named);
        }
        // One that WeCom does not tell even here is not asked for again and again.
        unnamed.retain(|id| !bears(id));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
