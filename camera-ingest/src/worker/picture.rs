//! A picture for `snapshot` and `zones`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::protocol::Word;
use crate::decode::{Colours, Reader};

/// Wider than this no screen of a technician is.
const WIDEST: u32 = 1920;

/// The reader's last picture as a word; `None` when it has a form that cannot be shown.
pub(super) fn word(reader: &Reader) -> Option<Word> {
    let png = png(&Colours::of(reader, WIDEST)?).ok()?;
    Some(Word::Picture { png_base64: BASE64_STANDARD.encode(png) })
}

fn png(picture: &Colours) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width, picture.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header()?.write_image_data(&picture.rgb)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_png_file_of_its_size() {
        let rgb: Vec<u8> = (0..20 * 10 * 3).map(|n| n as u8).collect();
        let file = png(&Colours { width: 20, height: 10, rgb: rgb.clone() }).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut back = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut back).unwrap();
        assert_eq!((info.width, info.height, back), (20, 10, rgb));
    }
}
