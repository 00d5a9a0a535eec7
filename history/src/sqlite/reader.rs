//! The store, asked: on a connection of its own that never writes.

use std::path::{Path, PathBuf};

use domain::SiteId;
use domain::facts::Date;

use super::schema;
use crate::source::Name;
use crate::{DayPart, Error, Part, Scope, Source};

/// A store that is read while its writer works. A file that does not exist yet is a history without
/// days; it is looked for again with every question.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
}

impl Reader {
    /// A reader of this file.
    ///
    /// # Errors
    /// When the file is there and cannot be used.
    pub fn open(path: &Path) -> Result<Self, Error> {
        schema::open_to_read(path)?;
        Ok(Self { path: path.to_owned() })
    }
}

impl Source for Reader {
    fn scan(&self, scope: &Scope, parts: &[Part], take: &mut dyn FnMut(&DayPart<'_>)) -> Result<(), Error> {
        let _ = (scope, parts, take);
        Err(Error::Store { path: self.path.clone(), why: "this program cannot do that yet".to_owned() })
    }

    fn sites(&self) -> Result<Vec<SiteId>, Error> {
        Ok(Vec::new())
    }

    fn span(&self, _site: SiteId) -> Result<Option<(Date, Date)>, Error> {
        Ok(None)
    }

    fn names(&self, _site: SiteId) -> Result<Vec<Name>, Error> {
        Ok(Vec::new())
    }
}
