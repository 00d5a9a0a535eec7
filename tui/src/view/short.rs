//! Names where there is little room.

use std::borrow::Cow;

use domain::CounterId;

use super::text::{fit, width};

/// An officer's name in `columns`: whole, else with initials (`N.T.Ánh`), else the given name,
/// which is what colleagues call each other by.
pub fn officer<'n>(name: &'n str, columns: u16, cut: &str) -> Cow<'n, str> {
    if width(name) <= columns {
        return Cow::Borrowed(name);
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let Some((given, before)) = words.split_last() else { return fit(name, columns, cut) };
    let mut initials: String = before.iter().filter_map(|word| word.chars().next()).flat_map(|c| [c, '.']).collect();
    initials.push_str(given);
    let family = before.first().and_then(|word| word.chars().next());
    let shortest = [Some(initials), family.map(|c| format!("{c}.{given}"))];
    match shortest.into_iter().flatten().find(|text| width(text) <= columns) {
        Some(text) => Cow::Owned(text),
        None => fit(given, columns, cut),
    }
}

/// An id in `columns`: whole, else its end, which is where ids differ.
pub fn id<'n>(id: &'n str, columns: u16, cut: &str) -> Cow<'n, str> {
    let over = id.len().saturating_sub(usize::from(columns));
    if over == 0 {
        return Cow::Borrowed(id);
    }
    // An id is ASCII: a byte is a letter.
    Cow::Owned(format!("{cut}{}", id.get(over + 1..).unwrap_or_default()))
}

/// What all ids begin with and need not be said in a cell (`quay-07` … `quay-40` share `quay-`):
/// its length, 0 when the ids are short anyway. Digits are never taken away.
pub fn common_prefix(ids: &[CounterId]) -> usize {
    let longest = ids.iter().map(|id| id.as_str().len()).max().unwrap_or(0);
    let Some(first) = ids.first().filter(|_| longest > 4) else { return 0 };
    let shared = ids.iter().fold(first.as_str(), |shared, id| {
        let same = shared.bytes().zip(id.as_str().bytes()).take_while(|(a, b)| a == b).count();
        &shared[..same]
    });
    shared
        .trim_end_matches(|c: char| c.is_ascii_digit())
        .len()
        .min(ids.iter().map(|id| id.as_str().len() - 1).min().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_given_name_longest() {
        let name = "Nguyễn Thị Ngọc Ánh";
        let text = |columns| officer(name, columns, "…").into_owned();
        assert_eq!(text(19), name);
        assert_eq!(text(10), "N.T.N.Ánh");
        assert_eq!(text(8), "N.Ánh");
        assert_eq!(text(4), "Ánh");
        assert_eq!(text(2), "Á…");
        assert_eq!(officer("cb-017-chinh", 7, "…"), "cb-017…", "an id has no given name");
        assert_eq!(officer("", 0, "…"), "");
    }

    #[test]
    fn an_id_keeps_its_end() {
        assert_eq!(id("q5", 4, "…"), "q5");
        assert_eq!(id("dat-dai-12", 6, "…"), "…ai-12");
        assert_eq!(id("ab", 1, "…"), "…");
        assert_eq!(id("", 0, "…"), "");
    }

    #[test]
    fn what_all_ids_share_is_left_out() {
        let prefix =
            |ids: &[&str]| common_prefix(&ids.iter().map(|id| CounterId::new(id).unwrap()).collect::<Vec<_>>());
        assert_eq!(prefix(&["quay-01", "quay-07", "quay-40"]), 5);
        assert_eq!(prefix(&["quay-01", "quay-02"]), 5, "a digit is never taken away");
        assert_eq!(prefix(&["q1", "q40"]), 0);
        assert_eq!(prefix(&["quay-01", "vip"]), 0);
        assert_eq!(prefix(&["quay-", "quay-1"]), 4);
        assert_eq!(prefix(&[]), 0);
    }
}
