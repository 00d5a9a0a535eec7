//! The marks of the screen, each one column wide. None of them is one that terminals like to
//! draw as a two-column picture.

/// One set of marks.
#[derive(Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A counter that serves a ticket.
    pub serving: &'static str,
    /// A counter whose ticket is on its way.
    pub called: &'static str,
    /// Open, nobody there.
    pub idle: &'static str,
    /// Tạm ngưng.
    pub paused: &'static str,
    /// Closed.
    pub closed: &'static str,
    /// To be looked at.
    pub trouble: &'static str,
    /// The link is alive, the device is ready.
    pub alive: &'static str,
    /// The link is lost, the device is gone.
    pub gone: &'static str,
    /// Something moves there.
    pub moving: &'static str,
    /// Not known.
    pub missing: &'static str,
    /// A text was cut here.
    pub cut: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// Between the two ends of a range.
    pub to: &'static str,
    /// Before the clock that a range runs past.
    pub past: &'static str,
    /// Minutes.
    pub minute: &'static str,
    /// Sorted downwards.
    pub down: &'static str,
    /// Sorted upwards.
    pub up: &'static str,
    /// The row under the cursor, where a colour alone would tell.
    pub cursor: &'static str,
    /// A lying line.
    pub line: &'static str,
    /// A standing line.
    pub wall: &'static str,
    /// Corners of a window: top left, top right, bottom left, bottom right.
    pub corners: [&'static str; 4],
    /// Hidden on purpose.
    pub hidden: &'static str,
    /// From almost nothing to full: a step of a sparkline.
    pub ramp: [&'static str; 8],
    /// Full column of a bar.
    pub full: &'static str,
    /// Empty column of a bar.
    pub empty: &'static str,
    /// Eighths of a column, from one to seven; with ASCII a column is full or empty.
    pub eighths: [&'static str; 7],
}

pub(super) static UNICODE: Glyphs = Glyphs {
    serving: "►",
    called: "»",
    idle: "○",
    paused: "‖",
    closed: "·",
    trouble: "!",
    alive: "●",
    gone: "×",
    moving: "•",
    missing: "—",
    cut: "…",
    dot: "·",
    to: "–",
    past: "→",
    minute: "′",
    down: "↓",
    up: "↑",
    cursor: "›",
    line: "─",
    wall: "│",
    corners: ["╭", "╮", "╰", "╯"],
    hidden: "•••",
    ramp: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    full: "█",
    empty: " ",
    eighths: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
};

pub(super) static ASCII: Glyphs = Glyphs {
    serving: ">",
    called: "*",
    idle: "o",
    paused: "=",
    closed: ".",
    trouble: "!",
    alive: "o",
    gone: "x",
    moving: "*",
    missing: "-",
    cut: "~",
    dot: "|",
    to: "-",
    past: ">",
    minute: "'",
    down: "v",
    up: "^",
    cursor: ">",
    line: "-",
    wall: "|",
    corners: ["+", "+", "+", "+"],
    hidden: "***",
    ramp: ["_", ".", ":", "-", "=", "+", "*", "#"],
    full: "#",
    empty: " ",
    eighths: [".", ".", ".", ".", "#", "#", "#"],
};
