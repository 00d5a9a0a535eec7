//! What can be asked, and what cannot: one sentence for each mistake.

use domain::facts::Date;
use domain::{CounterId, DepartmentId, FieldId, OfficerId, ServiceId, SiteId};

/// A list of words: the enum, its words in the order in which they are told, and back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All there are, in the order in which they are told.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its word in an address.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Which one a word names.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}
pub(super) use words;

words! {
    /// What is asked for; the columns of each are in [`super::columns`].
    Figure {
        /// How long people waited until they were called.
        Waits = "waits",
        /// How much there was to do, and what was done.
        Load = "load",
        /// What people thought of it.
        Ratings = "ratings",
        /// How much of their open time counters were busy.
        Utilisation = "utilisation",
        /// Who left without being served.
        Abandonment = "abandonment",
        /// How good the promised waits were.
        Estimates = "estimates",
        /// What the cameras saw.
        Zones = "zones",
        /// How good the data are.
        Quality = "quality",
    }
}

words! {
    /// What rows are of. The order here is that of a row's group values.
    By {
        /// The site.
        Site = "site",
        /// A business day's month, `2026-11`.
        Month = "month",
        /// Its ISO week, `2026-W48`.
        Week = "week",
        /// Its date, `2026-11-23`.
        Day = "day",
        /// Its ISO weekday, 1 (Monday) to 7.
        Weekday = "weekday",
        /// The hour on the wall, 0 to 23.
        Hour = "hour",
        /// The department: of the service, for figures of tickets; of the counter, for those of counters.
        Department = "department",
        /// The field that the service belonged to on the day itself.
        Field = "field",
        /// The service.
        Service = "service",
        /// The counter.
        Counter = "counter",
        /// The officer.
        Officer = "officer",
        /// The camera: always a row's group for `zones`, and only there.
        Camera = "camera",
        /// Its zone, like the camera.
        Zone = "zone",
    }
}

words! {
    /// With what the range is compared.
    Compare {
        /// The period of equal length just before. Whole months are compared with as many months
        /// before them, so whole weeks are with the weeks before.
        Previous = "previous",
        /// Whole months: the same months a year before. Anything else: 52 weeks before, so that
        /// every weekday meets itself (and no 29 February or week 53 is without counterpart).
        Year = "year",
    }
}

/// Only what belongs to all of these; `None`: everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "ids of the site's file")]
pub struct Only {
    pub department: Option<DepartmentId>,
    pub field: Option<FieldId>,
    pub service: Option<ServiceId>,
    pub counter: Option<CounterId>,
    pub officer: Option<OfficerId>,
}

/// A question. Days are business days, both ends belong to the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Of these; empty: of all there are.
    pub sites: Vec<SiteId>,
    /// What.
    pub figure: Figure,
    /// First business day.
    pub from: Date,
    /// Last business day.
    pub to: Date,
    /// One row for each; empty: one row for all. Figures of counters and officers of several sites
    /// are always also by site, those of zones by camera and zone.
    pub by: Vec<By>,
    /// With what it is compared.
    pub compare: Option<Compare>,
    /// Of what.
    pub only: Only,
}

/// The longest range that is answered, days: ten years.
pub const MOST_DAYS: i32 = 3_660;
/// As many rows an answer may have.
pub const MOST_ROWS: usize = 100_000;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A word that is not one of the list.
    #[error("{key}={word:?} is not known; {key} is one of: {known}")]
    Word {
        /// The parameter.
        key: &'static str,
        /// What was given.
        word: String,
        /// What could have been.
        known: String,
    },
    /// A parameter that there is not.
    #[error("there is no parameter {0:?}; there are: {1}")]
    Parameter(String, String),
    /// A parameter that came more than once.
    #[error("{0} is given more than once; give it once, several values separated by commas")]
    Twice(String),
    /// An id that is none.
    #[error("{key}={text:?} is not an id; an id is 1 to 32 of a-z, 0-9 and -")]
    Id {
        /// The parameter.
        key: &'static str,
        /// What was given.
        text: String,
    },
    /// Not a date.
    #[error(
        "{key}={text:?} is not a date; give a business day like 2026-11-23, a week like 2026-W48, a month like 2026-11 or a year like 2026"
    )]
    Date {
        /// The parameter.
        key: &'static str,
        /// What was given.
        text: String,
    },
    /// An instant where a business day is wanted.
    #[error(
        "{key}={text:?} is an instant; history is asked by business days of the site: give a day like 2026-11-23, and by=hour for its hours"
    )]
    Instant {
        /// The parameter.
        key: &'static str,
        /// What was given.
        text: String,
    },
    /// The range ends before it begins.
    #[error("the range ends ({to}) before it begins ({from})")]
    Backwards {
        /// Its first day.
        from: String,
        /// Its last day.
        to: String,
    },
    /// Nobody's history.
    #[error("history is asked of the years 1 to 9999")]
    Era,
    /// The range is too long.
    #[error("the range has {days} days; at most {MOST_DAYS} are answered at once")]
    TooLong {
        /// So many.
        days: i32,
    },
    /// The figure has no such groups.
    #[error("{figure} cannot be by {by}; it can be by: {possible}", figure = figure.word(), by = by.word())]
    By {
        /// The figure.
        figure: Figure,
        /// What it cannot be by.
        by: By,
        /// What it can be by.
        possible: String,
    },
    /// The figure cannot be of one of these alone.
    #[error("{figure} cannot be of one {by} alone; it can be of one: {possible}", figure = figure.word(), by = by.word())]
    Only {
        /// The figure.
        figure: Figure,
        /// What was named.
        by: By,
        /// What can be.
        possible: String,
    },
    /// More rows than anybody reads.
    #[error("the answer has more than {MOST_ROWS} rows; ask for a shorter range, one site, or fewer words in by")]
    TooManyRows,
}

