// Included by the tests of every crate that reads what others wrote: the kept corpus of a target,
// and inputs made from it. The same seed makes the same inputs.

use std::path::Path;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

/// What breaks readers: ends, escapes, numbers at an edge, deep and long things.
const PIECES: [&[u8]; 24] = [
    b"",
    b"\0",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"]",
    b":",
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"9007199254740993",
    b"18446744073709551616",
    b"\\u0000",
    b"\\ud800",
    b"\xFF\xFE",
    "Ấ̈".as_bytes(),
    b"\n",
    b"\"\"\"",
    b"true",
    b"0.1",
    b"=",
];

/// The kept inputs of a target, and their names.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&dir).unwrap_or_else(|why| panic!("{}: {why}", dir.display()));
    let mut inputs: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", dir.display());
    inputs
}

/// One input made worse.
fn mutate(random: &mut Random, input: &mut Vec<u8>, other: &[u8]) {
    let at = random.below(input.len() + 1);
    let len = random.below(input.len() - at + 1).min(random.below(40));
    match random.below(7) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 => drop(input.drain(at..at + len)),
        2 => drop(input.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
        3 => drop(input.splice(at..at + len, PIECES[random.below(PIECES.len())].iter().copied())),
        4 => input.truncate(at),
        5 => {
            let again = input[at..at + len].to_vec();
            drop(input.splice(at..at, again));
        }
        _ if !other.is_empty() => {
            let from = random.below(other.len());
            drop(input.splice(at..at + len, other[from..].iter().take(60).copied()));
        }
        _ => {}
    }
}

/// Gives `judge` the corpus of the target, then `tries` inputs made from it. `judge` fails by
/// panicking; what it was given is kept in the system's temporary directory then.
fn hammer(target: &str, tries: usize, judge: impl Fn(&[u8]) + std::panic::RefUnwindSafe) {
    let (inputs, mut random) = (corpus(target), Random(0x0DE5_1234 ^ target.len() as u64));
    let judged = |name: &str, input: &[u8]| {
        if std::panic::catch_unwind(|| judge(input)).is_err() {
            let kept = std::env::temp_dir().join(format!("motcua-{target}-{name}"));
            std::fs::write(&kept, input).unwrap();
            panic!("{target}: the input of {name} is kept as {}", kept.display());
        }
    };
    for (name, input) in &inputs {
        judged(name, input);
    }
    for n in 0..tries {
        let mut input = inputs[random.below(inputs.len())].1.clone();
        for _ in 0..=random.below(6) {
            let other = &inputs[random.below(inputs.len())].1;
            mutate(&mut random, &mut input, other);
        }
        judged(&format!("made-{n}"), &input);
    }
}
