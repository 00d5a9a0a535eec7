//! Whether the cameras of the sites' files can be looked at from here.

use mqtt_config::settings::load_cameras;

use super::facts::Facts;
use super::page::{Level, Line, said};
use crate::supervisor::camera_program;

/// The program that looks at them; no line where there is none to look at.
pub fn program(facts: &Facts) -> Option<Line> {
    // Mistakes in the files are told in the line of the configuration.
    let cameras = load_cameras(&facts.installation()?.sites).unwrap_or_default();
    let ours = cameras.iter().filter(|camera| camera.source.is_some()).count();
    (ours > 0).then(|| line(ours, camera_program().is_some()))
}

fn line(cameras: usize, installed: bool) -> Line {
    let title = ("camera-ingest", "camera-ingest");
    if installed {
        let found = said(format!("có, cho {cameras} camera"), format!("is there, for {cameras} cameras"));
        return Line::new("camera-ingest", title, Level::Ok, found);
    }
    let found = said(
        format!("không có cạnh motcua, mà {cameras} camera cần nó"),
        format!("is not beside motcua, and {cameras} cameras need it"),
    );
    Line::new("camera-ingest", title, Level::Fault, found)
        .todo("cài camera-ingest vào cùng thư mục với motcua", "install camera-ingest into the directory of motcua")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_a_fault_with_what_to_do() {
        assert_eq!(line(2, true).level, Level::Ok);
        assert_eq!(line(2, false).level, Level::Fault);
    }
}
