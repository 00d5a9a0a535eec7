// What holds of every recording, whatever is in it. The fuzz target includes this file.

use std::path::Path;

use motcua::replay::rows;

/// A table of tickets or of staffing: rows that cannot be used are left out and counted, or the
/// whole is refused in a sentence.
pub fn recording(bytes: &[u8]) {
    let file = Path::new("recording.csv");
    for read in [rows::visits(bytes, file, None).map(drop), rows::staffing(bytes, file).map(drop)] {
        if let Err(error) = read {
            assert!(!error.to_string().is_empty());
        }
    }
}