impl By {
    /// Whether it groups days or hours.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Month | Self::Week | Self::Day | Self::Weekday | Self::Hour)
    }
}

impl Figure {
    /// What it can be by.
    #[must_use]
    pub fn possible(self) -> Vec<By> {
        By::ALL.iter().copied().filter(|by| self.can_be_by(*by)).collect()
    }

    /// Whether rows of it can be by this.
    #[must_use]
    pub const fn can_be_by(self, by: By) -> bool {
        match by {
            By::Site | By::Month | By::Week | By::Day | By::Weekday | By::Hour => true,
            By::Department | By::Counter | By::Officer => !matches!(self, Self::Zones | Self::Quality),
            By::Field | By::Service => !matches!(self, Self::Zones | Self::Quality | Self::Utilisation),
            By::Camera | By::Zone => matches!(self, Self::Zones),
        }
    }
}

pub(super) fn list(of: impl IntoIterator<Item = &'static str>) -> String {
    of.into_iter().collect::<Vec<_>>().join(", ")
}

impl Only {
    /// What it names.
    pub(super) fn named(&self) -> impl Iterator<Item = By> {
        let named = [
            self.department.map(|_| By::Department),
            self.field.map(|_| By::Field),
            self.service.map(|_| By::Service),
            self.counter.map(|_| By::Counter),
            self.officer.map(|_| By::Officer),
        ];
        named.into_iter().flatten()
    }
}

impl Question {
    /// One figure of one site, over everything, not compared.
    #[must_use]
    pub fn new(sites: Vec<SiteId>, figure: Figure, from: Date, to: Date) -> Self {
        Self { sites, figure, from, to, by: Vec::new(), compare: None, only: Only::default() }
    }

    /// Whether it can be answered at all.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn check(&self) -> Result<(), Mistake> {
        if ![self.from, self.to].iter().all(|date| super::period::DATES.contains(date)) {
            return Err(Mistake::Era);
        }
        if self.to < self.from {
            let [from, to] = [self.from, self.to].map(super::period::day_text);
            return Err(Mistake::Backwards { from, to });
        }
        let days = self.to.saturating_sub(self.from).saturating_add(1);
        if days > MOST_DAYS {
            return Err(Mistake::TooLong { days });
        }
        let figure = self.figure;
        if let Some(by) = self.by.iter().copied().find(|by| !figure.can_be_by(*by)) {
            let possible = list(figure.possible().into_iter().map(By::word));
            return Err(Mistake::By { figure, by, possible });
        }
        if let Some(by) = self.only.named().find(|by| !figure.can_be_by(*by)) {
            let named = figure.possible().into_iter().filter(|by| !by.is_time() && *by != By::Site);
            let words = list(named.filter(|by| !matches!(by, By::Camera | By::Zone)).map(By::word));
            let possible = if words.is_empty() { "site".to_owned() } else { words };
            return Err(Mistake::Only { figure, by, possible });
        }
        Ok(())
    }

    /// What its rows are by: as asked, each once, in the order of [`By::ALL`], and what always
    /// belongs to it.
    #[must_use]
    pub fn rows_by(&self) -> Vec<By> {
        let several = self.sites.len() != 1;
        let local = |by: &By| matches!(by, By::Counter | By::Officer);
        let is_zones = self.figure == Figure::Zones;
        let of_one_site = is_zones || self.by.iter().any(local) || self.only.named().any(|by| local(&by));
        let wanted = |by: &By| match by {
            By::Site => self.by.contains(by) || (several && of_one_site),
            By::Camera | By::Zone => is_zones,
            _ => self.by.contains(by),
        };
        By::ALL.iter().copied().filter(wanted).collect()
    }
}
