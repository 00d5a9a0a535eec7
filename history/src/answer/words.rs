//! Questions as they stand in an address: `?from=2026-11&by=hour,weekday&compare=year`.

use domain::SiteId;
use domain::facts::Date;

use super::period::named;
use super::question::{By, Compare, Figure, Mistake, Question, list, words};

words! {
    /// How an answer is written.
    Format {
        /// JSON.
        Json = "json",
        /// CSV for spreadsheets.
        Csv = "csv",
    }
}

words! {
    /// The language of what people read.
    Lang {
        /// Vietnamese.
        Vi = "vi",
        /// English.
        En = "en",
    }
}

/// Parameters that there are.
pub const PARAMETERS: &[&str] =
    &["from", "to", "by", "compare", "department", "field", "service", "counter", "officer", "format", "lang"];

/// So many days are answered where no `from` is given.
const DAYS: i32 = 30;

/// A question and how its answer is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Request {
    pub question: Question,
    pub format: Format,
    pub lang: Lang,
}

fn word<T>(key: &'static str, text: &str, of: fn(&str) -> Option<T>, known: String) -> Result<T, Mistake> {
    of(text).ok_or_else(|| Mistake::Word { key, word: text.to_owned(), known })
}

fn id<T: std::str::FromStr>(key: &'static str, text: &str) -> Result<Option<T>, Mistake> {
    text.parse().map(Some).map_err(|_| Mistake::Id { key, text: text.to_owned() })
}

fn date(key: &'static str, text: &str) -> Result<super::shape::Range, Mistake> {
    let text_of = || text.chars().take(64).collect::<String>();
    named(text).ok_or_else(|| {
        // 2026-11-23T07:00:00Z; a week has no T.
        let instant = text.len() > 10 && text.as_bytes()[10].eq_ignore_ascii_case(&b'T');
        if instant { Mistake::Instant { key, text: text_of() } } else { Mistake::Date { key, text: text_of() } }
    })
}

/// What a question can be by, read from a list of words.
///
/// # Errors
/// A word that is not known.
pub fn by(text: &str) -> Result<Vec<By>, Mistake> {
    let asked = By::ALL.iter().copied().filter(|by| !matches!(by, By::Camera | By::Zone));
    let known = list(asked.map(By::word));
    text.split(',').filter(|text| !text.is_empty()).map(|text| word("by", text, By::from_word, known.clone())).collect()
}

impl Request {
    /// Reads the parameters of an address (decoded already). Without `to` the range ends `today`,
    /// without `from` it has 30 days; both take days, weeks, months and years.
    ///
    /// # Errors
    /// The first mistake, in a sentence for whoever asked.
    pub fn read<'a>(
        sites: Vec<SiteId>,
        figure: Figure,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        today: Date,
    ) -> Result<Self, Mistake> {
        let mut question = Question::new(sites, figure, today, today);
        let (mut from, mut to) = (None, None);
        let (mut format, mut lang) = (Format::Json, Lang::Vi);
        let mut seen = Vec::new();
        for (key, text) in parameters {
            if seen.contains(&key) {
                return Err(Mistake::Twice(key.to_owned()));
            }
            seen.push(key);
            let only = &mut question.only;
            match key {
                "from" => from = Some(date("from", text)?.from),
                "to" => to = Some(date("to", text)?.to),
                "by" => question.by = by(text)?,
                "compare" => {
                    let known = list(Compare::ALL.iter().map(|one| one.word()));
                    question.compare = Some(word("compare", text, Compare::from_word, known)?);
                }
                "department" => only.department = id("department", text)?,
                "field" => only.field = id("field", text)?,
                "service" => only.service = id("service", text)?,
                "counter" => only.counter = id("counter", text)?,
                "officer" => only.officer = id("officer", text)?,
                "format" => {
                    format = word("format", text, Format::from_word, list(Format::ALL.iter().map(|one| one.word())))?
                }
                "lang" => lang = word("lang", text, Lang::from_word, list(Lang::ALL.iter().map(|one| one.word())))?,
                _ => return Err(Mistake::Parameter(key.chars().take(64).collect(), list(PARAMETERS.iter().copied()))),
            }
        }
        question.to = to.unwrap_or(today);
        question.from = from.unwrap_or(question.to - (DAYS - 1));
        question.check()?;
        Ok(Self { question, format, lang })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(figure: Figure, text: &str) -> Result<Request, Mistake> {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Request::read(vec![SiteId::new("tam-ky").unwrap()], figure, pairs, named("2026-11-23").unwrap().from)
    }

    fn told(figure: Figure, text: &str) -> String {
        read(figure, text).unwrap_err().to_string()
    }

    #[test]
    fn a_question_in_an_address() {
        let request = read(
            Figure::Waits,
            "from=2026-W48&to=2026-12&by=weekday,hour&compare=year&service=dat-dai&format=csv&lang=en",
        )
        .unwrap();
        let question = &request.question;
        assert_eq!((question.from, question.to), (named("2026-11-23").unwrap().from, named("2026-12-31").unwrap().to));
        assert_eq!(question.rows_by(), [By::Weekday, By::Hour]);
        assert_eq!(question.only.service.unwrap().as_str(), "dat-dai");
        assert_eq!((request.format, request.lang, question.compare), (Format::Csv, Lang::En, Some(Compare::Year)));
        let plain = read(Figure::Zones, "").unwrap().question;
        assert_eq!((plain.to - plain.from, plain.rows_by()), (29, vec![By::Camera, By::Zone]));
    }

    #[test]
    fn every_mistake_has_a_sentence() {
        for (figure, text, part) in [
            (
                Figure::Waits,
                "by=hour,wekday",
                "\"wekday\" is not known; by is one of: site, month, week, day, weekday, hour,",
            ),
            (
                Figure::Zones,
                "by=officer",
                "zones cannot be by officer; it can be by: site, month, week, day, weekday, hour, camera, zone",
            ),
            (Figure::Waits, "by=zone", "waits cannot be by zone"),
            (Figure::Quality, "service=dat-dai", "quality cannot be of one service alone; it can be of one: site"),
            (Figure::Utilisation, "field=dat-dai", "it can be of one: department, counter, officer"),
            (Figure::Waits, "from=2026-11-24&to=2026-11-23", "ends (2026-11-23) before it begins (2026-11-24)"),
            (Figure::Waits, "from=2026-11-23T07:00:00Z", "is an instant; history is asked by business days"),
            (Figure::Waits, "to=tomorrow-or-so", "is not a date; give a business day like"),
            (Figure::Waits, "from=1990&to=2026", "at most 3660 are answered"),
            (Figure::Waits, "compare=last", "compare is one of: previous, year"),
            (Figure::Waits, "service=Đất", "is not an id"),
            (Figure::Waits, "wher=1", "there is no parameter \"wher\"; there are: from, to, by,"),
            (Figure::Waits, "by=hour&by=day", "more than once"),
        ] {
            let told = told(figure, text);
            assert!(told.contains(part), "{text}: {told}");
        }
    }
}
