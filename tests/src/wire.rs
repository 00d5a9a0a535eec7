//! MQTT 3.1.1 as a plain device speaks it, written on a socket: what a scenario must control to the
//! byte (what was sent, when, and what came back) and what no library of ours may be asked for.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long a write may block: a broker that takes nothing for so long is a lost link.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// How long CONNACK and SUBACK may take.
const ANSWER_PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that gather before they are written although nobody asked.
const GATHER: usize = 64 * 1024;

const CONNACK: u8 = 0x20;
const PUBLISH: u8 = 0x30;
const PUBACK: u8 = 0x40;
const SUBACK: u8 = 0x90;

/// How a device introduces itself.
#[derive(Debug, Clone, Copy)]
pub struct Hello<'a> {
    /// The client id.
    pub client: &'a str,
    /// Seconds; the client pings by itself in [`Link::hear`].
    pub keep_alive_s: u16,
    /// Topic and payload of a retained will.
    pub will: Option<(&'a str, &'a str)>,
}

/// Something that came from the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// A message; QoS 1 ones are acknowledged by [`Link::hear`].
    Message {
        /// Its topic.
        topic: String,
        /// What it says.
        payload: Vec<u8>,
    },
    /// The broker has taken a publish of ours. It is no promise.
    Taken(u16),
}

/// One connection with a clean session.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    inbox: Vec<u8>,
    outbox: Vec<u8>,
    packet: u16,
    ping_every: Duration,
    last_write: Instant,
    last_read: Instant,
}

impl Link {
    /// Connects, and waits for the broker's word.
    ///
    /// # Errors
    /// When there is no connection or the broker refuses it.
    pub fn open(address: impl ToSocketAddrs, hello: Hello<'_>) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_PATIENCE))?;
        let mut link = Self {
            stream,
            inbox: Vec::new(),
            outbox: Vec::new(),
            packet: 0,
            ping_every: Duration::from_secs(u64::from(hello.keep_alive_s.max(2))) / 2,
            last_write: Instant::now(),
            last_read: Instant::now(),
        };
        link.outbox.extend(connect_packet(hello));
        link.flush()?;
        let answer = link.answer(CONNACK)?;
        match answer.get(1) {
            Some(0) => Ok(link),
            other => Err(io::Error::new(ErrorKind::ConnectionRefused, format!("CONNACK says {other:?}"))),
        }
    }

    /// Subscribes at QoS 1 and waits for the broker's word.
    ///
    /// # Errors
    /// When the link is lost or a filter is refused.
    pub fn subscribe(&mut self, filters: &[&str]) -> io::Result<()> {
        let mut body = self.next_packet().to_be_bytes().to_vec();
        for filter in filters {
            put_text(&mut body, filter);
            body.push(1);
        }
        self.outbox.extend(packet(0x82, &body));
        self.flush()?;
        let answer = self.answer(SUBACK)?;
        if answer.get(2..).is_some_and(|codes| codes.iter().all(|code| *code <= 2)) {
            return Ok(());
        }
        Err(io::Error::new(ErrorKind::PermissionDenied, format!("SUBACK says {answer:?}")))
    }

    /// Publishes at QoS 1; gives the packet's number. What is small gathers until [`Self::flush`].
    ///
    /// # Errors
    /// When the link is lost.
    pub fn publish(&mut self, topic: &str, payload: &[u8], retain: bool) -> io::Result<u16> {
        let id = self.next_packet();
        let mut body = Vec::with_capacity(topic.len() + payload.len() + 4);
        put_text(&mut body, topic);
        body.extend(id.to_be_bytes());
        body.extend(payload);
        self.outbox.extend(packet(PUBLISH | 2 | u8::from(retain), &body));
        if self.outbox.len() >= GATHER {
            self.flush()?;
        }
        Ok(id)
    }

