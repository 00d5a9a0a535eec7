//! Foreign names become ids of the contract (section 6, the mapping of `replay`).

use domain::ids::MAX_ID_LEN;

/// The id of a foreign name: lower case, every run of other characters one `-`, cut at 32.
/// `UD_Bemowo` becomes `ud-bemowo`. Empty only for an empty name.
#[must_use]
pub fn slug(name: &str) -> String {
    let mut id = String::with_capacity(name.len().min(MAX_ID_LEN));
    let mut in_run = false;
    for letter in name.chars().flat_map(char::to_lowercase) {
        let other = !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-');
        if !other {
            id.push(letter);
        } else if !in_run {
            id.push('-');
        }
        in_run = other;
        if id.len() == MAX_ID_LEN {
            break;
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::SiteId;
    use proptest::prelude::*;

    #[test]
    fn names_of_the_recordings() {
        for (name, id) in [
            ("UD_Bemowo", "ud-bemowo"),
            ("UD_Praga_Poludnie", "ud-praga-poludnie"),
            ("571", "571"),
            ("A03", "a03"),
            ("Quầy số 5", "qu-y-s-5"),
            ("a -- b", "a----b"),
            ("__x__", "-x-"),
        ] {
            assert_eq!(slug(name), id, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_name_but_the_empty_one_has_an_id(name in "\\PC{1,80}") {
            prop_assert!(SiteId::new(&slug(&name)).is_ok());
        }

        #[test]
        fn an_id_is_its_own(name in "[a-z0-9-]{1,32}") {
            prop_assert_eq!(slug(&name), name);
        }
    }
}
