//! Every text of the screen, in Vietnamese and English. One static table: a word without both
//! does not compile.

mod said;
mod table;

pub use said::{counter_reason, dead_letter_reason, flag_name, rule_name};
pub use table::Word;

use crate::model::Lang;

impl Lang {
    /// The word in this language.
    #[must_use]
    pub const fn say(self, word: Word) -> &'static str {
        let (vi, en) = word.texts();
        match self {
            Self::Vi => vi,
            Self::En => en,
        }
    }

    /// A sentence with its gaps `{}` filled in order.
    #[must_use]
    pub fn fill(self, word: Word, values: &[&str]) -> String {
        let mut parts = self.say(word).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (at, part) in parts.enumerate() {
            text.push_str(values.get(at).copied().unwrap_or_default());
            text.push_str(part);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::is_nfc;

    use super::*;

    #[test]
    fn every_word_is_there_twice() {
        for word in Word::ALL {
            let (vi, en) = word.texts();
            for text in [vi, en] {
                assert!(!text.trim().is_empty(), "{word:?}");
                assert!(is_nfc(text) && !text.contains(char::is_control), "{word:?}: {text}");
            }
            let gaps = |text: &str| text.matches("{}").count();
            assert_eq!(gaps(vi), gaps(en), "{word:?}: as many gaps in both languages");
            let sign = |c: char| c.is_ascii() || "′×—–…·".contains(c);
            assert!(en.chars().all(sign), "{word:?} is not English: {en}");
        }
    }

    #[test]
    fn gaps_are_filled_in_order() {
        assert_eq!(Lang::Vi.fill(Word::LinkLostSince, &["09:41"]), "Mất kết nối từ 09:41");
        assert_eq!(Lang::En.fill(Word::LinkLostSince, &["09:41"]), "Link lost since 09:41");
        assert_eq!(Lang::En.fill(Word::LinkLostSince, &[]), "Link lost since ", "a missing value is empty");
    }
}
