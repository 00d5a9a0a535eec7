//! A checked view of a luma plane.

/// The brightness of a picture: 8 bits a pixel, row after row.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    luma: &'a [u8],
    width: usize,
    height: usize,
    stride: usize,
}

/// The bytes are fewer than the size promises, or the size is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{bytes} bytes are not a picture of {width}x{height} with {stride} bytes a row")]
pub struct NotAPicture {
    bytes: usize,
    width: usize,
    height: usize,
    stride: usize,
}

impl<'a> Picture<'a> {
    /// A view of `luma`, whose rows are `stride` bytes apart.
    ///
    /// # Errors
    /// When `luma` is too short, the stride shorter than a row, or the picture smaller than 16x16 or
    /// larger than 16384x16384.
    pub fn new(luma: &'a [u8], width: usize, height: usize, stride: usize) -> Result<Self, NotAPicture> {
        let sizes = 16..=16_384;
        let fits = sizes.contains(&width)
            && sizes.contains(&height)
            && stride >= width
            && luma.len() >= stride * (height - 1) + width;
        if fits {
            Ok(Self { luma, width, height, stride })
        } else {
            Err(NotAPicture { bytes: luma.len(), width, height, stride })
        }
    }

    /// Pixels a row.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// One row of `width` pixels; `y` must be below `height`.
    #[must_use]
    pub fn row(&self, y: usize) -> &'a [u8] {
        &self.luma[y * self.stride..y * self.stride + self.width]
    }
}
