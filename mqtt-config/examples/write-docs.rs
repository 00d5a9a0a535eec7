//! Writes the generated documents into `docs/`: run it after a change of a topic or a payload.

use std::fs;
use std::io;
use std::path::Path;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for document in mqtt_config::documents::all() {
        let path = root.join(&document.path);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(path, document.text)?;
    }
    Ok(())
}