    /// Writes what has gathered.
    ///
    /// # Errors
    /// When the link is lost.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.outbox.is_empty() {
            self.stream.write_all(&self.outbox)?;
            self.outbox.clear();
            self.last_write = Instant::now();
        }
        Ok(())
    }

    /// Everything that came, waiting for something at most so long.
    ///
    /// # Errors
    /// When the link is lost, or what came is not MQTT.
    pub fn hear(&mut self, limit: Duration) -> io::Result<Vec<Heard>> {
        if self.last_write.elapsed() >= self.ping_every {
            self.outbox.extend([0xc0, 0]);
        }
        self.flush()?;
        self.read(limit)?;
        if self.last_read.elapsed() >= self.ping_every * 3 {
            return Err(io::Error::new(ErrorKind::TimedOut, "the broker answers no ping"));
        }
        let mut heard = Vec::new();
        while let Some((first, body)) = self.take()? {
            match first & 0xf0 {
                PUBLISH => heard.push(self.message(first, &body)?),
                PUBACK => heard.push(Heard::Taken(word(&body, 0)?)),
                // PINGRESP; nothing else is sent unasked.
                _ => {}
            }
        }
        self.flush()?;
        Ok(heard)
    }

    /// Ends it in good order, so that no will is sent.
    ///
    /// # Errors
    /// When the link was lost before.
    pub fn leave(mut self) -> io::Result<()> {
        self.outbox.extend([0xe0, 0]);
        self.flush()
    }

    fn message(&mut self, first: u8, body: &[u8]) -> io::Result<Heard> {
        let length = usize::from(word(body, 0)?);
        let topic = body.get(2..2 + length).ok_or_else(not_mqtt)?;
        let mut at = 2 + length;
        if first & 0x06 != 0 {
            let id = word(body, at)?;
            at += 2;
            self.outbox.extend(packet(PUBACK, &id.to_be_bytes()));
        }
        let payload = body.get(at..).ok_or_else(not_mqtt)?.to_vec();
        Ok(Heard::Message { topic: String::from_utf8_lossy(topic).into_owned(), payload })
    }

    /// The first packet of a kind; whatever comes before it is dropped (there is nothing yet).
    fn answer(&mut self, kind: u8) -> io::Result<Vec<u8>> {
        let begin = Instant::now();
        loop {
            while let Some((first, body)) = self.take()? {
                if first & 0xf0 == kind {
                    return Ok(body);
                }
            }
            if begin.elapsed() >= ANSWER_PATIENCE {
                return Err(io::Error::new(ErrorKind::TimedOut, "the broker does not answer"));
            }
            self.read(Duration::from_millis(50))?;
        }
    }

    fn read(&mut self, limit: Duration) -> io::Result<()> {
        // Zero would mean for ever.
        self.stream.set_read_timeout(Some(limit.max(Duration::from_millis(1))))?;
        let mut buffer = [0; 32 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.inbox.extend_from_slice(&buffer[..read]);
                self.last_read = Instant::now();
                Ok(())
            }
            Err(why) if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
            Err(why) if why.kind() == ErrorKind::Interrupted => Ok(()),
            Err(why) => Err(why),
        }
    }

    /// The next whole packet of what was read.
    fn take(&mut self) -> io::Result<Option<(u8, Vec<u8>)>> {
        let Some((length, header)) = remaining_length(&self.inbox)? else { return Ok(None) };
        if self.inbox.len() < header + length {
            return Ok(None);
        }
        let (first, body) = (self.inbox[0], self.inbox[header..header + length].to_vec());
        self.inbox.drain(..header + length);
        Ok(Some((first, body)))
    }

    const fn next_packet(&mut self) -> u16 {
        self.packet = if self.packet == u16::MAX { 1 } else { self.packet + 1 };
        self.packet
    }
}

fn connect_packet(hello: Hello<'_>) -> Vec<u8> {
    let mut body = Vec::new();
    put_text(&mut body, "MQTT");
    // Level 4; a clean session; a will that is retained, at QoS 1.
    let flags = if hello.will.is_some() { 0x2e } else { 0x02 };
    body.extend([4, flags]);
    body.extend(hello.keep_alive_s.to_be_bytes());
    put_text(&mut body, hello.client);
    if let Some((topic, payload)) = hello.will {
        put_text(&mut body, topic);
        put_text(&mut body, payload);
    }
    packet(0x10, &body)
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut whole = vec![first];
    let mut rest = body.len();
    loop {
        let digit = (rest % 128) as u8;
        rest /= 128;
        whole.push(if rest > 0 { digit | 0x80 } else { digit });
        if rest == 0 {
            break;
        }
    }
    whole.extend(body);
    whole
}

/// The remaining length and the size of the header before it; `None` when it has not all come.
fn remaining_length(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let mut length = 0;
    for (place, byte) in bytes.iter().skip(1).enumerate() {
        if place == 4 {
            return Err(not_mqtt());
        }
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((length, place + 2)));
        }
    }
    Ok(None)
}

/// Texts of more than 65,535 bytes cannot be said in MQTT; the harness has none.
fn put_text(body: &mut Vec<u8>, text: &str) {
    body.extend((text.len() as u16).to_be_bytes());
    body.extend(text.as_bytes());
}

fn word(body: &[u8], at: usize) -> io::Result<u16> {
    let two = body.get(at..at + 2).ok_or_else(not_mqtt)?;
    Ok(u16::from_be_bytes([two[0], two[1]]))
}

fn not_mqtt() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "what came is not MQTT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_written_as_they_are_read() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 300_000] {
            let whole = packet(0x30, &vec![7; length]);
            let (read, header) = remaining_length(&whole).unwrap().unwrap();
            assert_eq!((read, header + read), (length, whole.len()));
        }
        assert_eq!(remaining_length(&[0x30, 0x80]).unwrap(), None);
        assert!(remaining_length(&[0x30, 0x80, 0x80, 0x80, 0x80, 1]).is_err());
    }
}
