//! Clips, drawn once and kept for the next test.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::program::cache;

/// A room of noise, one still picture of it, in `SIZE`.
const ROOM: &str = "color=gray:s=SIZE:r=10,noise=alls=60:all_seed=7,gblur=2,eq=contrast=3,trim=end_frame=1,loop=-1:1:0";
const FIGURE: &str = "trim=end_frame=1,loop=-1:1:0";

/// A clip that can be a camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clip {
    /// 320×240 at 10 pictures a second, a key picture each second, 48 s: somebody always moves in the
    /// zone `desk`, and somebody crosses the zones `a1` to `a4` again and again. See [`ZONES`].
    Hall,
    /// The same in 480×272: what a camera sends whose settings somebody changed.
    Larger,
    /// The same size as [`Clip::Hall`], all black: a lens with a cap on it.
    Black,
    /// 320×240, 30 s: nobody for 10 s, somebody comes into `a1` at 10 s, moves about there and has
    /// left at 20 s; nobody after that.
    Visit,
    /// 768×576 at 15 pictures a second, 2 Mbit/s, a key picture each 30: a usual camera's small stream.
    Usual,
}

/// The zones of [`Clip::Hall`] and [`Clip::Larger`], and of the empty places of the others: id, kind,
/// polygon. In `desk` there is always somebody; one of `a1` to `a4` changes all the time.
pub const ZONES: [(&str, &str, &str); 5] = [
    ("desk", "waiting", "[[0.05, 0.1], [0.95, 0.1], [0.95, 0.48], [0.05, 0.48]]"),
    ("a1", "waiting", "[[0.02, 0.55], [0.25, 0.55], [0.25, 0.95], [0.02, 0.95]]"),
    ("a2", "entrance", "[[0.25, 0.55], [0.5, 0.55], [0.5, 0.95], [0.25, 0.95]]"),
    ("a3", "entrance", "[[0.5, 0.55], [0.75, 0.55], [0.75, 0.95], [0.5, 0.95]]"),
    ("a4", "entrance", "[[0.75, 0.55], [0.98, 0.55], [0.98, 0.95], [0.75, 0.95]]"),
];

/// When somebody is in `a1` of [`Clip::Visit`], seconds.
pub const VISIT: (f64, f64) = (10.0, 20.0);

impl Clip {
    /// The clip's file; drawn when it is not there yet.
    ///
    /// # Panics
    /// When FFmpeg cannot draw it.
    #[must_use]
    pub fn file(self) -> PathBuf {
        let file = cache().join(format!("camera-{self:?}-1.mp4").to_lowercase());
        if !file.is_file() {
            let drawn = tempfile::tempdir_in(cache()).expect("the folder is ours");
            let part = drawn.path().join("part.mp4");
            let status =
                Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(self.drawing()).arg(&part).status();
            assert!(status.is_ok_and(|status| status.success()), "ffmpeg cannot draw {self:?}");
            // Whole or not at all: another test may draw the same.
            fs::rename(&part, &file).expect("it is in the same folder");
        }
        file
    }

    fn drawing(self) -> Vec<String> {
        let (size, rate, seconds) = match self {
            Self::Hall | Self::Black => ("320x240", 10, 48),
            Self::Larger => ("480x272", 10, 48),
            Self::Visit => ("320x240", 10, 30),
            Self::Usual => ("768x576", 15, 30),
        };
        let mut words: Vec<String> = Vec::new();
        let figure = match self {
            Self::Usual => "testsrc=s=150x170:r=15",
            _ => "testsrc=s=64x72:r=10",
        };
        let room = ROOM.replace("SIZE", size).replace("r=10", &format!("r={rate}"));
        for source in [room.as_str(), figure, figure] {
            words.extend(["-f", "lavfi", "-i", source].map(str::to_owned));
        }
        let (sitting, walking) = self.figures();
        let grain = if self == Self::Usual { ",noise=alls=12:allf=t" } else { "" };
        let black = if self == Self::Black { ",lutyuv=y=16:u=128:v=128" } else { "" };
        words.push("-filter_complex".to_owned());
        words.push(format!(
            "[1:v]{FIGURE}[one];[2:v]{FIGURE}[two];[0:v][one]overlay={sitting}[half];[half][two]overlay={walking}{grain}{black}"
        ));
        let rates: &[&str] = if self == Self::Usual {
            &["-b:v", "2M", "-maxrate", "2M", "-bufsize", "2M", "-g", "30"]
        } else {
            &["-g", "10"]
        };
        words.extend(["-t".to_owned(), seconds.to_string()]);
        words.extend(["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "0"].map(str::to_owned));
        words.extend(rates.iter().map(|word| (*word).to_owned()));
        words
    }

    /// Where the two figures are, as FFmpeg's `overlay` reads it.
    const fn figures(self) -> (&'static str, &'static str) {
        match self {
            // Periods of 8 and 4 s: 48 s end where they began.
            Self::Hall | Self::Black => {
                ("x='128+96*sin(2*PI*t/8)':y='34+6*cos(2*PI*t/4)'", "x='-64+mod(t*48,384)':y=140")
            }
            Self::Larger => ("x='208+144*sin(2*PI*t/8)':y='40+6*cos(2*PI*t/4)'", "x='-64+mod(t*68,544)':y=165"),
            Self::Usual => ("x='300+230*sin(2*PI*t/10)':y='60+10*cos(2*PI*t/5)'", "x='-150+mod(t*94,940)':y=340"),
            // In from the left within a second, a few steps to and fro, out again.
            Self::Visit => (
                "x='-100':y='-100'",
                "x='if(between(t,10,20),min(8+8*sin(2*PI*t),min(-64+72*(t-10),-64+72*(20-t))),-100)':y=140",
            ),
        }
    }
}
