//! The bytes of an archive: a sealed segment, compressed.
//!
//! An archive is a zstd file that any zstd tool unpacks to the segment as it was written. Before
//! the compressed frame stands a frame that such tools pass over, with what a start wants to know
//! without unpacking. All numbers are little-endian:
//!
//! ```text
//!  0  4  0x184D2A50, a frame to be passed over     32  8  last offset
//!  4  4  56, the length of what follows in it      40  8  length of the segment
//!  8  8  magic "motcuaA\n"                         48  8  length of the compressed frame
//! 16  4  format version                            56  4  CRC-32C of the compressed frame
//! 20  4  zero                                      60  4  CRC-32C of 0..60
//! 24  8  first offset                              64     the compressed frame, with its own checksum
//! ```

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use crate::directory::SegmentFile;
use crate::{Damage, Error, FORMAT_VERSION, Fault};

const ARCHIVE_HEADER: usize = 64;
const PASSED_OVER: u32 = 0x184D_2A50;
const MAGIC: [u8; 8] = *b"motcuaA\n";
/// Beyond this level a journal gets hardly smaller, and takes several times as long.
const LEVEL: i32 = 6;
const CHUNK: usize = 256 * 1024;

/// What an archive's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub first: u64,
    pub last: u64,
    /// Length of the segment, unpacked.
    pub bytes: u64,
    /// Length of the compressed frame.
    pub compressed: u64,
    /// CRC-32C of the compressed frame.
    pub crc: u32,
}

impl Header {
    /// Length of the whole file.
    pub fn file_len(&self) -> u64 {
        ARCHIVE_HEADER as u64 + self.compressed
    }

