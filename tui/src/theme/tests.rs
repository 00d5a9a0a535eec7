use super::*;

/// The values of xterm's palette: sixteen (not used here), a cube of 6×6×6, 24 greys.
fn rgb(index: u8) -> [f64; 3] {
    let level = |step: u8| if step == 0 { 0.0 } else { f64::from(55 + 40 * step) };
    match index {
        16..=231 => {
            let cube = index - 16;
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        232.. => [f64::from(8 + 10 * (index - 232)); 3],
        _ => panic!("{index} is the terminal's own colour"),
    }
}

fn luminance(colour: Color) -> f64 {
    let Color::Indexed(index) = colour else { panic!("{colour:?} is not of the palette") };
    let linear = rgb(index).map(|value| {
        let value = value / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_text_of_both_grounds_is_readable() {
    for ground in [Theme::Dark, Theme::Light] {
        let look = Look { colours: Colours::True, theme: ground, ascii: false };
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Line) {
            for under in [look.ground(), look.ground().patch(look.cursor())] {
                let style = under.patch(look.style(role));
                let ratio = contrast(style.fg.unwrap(), style.bg.unwrap());
                let wanted = if matches!(role, Role::Text | Role::Title | Role::Bar) { 7.0 } else { 4.5 };
                let wanted = if under == look.ground() { wanted } else { 3.5 };
                assert!(ratio >= wanted, "{ground:?} {role:?}: {ratio:.2}");
            }
        }
    }
}

/// Simulated deuteranopia and protanopia (Viénot 1999, linear RGB): well and trouble stay apart.
#[test]
fn well_and_trouble_differ_without_red_or_green() {
    let deutan = |c: [f64; 3]| [0.29275 * c[0] + 0.70725 * c[1], 0.29275 * c[0] + 0.70725 * c[1], c[2]];
    let protan = |c: [f64; 3]| [0.11238 * c[0] + 0.88762 * c[1], 0.11238 * c[0] + 0.88762 * c[1], c[2]];
    for ground in [Theme::Dark, Theme::Light] {
        let colour = |role| match many(ground, role).fg {
            Some(Color::Indexed(index)) => rgb(index).map(|v| (v / 255.0).powf(2.2)),
            other => panic!("{other:?}"),
        };
        for seen in [deutan as fn([f64; 3]) -> [f64; 3], protan] {
            let (well, trouble) = (seen(colour(Role::Good)), seen(colour(Role::Warn)));
            let apart: f64 = well.iter().zip(trouble).map(|(a, b)| (a - b).abs()).sum();
            assert!(apart > 0.3, "{ground:?}: {apart:.2}");
        }
    }
}

#[test]
fn no_colour_means_none() {
    for ground in [Theme::Dark, Theme::Light] {
        let look = Look { colours: Colours::None, theme: ground, ascii: false };
        let styles = Role::ALL.map(|role| look.style(role)).into_iter();
        for style in styles.chain([look.ground(), look.cursor()]) {
            let own = |colour: Option<Color>| matches!(colour, None | Some(Color::Reset));
            assert!(own(style.fg) && own(style.bg), "{style:?}");
            let known = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
            assert!(known.contains(style.add_modifier), "{style:?}");
        }
        assert_ne!(look.style(Role::Bad), look.style(Role::Warn));
        assert_ne!(look.style(Role::Warn), look.style(Role::Good));
    }
}

#[test]
fn sixteen_colours_are_the_terminals_own() {
    for ground in [Theme::Dark, Theme::Light] {
        let look = Look { colours: Colours::Sixteen, theme: ground, ascii: false };
        for style in Role::ALL.map(|role| look.style(role)).into_iter().chain([look.ground(), look.cursor()]) {
            let own = |colour: Option<Color>| !matches!(colour, Some(Color::Indexed(_) | Color::Rgb(..)));
            assert!(own(style.fg) && own(style.bg), "{style:?}");
        }
    }
}

#[test]
fn every_mark_is_one_column() {
    use unicode_width::UnicodeWidthStr;
    for (set, ascii) in [(&glyphs::UNICODE, false), (&glyphs::ASCII, true)] {
        let single = [
            set.serving,
            set.called,
            set.idle,
            set.paused,
            set.closed,
            set.trouble,
            set.alive,
            set.gone,
            set.missing,
            set.cut,
            set.dot,
            set.to,
            set.minute,
            set.down,
            set.up,
            set.cursor,
            set.line,
            set.wall,
            set.full,
            set.empty,
        ];
        for mark in single.iter().chain(&set.corners).chain(&set.ramp).chain(&set.eighths) {
            assert_eq!(mark.width(), 1, "{mark}");
            assert!(!ascii || mark.is_ascii(), "{mark}");
        }
        assert_eq!(set.hidden.width(), 3);
    }
}
