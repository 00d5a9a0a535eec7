//! What would be if: questions are answered by the domain's simulation of the collector's outlook,
//! kept, and later compared with what happened. No figure is made here.

mod asked;
mod said;
mod store;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::SiteId;
use domain::outlook::{Answer, ChangeError, Outlook, Question, simulate};
use serde::Serialize;

pub use asked::Record;
pub use said::{Summary, refusal};

use crate::live::{Site, Sites};
use crate::whatif::store::Store;

/// The questions of all sites.
#[derive(Debug)]
pub struct WhatIf {
    store: Store,
    /// Sites of which a question is being answered: a simulation fills a processor.
    busy: Arc<Mutex<BTreeSet<SiteId>>>,
}

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Another one of the site is being answered.
    #[error("another question of the site is being answered")]
    Busy,
    /// The collector has not said what a simulation needs.
    #[error("no outlook of the site has come")]
    NoOutlook,
}

/// An answer with its number and its sentence.
#[derive(Debug, Clone, Serialize)]
pub struct Answered {
    /// Its number in the list of questions.
    pub id: u64,
    /// The answer in a sentence.
    pub summary: Summary,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The turn of a site; given back when it is dropped.
#[derive(Debug)]
struct Turn {
    site: SiteId,
    busy: Arc<Mutex<BTreeSet<SiteId>>>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.site);
    }
}

/// A question that may be answered now. It holds the site's turn, wherever it is answered.
#[derive(Debug)]
pub struct Due {
    outlook: Arc<Outlook>,
    question: Question,
    _turn: Turn,
}

impl Due {
    /// Simulates: some tens of milliseconds for a large hall and the usual number of runs.
    ///
    /// # Errors
    /// When the question is wrong.
    pub fn answer(self) -> Result<Answer, ChangeError> {
        simulate(&self.outlook, &self.question)
    }
}

impl WhatIf {
    /// Reads what was kept in `data_dir`.
    #[must_use]
    pub fn new(data_dir: PathBuf) -> Self {
        Self { store: Store::new(data_dir.join("what-if")), busy: Arc::default() }
    }

    /// Takes the site's turn for a question.
    ///
    /// # Errors
    /// When there is no outlook of the site, or another question has the turn.
    pub fn take_turn(&self, site: &Site, question: Question) -> Result<Due, Unanswered> {
        let outlook = site.outlook().ok_or(Unanswered::NoOutlook)?;
        if !self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(site.id()) {
            return Err(Unanswered::Busy);
        }
        Ok(Due { outlook, question, _turn: Turn { site: site.id(), busy: Arc::clone(&self.busy) } })
    }

    /// Keeps an answer, to be compared with what happens. Writes a file.
    #[must_use]
    pub fn keep(&self, site: &Site, answer: Answer) -> Answered {
        let version = site.version();
        let summary = Summary::of(&answer, version.as_ref().map(|version| version.board()));
        let id = self.store.add(answer.site, |id| Record::new(id, &answer, version.as_ref().map(|it| it.board())));
        Answered { id, summary, answer }
    }

    /// The questions of a site, the newest first. May read a file.
    #[must_use]
    pub fn list(&self, site: SiteId) -> Vec<Record> {
        self.store.list(site)
    }

    /// Compares the questions whose time has come with the boards of now. May write files.
    pub fn look(&self, sites: &Sites) {
        for site in sites.all() {
            if let Some(version) = site.version() {
                self.store.look(version.board());
            }
        }
    }
}