    fn encode(&self) -> [u8; ARCHIVE_HEADER] {
        let mut bytes = [0; ARCHIVE_HEADER];
        bytes[..4].copy_from_slice(&PASSED_OVER.to_le_bytes());
        bytes[4..8].copy_from_slice(&(ARCHIVE_HEADER as u32 - 8).to_le_bytes());
        bytes[8..16].copy_from_slice(&MAGIC);
        bytes[16..20].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.last.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.bytes.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.compressed.to_le_bytes());
        bytes[56..60].copy_from_slice(&self.crc.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

/// Reads the header of `file`, which should begin with record `first`.
pub(crate) fn read_header(file: &SegmentFile, first: u64) -> Result<Header, Error> {
    let broken = || Damage { file: file.path().to_owned(), position: 0, offset: first, fault: Fault::Header };
    let mut bytes = [0; ARCHIVE_HEADER];
    if file.read_at(&mut bytes, 0)? < ARCHIVE_HEADER || bytes[8..16] != MAGIC {
        return Err(broken().into());
    }
    let u32_at = |at: usize| u32::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
    let u64_at = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
    let version = u32_at(16);
    // As with a segment: a later format deserves to be called newer, not damaged.
    if version > FORMAT_VERSION {
        return Err(Error::NewerFormat { file: file.path().to_owned(), found: version, known: FORMAT_VERSION });
    }
    let header =
        Header { first: u64_at(24), last: u64_at(32), bytes: u64_at(40), compressed: u64_at(48), crc: u32_at(56) };
    // Every byte is one of these or under its own checksum, so this is all there is to compare.
    if header.encode() != bytes || header.first != first || header.last < first {
        return Err(broken().into());
    }
    Ok(header)
}

/// Writes the archive of `segment`, which holds the records `first` to `last`, to `file`, and syncs it.
pub(crate) fn write(segment: &SegmentFile, file: &SegmentFile, first: u64, last: u64) -> Result<Header, Error> {
    let bytes = segment.len()?;
    let mut sink = Sink { file, written: 0, crc: 0, failed: None };
    let packed = pack(segment, bytes, &mut sink);
    if let Some(error) = sink.failed {
        return Err(error);
    }
    packed?;
    let header = Header { first, last, bytes, compressed: sink.written, crc: sink.crc };
    file.write_at(&header.encode(), 0)?;
    file.sync()?;
    Ok(header)
}

/// Compresses the whole of `segment` into `sink`.
fn pack(segment: &SegmentFile, bytes: u64, sink: &mut Sink<'_>) -> Result<(), Error> {
    let failed = |source| Error::Io { action: "compress", path: segment.path().to_owned(), source };
    let mut encoder = zstd::Encoder::new(sink, LEVEL).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    encoder.set_pledged_src_size(Some(bytes)).map_err(failed)?;
    let mut buffer = vec![0; CHUNK];
    let mut position = 0;
    loop {
        let read = segment.read_at(&mut buffer, position)?;
        if read == 0 {
            return encoder.finish().map(drop).map_err(failed);
        }
        position += read as u64;
        encoder.write_all(&buffer[..read]).map_err(failed)?;
    }
}

/// Takes the compressed bytes.
struct Sink<'a> {
    file: &'a SegmentFile,
    written: u64,
    crc: u32,
    /// What writing said: the compressor's own error would not name the file.
    failed: Option<Error>,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.write_at(bytes, ARCHIVE_HEADER as u64 + self.written) {
            self.failed = Some(error);
            return Err(io::ErrorKind::Other.into());
        }
        self.written += bytes.len() as u64;
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Unpacks an archive from its beginning to its end.
pub(crate) struct Unpacked {
    header: Header,
    decoder: zstd::Decoder<'static, BufReader<Packed>>,
    /// How much has been unpacked.
    position: u64,
    /// It is not as it was written. What came before the broken place is still good.
    broken: bool,
}

impl Unpacked {
    pub fn new(file: SegmentFile, header: Header) -> Result<Self, Error> {
        let path = file.path().to_owned();
        let packed = Packed { file, position: 0, len: header.compressed, crc: 0, failed: None };
        let decoder = zstd::Decoder::new(packed).map_err(|source| Error::Io { action: "unpack", path, source })?;
        Ok(Self { header, decoder, position: 0, broken: false })
    }

    pub fn path(&self) -> &Path {
        self.packed().file.path()
    }

    fn packed(&self) -> &Packed {
        self.decoder.get_ref().get_ref()
    }

    /// Fills `buffer` with what comes next; less than its length only at the end, which is an error
    /// of the inner kind when the archive is not as it was written.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Result<usize, Fault>, Error> {
        let mut done = 0;
        while done < buffer.len() && !self.broken {
            match self.decoder.read(&mut buffer[done..]) {
                Ok(0) if self.is_as_written()? => return Ok(Ok(done)),
                Ok(0) => self.broken = true,
                Ok(read) => {
                    done += read;
                    self.position += read as u64;
                }
                Err(_) => match self.decoder.get_mut().get_mut().failed.take() {
                    Some(error) => return Err(error),
                    None => self.broken = true,
                },
            }
        }
        Ok(if self.broken && done == 0 { Err(Fault::Archive) } else { Ok(done) })
    }

    /// At the end: whether it was this archive, the whole of it, and nothing more.
    fn is_as_written(&self) -> Result<bool, Error> {
        let packed = self.packed();
        let read = packed.position == packed.len && packed.crc == self.header.crc;
        Ok(read && self.position == self.header.bytes && packed.file.len()? == self.header.file_len())
    }
}

impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked")
            .field("header", &self.header)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// The compressed bytes of an archive.
struct Packed {
    file: SegmentFile,
    position: u64,
    len: u64,
    crc: u32,
    /// What reading said, as opposed to what the bytes are.
    failed: Option<Error>,
}

impl Read for Packed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.position).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        match self.file.read_at(&mut buffer[..room], ARCHIVE_HEADER as u64 + self.position) {
            Ok(read) => {
                self.position += read as u64;
                self.crc = crc32c::crc32c_append(self.crc, &buffer[..read]);
                Ok(read)
            }
            Err(error) => {
                self.failed = Some(error);
                Err(io::ErrorKind::Other.into())
            }
        }
    }
}
