//! A picture for a person.

use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;

use super::Reader;
use super::luma;

/// A picture in colour: 8 bits each of red, green and blue, row after row without a gap.
pub struct Colours {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `width` x `height` x 3 bytes.
    pub rgb: Vec<u8>,
}

impl Colours {
    /// The reader's last picture, made smaller where it is wider than `widest`. `None` when it has a
    /// form that cannot be shown.
    #[must_use]
    pub fn of(reader: &Reader, widest: u32) -> Option<Self> {
        let frame = reader.frame();
        let (width, height) = within(frame.width(), frame.height(), widest)?;
        let mut shown = frame::Video::empty();
        luma::to(frame, Pixel::RGB24, width, height)?.run(frame, &mut shown).ok()?;
        let row = width as usize * 3;
        let rows = shown.data(0).chunks(shown.stride(0)).take(height as usize);
        let rgb: Vec<u8> = rows.flat_map(|padded| padded.iter().take(row).copied()).collect();
        Some(Self { width, height, rgb })
    }
}

fn within(width: u32, height: u32, widest: u32) -> Option<(u32, u32)> {
    if width == 0 || height == 0 {
        return None;
    }
    if width <= widest {
        return Some((width, height));
    }
    let scaled = u64::from(height) * u64::from(widest) / u64::from(width);
    Some((widest, u32::try_from(scaled).ok()?.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_are_too_wide_keep_their_shape() {
        assert_eq!(within(1280, 720, 1920), Some((1280, 720)));
        assert_eq!(within(3840, 2160, 1920), Some((1920, 1080)));
        assert_eq!(within(0, 1, 1920), None);
    }
}
