//! Bytes that are counted and hashed on their way.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use super::manifest::FileSum;

/// Room for one read; large, because disks like it.
const CHUNK: usize = 256 * 1024;

/// Counts and hashes what is read through it.
pub struct Summing<R> {
    inner: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> Summing<R> {
    /// Around a reader of which nothing was read yet.
    pub fn new(inner: R) -> Self {
        Self { inner, digest: Sha256::new(), bytes: 0 }
    }

    /// Of everything that was read.
    pub fn sum(self) -> FileSum {
        FileSum { bytes: self.bytes, sha256: hex(&self.digest.finalize()) }
    }
}

impl<R: Read> Read for Summing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(&buffer[..read]);
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Copies to the end, telling after each piece how many bytes it had.
pub fn copy(from: &mut impl Read, to: &mut impl Write, mut told: impl FnMut(u64)) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(read) => {
                to.write_all(&chunk[..read])?;
                told(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_that_of_all_bytes() {
        let mut reader = Summing::new(&b"abc"[..]);
        let mut out = Vec::new();
        copy(&mut reader, &mut out, |_| {}).unwrap();
        let sum = reader.sum();
        assert_eq!((out.as_slice(), sum.bytes), (&b"abc"[..], 3));
        assert_eq!(sum.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
