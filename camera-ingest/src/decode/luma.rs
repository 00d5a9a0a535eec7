//! A picture's brightness, where the decoder left it.

use ffmpeg::format::Pixel;
use ffmpeg::frame;
use ffmpeg::software::scaling;
use ffmpeg_next as ffmpeg;
use motion::Picture;

/// No row of a picture is longer; a picture that stands on its head says a negative length, which
/// looks like a huge one.
const LONGEST_ROW: usize = 1 << 20;

/// Finds the brightness of decoded pictures. 8-bit pictures with a plane of brightness, which is
/// nearly all, are read in place; others (10 bits, packed, RGB) are converted.
#[derive(Default)]
pub(super) struct Luma {
    convert: Option<scaling::Context>,
    grey: Option<frame::Video>,
}

impl Luma {
    /// The brightness of this picture; `None` when it has a form that cannot be looked at. Whether
    /// its range is full or limited does not matter to who compares pictures of one stream.
    pub(super) fn of<'a>(&'a mut self, frame: &'a frame::Video) -> Option<Picture<'a>> {
        if has_plane(frame.format()) { plane(frame) } else { plane(self.converted(frame)?) }
    }

    fn converted(&mut self, frame: &frame::Video) -> Option<&frame::Video> {
        let (width, height) = (frame.width(), frame.height());
        let fits = |to: &scaling::Context| {
            to.input().format == frame.format() && to.input().width == width && to.input().height == height
        };
        if !self.convert.as_ref().is_some_and(fits) {
            self.convert = to(frame, Pixel::GRAY8, width, height);
            self.grey = None;
        }
        let grey = self.grey.get_or_insert_with(frame::Video::empty);
        self.convert.as_mut()?.run(frame, grey).ok()?;
        self.grey.as_ref()
    }
}

/// A conversion of pictures like this one.
pub(super) fn to(frame: &frame::Video, format: Pixel, width: u32, height: u32) -> Option<scaling::Context> {
    if frame.format() == Pixel::None || !is_sound(frame) {
        return None;
    }
    let flags =
        if (width, height) == (frame.width(), frame.height()) { scaling::Flags::POINT } else { scaling::Flags::AREA };
    scaling::Context::get(frame.format(), frame.width(), frame.height(), format, width, height, flags).ok()
}

/// Whether plane 0 is brightness, a byte a pixel.
fn has_plane(format: Pixel) -> bool {
    matches!(
        format,
        Pixel::YUV420P
            | Pixel::YUVJ420P
            | Pixel::YUV422P
            | Pixel::YUVJ422P
            | Pixel::YUV444P
            | Pixel::YUVJ444P
            | Pixel::YUV440P
            | Pixel::YUVJ440P
            | Pixel::YUV411P
            | Pixel::YUV410P
            | Pixel::YUVA420P
            | Pixel::NV12
            | Pixel::NV21
            | Pixel::NV16
            | Pixel::GRAY8
    )
}

fn is_sound(frame: &frame::Video) -> bool {
    frame.planes() > 0 && frame.width() > 0 && frame.height() > 0 && frame.stride(0) <= LONGEST_ROW
}

fn plane(frame: &frame::Video) -> Option<Picture<'_>> {
    if !is_sound(frame) {
        return None;
    }
    Picture::new(frame.data(0), frame.width() as usize, frame.height() as usize, frame.stride(0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(format: Pixel, fill: impl FnOnce(&mut frame::Video)) -> frame::Video {
        let mut frame = frame::Video::new(format, 50, 20);
        fill(&mut frame);
        frame
    }

    #[test]
    fn a_plane_of_brightness_is_read_in_place() {
        let yuv = frame(Pixel::YUV420P, |frame| {
            let stride = frame.stride(0);
            for (n, byte) in frame.data_mut(0).iter_mut().enumerate() {
                *byte = if n % stride < 50 { (n / stride) as u8 } else { 255 };
            }
        });
        assert!(yuv.stride(0) > 50, "rows are padded");
        let mut luma = Luma::default();
        let picture = luma.of(&yuv).unwrap();
        assert_eq!((picture.width(), picture.height()), (50, 20));
        assert!((0..20).all(|y| picture.row(y).iter().all(|&byte| usize::from(byte) == y)));
        assert_eq!(picture.row(0).as_ptr(), yuv.data(0).as_ptr());
    }

    #[test]
    fn other_forms_are_converted() {
        let ten_bits = frame(Pixel::YUV420P10LE, |frame| {
            for pair in frame.data_mut(0).chunks_exact_mut(2) {
                pair.copy_from_slice(&512u16.to_le_bytes());
            }
            for plane in 1..3 {
                for pair in frame.data_mut(plane).chunks_exact_mut(2) {
                    pair.copy_from_slice(&512u16.to_le_bytes());
                }
            }
        });
        let red = frame(Pixel::RGB24, |frame| frame.data_mut(0).fill(128));
        let mut luma = Luma::default();
        for frame in [&ten_bits, &red, &ten_bits] {
            let picture = luma.of(frame).unwrap();
            assert_eq!((picture.width(), picture.height()), (50, 20));
            assert!((120..140).contains(&picture.row(10)[25]), "{}", picture.row(10)[25]);
        }
    }

    #[test]
    fn nothing_is_no_picture() {
        assert!(Luma::default().of(&frame::Video::empty()).is_none());
    }
}
