//! Scripts and styles as they travel: without the comments and the indentation that are for who reads
//! their source.

/// The text without blank lines, indentation, and comments that begin a line. A line break inside of a
/// quotation would lose the blanks after it: our files have none (a test holds them to it).
#[must_use]
pub fn lean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_comment = false;
    for line in text.lines() {
        let mut rest = line.trim_start();
        loop {
            if in_comment || rest.starts_with("/*") {
                let Some((_, after)) = rest.split_once("*/") else {
                    (in_comment, rest) = (true, "");
                    break;
                };
                (in_comment, rest) = (false, after.trim_start());
            } else {
                break;
            }
        }
        if !rest.is_empty() && !rest.starts_with("//") {
            out.push_str(rest);
            out.push('\n');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_stay_behind() {
        let text = "// @ts-check\n/**\n * What\n * it is.\n */\n\nconst a = 1; // kept\n  /** @type {X} */\n  b(\"/* no */\", \n\t/* one */ c);\n";
        assert_eq!(lean(text), "const a = 1; // kept\nb(\"/* no */\", \nc);\n");
        assert_eq!(lean("a {\n  /* x\n     y */ b: c;\n}\n"), "a {\nb: c;\n}\n");
    }

    #[test]
    fn no_quotation_of_ours_runs_over_a_line() {
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/web/js")).unwrap() {
            let path = entry.unwrap().path();
            let script = std::fs::read_to_string(&path).unwrap();
            for line in lean(&script).lines() {
                assert!(line.matches('`').count().is_multiple_of(2), "{}: {line}", path.display());
            }
        }
    }
}
