//! Looks up, for a batch at once, what its messages need: parties by number and subjects with their keys.
//!
//! Both are durable when this returns, before the transaction that refers to them begins.

use std::collections::HashMap;

use xinlu_model::{Inbound, Party, PartyId, PartyKind};

use super::prepare::{Prepared, RANDOM_BYTES, Refused, Resolved, prepare_all};
use crate::conversation::subject_name;
use crate::model::Source;
use crate::{Archive, ArchiveError};

impl Archive {
    /// Prepares a batch: looks everything up, then encrypts on the blocking pool.
    pub(crate) async fn prepare(
        &self,
        source: &Source,
        messages: Vec<Inbound>,
    ) -> Result<(Vec<Prepared>, Vec<Refused>), ArchiveError> {
        let resolved = self.resolve(source, messages).await?;
        let mut random = vec![0; resolved.len() * RANDOM_BYTES];
        self.deps.random.fill(&mut random);
        let (codec, key) = (self.codec.clone(), source.key.clone());
        tokio::task::spawn_blocking(move || prepare_all(&codec, &key, resolved, &random))
            .await
            .map_err(|_| ArchiveError::Stopping)
    }

    async fn resolve(&self, source: &Source, messages: Vec<Inbound>) -> Result<Vec<Resolved>, ArchiveError> {
        let mut numbers: HashMap<&Party, usize> = HashMap::new();
        let mut wanted: Vec<Party> = Vec::new();
        let consenting: Vec<Option<Party>> = messages.iter().map(consenting).collect();
        let named = messages
            .iter()
            .flat_map(|message| std::iter::once(&message.header.sender).chain(&message.header.recipients));
        for party in named.chain(consenting.iter().flatten()) {
            numbers.entry(party).or_insert_with(|| {
                wanted.push(party.clone());
                wanted.len() - 1
            });
        }
        let ids = self.deps.directory.resolve(&source.key, &wanted).await?;
        let names: Vec<String> = messages.iter().map(|message| subject_name(&source.key, &message.header)).collect();
        let subjects = self.deps.keys.subjects(&names).await?;
        let id = |party: &Party| -> Result<PartyId, ArchiveError> {
            let found = numbers.get(party).and_then(|number| ids.get(*number));
            found.copied().ok_or(ArchiveError::Misuse("the directory left a party out"))
        };
        let mut looked_up = Vec::with_capacity(messages.len());
        for (message, consenting) in messages.iter().zip(&consenting) {
            let recipients = message.header.recipients.iter().map(id).collect::<Result<Vec<_>, _>>()?;
            looked_up.push((id(&message.header.sender)?, recipients, consenting.as_ref().map(id).transpose()?));
        }
        let together = messages.into_iter().zip(looked_up).zip(subjects);
        Ok(together
            .map(|((inbound, (sender, recipients, consenting)), subject)| Resolved {
                inbound,
                sender,
                recipients,
                consenting,
                subject,
            })
            .collect())
    }
}

fn consenting(message: &Inbound) -> Option<Party> {
    let consent = message.parsed.consent.as_ref()?;
    Some(Party { kind: PartyKind::Contact, id: consent.contact.clone() })
}
