//! The trained part of the estimates: one for the installation, a record of the journal before any
//! site follows it.

use std::sync::Arc;

use domain::Timestamp;
use domain::estimate::model::Model;
use journal::NewRecord;
use serde::{Deserialize, Serialize};

use super::Door;
use crate::flow::{Item, Record, Shared, SiteIx};
use crate::record::Kind;

/// A model as the journal holds it, and when it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptModel {
    /// Its record.
    pub offset: u64,
    /// When it was written.
    pub rx: Timestamp,
    bytes: Vec<u8>,
}

/// The model in force.
#[derive(Debug)]
pub struct InForce {
    kept: KeptModel,
    model: Arc<Model>,
}

impl Door {
    /// A model was trained: it is written down, and every site follows it from here on. Returns its
    /// record; `None` when it is too large to be written, and nothing changes.
    pub fn learned(&mut self, model: &Model, rx: Timestamp) -> Option<u64> {
        let bytes = postcard::to_stdvec(model).ok().filter(|bytes| bytes.len() <= journal::MAX_PAYLOAD)?;
        let (kind, rx_ms) = (Kind::Model as u8, rx.ms());
        let offset = self.journal.append(NewRecord { kind, rx_ms, at_ms: rx_ms, topic: b"", payload: &bytes });
        self.model_came(KeptModel { offset, rx, bytes });
        for ix in 0..self.sites.len() as SiteIx {
            self.touched.sites.entry(ix).or_default();
        }
        Some(offset)
    }

    /// The model that is in force, as it was written down.
    #[must_use]
    pub fn model(&self) -> Option<&KeptModel> {
        self.model.as_ref().map(|model| &model.kept)
    }

    /// Tells a site the model that is in force, where there is one.
    #[must_use]
    pub fn model_item(&self) -> Option<Item> {
        Some(Item::Model(Shared(Arc::clone(&self.model.as_ref()?.model))))
    }

    /// Takes up a model of the journal.
    pub(super) fn replay_model(&mut self, record: &journal::Record<'_>, rx: Timestamp) {
        self.model_came(KeptModel { offset: record.offset, rx, bytes: record.payload.to_vec() });
    }

    fn model_came(&mut self, kept: KeptModel) {
        if self.restore_model(kept)
            && let Some(item) = self.model_item()
        {
            let sites = 0..self.sites.len() as SiteIx;
            self.records.extend(sites.map(|site| Record { site, item: item.clone() }));
        }
    }

    /// Takes up what a snapshot kept; no site is told. A model that another version wrote or that is
    /// not sound changes nothing: the sites go on with the one before, or with the queueing figures,
    /// until the next training.
    pub(super) fn restore_model(&mut self, kept: KeptModel) -> bool {
        let offset = kept.offset;
        let Some(model) = postcard::from_bytes(&kept.bytes).ok().filter(Model::is_sound) else {
            tracing::warn!(offset, "A model of another version is passed over.");
            return false;
        };
        let Model { rows, trained_until, .. } = model;
        tracing::info!(offset, rows, %trained_until, "Estimates follow a trained model.");
        self.model = Some(InForce { kept, model: Arc::new(model) });
        true
    }
}
