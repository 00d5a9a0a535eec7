//! Answers and refusals in sentences: Vietnamese and English.

use domain::board::Board;
use domain::outlook::{
    Answer, Change, ChangeError, MOST_CHANGES, MOST_HORIZON_MIN, MOST_NEW_COUNTERS, MOST_RUNS, Range, Reason,
    ServiceAnswer,
};
use domain::{CounterId, Seconds, ServiceId};
use serde::Serialize;

use super::asked::about;

/// Services that a sentence tells of; the figures of the others are in the answer.
const TOLD: usize = 3;

/// The answer in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// In Vietnamese.
    pub vi: String,
    /// In English.
    pub en: String,
}

/// A text in both languages while it grows.
type Both = [String; 2];

fn both(vi: impl Into<String>, en: impl Into<String>) -> Both {
    [vi.into(), en.into()]
}

impl Summary {
    /// Tells of the services that the question was about. Names are those of the board.
    #[must_use]
    pub fn of(answer: &Answer, board: Option<&Board>) -> Self {
        let names = Names(board);
        let changes: Vec<Both> = answer.changes.iter().map(|change| names.change(change)).collect();
        let alone = matches!(answer.changes[..], [Change::OpenCounters { .. }]);
        let told = about(answer).take(TOLD).map(|row| {
            let [vi, en] = outcome(row, !answer.changes.is_empty());
            if alone {
                both(vi, en)
            } else {
                let name = names.service(row.service);
                both(format!("{name}: {vi}"), format!("{name}: {en}"))
            }
        });
        let told: Vec<Both> = told.collect();
        let text = |language: usize| {
            let join = |parts: &[Both]| parts.iter().map(|it| it[language].as_str()).collect::<Vec<_>>().join("; ");
            let (changes, told) = (join(&changes), join(&told));
            if changes.is_empty() { format!("{}.", capital(&told)) } else { format!("{}: {told}.", capital(&changes)) }
        };
        Self { vi: text(0), en: text(1) }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// How long a ticket of now waits, in both scenarios.
fn outcome(row: &ServiceAnswer, asked: bool) -> Both {
    let (base, changed) = (&row.base.wait_now, &row.changed.wait_now);
    match (changed.p90_s, base.p90_s) {
        (Some(s), _) if !asked => {
            let [vi, en] = within(s);
            both(
                format!("9/10 người lấy số bây giờ được gọi {vi}"),
                format!("9 in 10 who take a number now are called {en}"),
            )
        }
        (Some(new), Some(old)) => {
            let ([vi, en], [old_vi, old_en]) = (within(new), minutes(old));
            if minutes(new) == minutes(old) {
                return both(
                    format!("9/10 người lấy số bây giờ vẫn được gọi {vi}"),
                    format!("9 in 10 who take a number now are still called {en}"),
                );
            }
            both(
                format!("9/10 người lấy số bây giờ được gọi {vi} thay vì {old_vi}"),
                format!("9 in 10 who take a number now are called {en} instead of {old_en}"),
            )
        }
        (Some(new), None) => {
            let ([vi, en], [why_vi, why_en]) = (within(new), why(base));
            both(
                format!("9/10 người lấy số bây giờ được gọi {vi}; nếu để như hiện nay: {why_vi}"),
                format!("9 in 10 who take a number now are called {en}; as things are: {why_en}"),
            )
        }
        (None, _) => {
            let [vi, en] = why(changed);
            both(format!("thời gian chờ chưa xác định ({vi})"), format!("the wait is not known ({en})"))
        }
    }
}

/// In whole minutes, rounded up: a promise is not cut.
fn minutes(wait: Seconds) -> Both {
    match (wait.ms() + 59_999) / 60_000 {
        0 => both("ngay", "at once"),
        1 => both("1 phút", "1 minute"),
        minutes => both(format!("{minutes} phút"), format!("{minutes} minutes")),
    }
}

fn within(wait: Seconds) -> Both {
    let [vi, en] = minutes(wait);
    if wait.ms() <= 0 { both(vi, en) } else { both(format!("trong {vi}"), format!("within {en}")) }
}

fn why(range: &Range) -> Both {
    match range.reason {
        Some(Reason::NoOpenCounter) => both("chưa có quầy phục vụ", "no counter serves it"),
        Some(Reason::Closed) => both("hết giờ làm việc trước khi tới lượt", "the site closes before"),
        Some(Reason::BeyondHorizon) => both("lâu hơn thời gian dự báo", "longer than was looked ahead"),
        Some(Reason::NobodyComes) => both("không có người tới", "nobody comes"),
        Some(Reason::NotEnoughHistory) | None => both("chưa đủ dữ liệu", "not enough was seen of it"),
    }
}

/// Names as people know them; ids where there is no board.
struct Names<'a>(Option<&'a Board>);

impl Names<'_> {
    fn service(&self, id: ServiceId) -> String {
        let row = self.0.and_then(|board| board.services.iter().find(|row| row.service == id));
        row.map_or_else(|| id.to_string(), |row| row.name.clone())
    }

