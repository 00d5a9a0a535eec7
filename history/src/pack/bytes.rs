//! Numbers and columns of numbers.
//!
//! A column is its width (0, 1, 2, 4 or 8 bytes), its smallest value, and for each cell what it has
//! more than that, in that width; with width 0 all cells are alike. A fixed width decodes several
//! cells an instruction, and the smallest value makes most columns one byte wide.

use super::Malformed;

/// Appends a number, seven bits a byte.
pub fn put_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a number that may be negative; small ones are short either way.
pub fn put_signed(number: i64, out: &mut Vec<u8>) {
    put_number(((number << 1) ^ (number >> 63)).cast_unsigned(), out);
}

/// Whether a column may be of width 0. A column that may not is at least as long as it has cells, so
/// that a length can be held against the bytes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// It may.
    Any,
    /// It may not.
    AtLeastOne,
}

/// Appends a column.
pub fn put_column(cells: impl Iterator<Item = i64> + Clone, width: Width, out: &mut Vec<u8>) {
    let least = cells.clone().min().unwrap_or(0);
    let most = cells.clone().map(|cell| cell.wrapping_sub(least).cast_unsigned()).max().unwrap_or(0);
    let bytes: u8 = match most {
        0 if width == Width::Any => 0,
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xffff_ffff => 4,
        _ => 8,
    };
    out.push(bytes);
    put_signed(least, out);
    for cell in cells {
        let more = cell.wrapping_sub(least).cast_unsigned().to_le_bytes();
        out.extend_from_slice(&more[..usize::from(bytes)]);
    }
}

/// What is left to be read of a pack.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    /// The next so many.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.0.split_at_checked(n).ok_or(Malformed::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A byte.
    pub fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1).map(|one| one[0])
    }

    /// A number.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed::Value)
    }

    /// A number that may be negative.
    pub fn signed(&mut self) -> Result<i64, Malformed> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// How many things of at least a byte each follow.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let count = usize::try_from(self.number()?).map_err(|_| Malformed::Length)?;
        if count <= self.0.len() { Ok(count) } else { Err(Malformed::Length) }
    }

    /// A column of `n` cells. `n` is one that [`Self::count`] gave, or follows from such a one.
    pub fn column<T: Cell>(&mut self, n: usize, out: &mut Vec<T>) -> Result<(), Malformed> {
        let width = self.byte()?;
        let least = self.signed()?;
        let cells = self.take(n.checked_mul(usize::from(width)).ok_or(Malformed::Length)?)?;
        out.clear();
        match width {
            0 => out.resize(n, T::of(least)),
            1 => out.extend(cells.iter().map(|c| T::of(least.wrapping_add(i64::from(*c))))),
            2 => {
                out.extend(cells.as_chunks().0.iter().map(|c| T::of(least.wrapping_add(u16::from_le_bytes(*c).into()))))
            }
            4 => {
                out.extend(cells.as_chunks().0.iter().map(|c| T::of(least.wrapping_add(u32::from_le_bytes(*c).into()))))
            }
            8 => out.extend(cells.as_chunks().0.iter().map(|c| T::of(least.wrapping_add(i64::from_le_bytes(*c))))),
            _ => return Err(Malformed::Value),
        }
        Ok(())
    }

    /// A column whose every cell takes at least a byte.
    pub fn long_column<T: Cell>(&mut self, n: usize, out: &mut Vec<T>) -> Result<(), Malformed> {
        if self.0.first() == Some(&0) {
            return Err(Malformed::Value);
        }
        self.column(n, out)
    }

    /// That was all.
    pub fn end(self) -> Result<(), Malformed> {
        if self.0.is_empty() { Ok(()) } else { Err(Malformed::Length) }
    }
}

/// A number in a column. What was packed from such a number fits again; what does not (which no
/// packing wrote) is cut, and checked where a wrong value could do harm.
pub trait Cell: Copy {
    /// From its widest form.
    fn of(wide: i64) -> Self;
}

macro_rules! cells {
    ($($number:ty)*) => {
        $(impl Cell for $number {
            #[inline]
            fn of(wide: i64) -> Self {
                wide as Self
            }
        })*
    };
}

cells! { u8 u16 u32 i64 }
