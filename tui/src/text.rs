//! Vietnamese text compared as people type it: with or without diacritics, composed or not, and
//! with what an input method left on makes of English words.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text as it is compared: no marks, `đ` is `d`, lower case.
#[must_use]
pub fn fold(text: &str) -> String {
    let bare = text.nfd().filter(|c| !is_combining_mark(*c));
    let plain = bare.map(|c| match c {
        'đ' | 'Đ' => 'd',
        c => c,
    });
    plain.flat_map(char::to_lowercase).collect()
}

/// [`fold`], and every run of anything but letters and digits is one `-`: `Đất đai` is `dat-dai`.
#[must_use]
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in fold(text).chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// Whether `typed` is the word `word` (of ASCII letters and `-`), typed plainly, in capitals, with
/// diacritics, or through a Telex input method that took its letters for tones: `ưait` is `wait`,
/// `páued` is `paused`.
#[must_use]
pub fn is_word(typed: &str, word: &str) -> bool {
    let typed = slug(typed);
    typed == word || typed == through_telex(word)
}

/// What is left of a word typed through Telex, folded: after a vowel the tone keys are gone, and a
/// `w` is `ư` where it changes no letter before it.
fn through_telex(word: &str) -> String {
    let (mut out, mut vowel) = (String::new(), false);
    for c in word.chars() {
        match c {
            's' | 'f' | 'r' | 'x' | 'j' | 'z' if vowel => {}
            'w' if vowel => {}
            'w' => out.push('u'),
            'd' if out.ends_with('d') => {}
            'a' | 'e' | 'o' if out.ends_with(c) => {}
            c => out.push(c),
        }
        if !c.is_alphanumeric() {
            vowel = false;
        }
        vowel |= "aeiouyw".contains(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_or_not_with_or_without_diacritics() {
        let composed = "Đất đai, Hộ tịch ƯU TIÊN";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        assert_eq!(fold(composed), "dat dai, ho tich uu tien");
        assert_eq!(fold(&decomposed), fold(composed));
        assert_eq!(fold("ẾỄỘ ơ ư"), "eeo o u");
    }

    #[test]
    fn names_become_ids() {
        assert_eq!(slug("  Quầy 5 — Tầng 1 "), "quay-5-tang-1");
        assert_eq!(slug("đất_đai"), "dat-dai");
        assert_eq!(slug("—"), "");
    }

    #[test]
    fn words_survive_an_input_method() {
        for (typed, word) in [
            ("wait", "wait"),
            ("ưait", "wait"),
            ("WAIT", "wait"),
            ("chờ", "cho"),
            ("páued", "paused"),
            ("sẻvice", "service"),
            ("coúnte", "counter"),
            ("tạm dừng", "tam-dung"),
            ("quầy", "quay"),
        ] {
            assert!(is_word(typed, word), "{typed} is {word}");
        }
        assert!(!is_word("wai", "wait") && !is_word("", "wait"));
    }
}