    fn counter(&self, id: CounterId) -> String {
        let row = self.0.and_then(|board| board.counters.iter().find(|row| row.counter == id));
        row.map_or_else(|| id.to_string(), |row| row.name.clone())
    }

    fn services(&self, ids: &[ServiceId]) -> String {
        ids.iter().map(|id| self.service(*id)).collect::<Vec<_>>().join(", ")
    }

    fn change(&self, change: &Change) -> Both {
        match change {
            Change::OpenCounters { service, count } => {
                let name = self.service(*service);
                match count {
                    1 => both(format!("mở thêm một quầy cho {name}"), format!("one more counter for {name}")),
                    n => both(format!("mở thêm {n} quầy cho {name}"), format!("{n} more counters for {name}")),
                }
            }
            Change::OpenCounter { counter, services } => {
                let name = self.counter(*counter);
                match services {
                    None => both(format!("mở {name}"), format!("{name} opened")),
                    Some(these) => {
                        let these = self.services(these);
                        both(format!("mở {name} cho {these}"), format!("{name} opened for {these}"))
                    }
                }
            }
            Change::CloseCounter { counter } => {
                let name = self.counter(*counter);
                both(format!("đóng {name}"), format!("{name} closed"))
            }
            Change::MoveCounter { counter, services } => {
                let (name, these) = (self.counter(*counter), self.services(services));
                both(format!("chuyển {name} sang {these}"), format!("{name} moved to {these}"))
            }
            Change::Demand { service, factor } => {
                let [vi, en] = service.map_or_else(
                    || both("mọi thủ tục", "every service"),
                    |id| both(self.service(id), self.service(id)),
                );
                both(format!("số người tới × {factor} ({vi})"), format!("arrivals × {factor} ({en})"))
            }
        }
    }
}

/// Why a question is refused, for people: Vietnamese first, English second.
#[must_use]
pub fn refusal(error: &ChangeError) -> String {
    let vi = match error {
        ChangeError::UnknownService(id) => format!("Trung tâm không có thủ tục {id}"),
        ChangeError::UnknownCounter(id) => format!("Trung tâm không có quầy {id}"),
        ChangeError::NoService(id) => format!("Quầy {id} không phục vụ thủ tục nào, xin nêu ít nhất một"),
        ChangeError::NewCounters(n) => format!("{n} quầy mới: có thể hỏi từ 1 tới {MOST_NEW_COUNTERS}"),
        ChangeError::Factor(factor) => format!("Hệ số {factor}: có thể hỏi từ 0 tới 10"),
        ChangeError::TooMany(n) => format!("{n} thay đổi: một lần hỏi tối đa {MOST_CHANGES}"),
        ChangeError::Runs(n) => format!("{n} lần mô phỏng: có thể hỏi từ 1 tới {MOST_RUNS}"),
        ChangeError::Horizon(n) => format!("{n} phút: có thể hỏi từ 1 tới {MOST_HORIZON_MIN}"),
    };
    format!("{vi}. / {}.", capital(&error.to_string()))
}
