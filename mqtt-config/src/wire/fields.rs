//! A payload's flat JSON object, scanned once into borrowed values.
//!
//! One pass, whatever the `type`: which fields an event needs is known only when its `type` has
//! been seen, and a key may come in any order. What was read before the first mistake stays
//! readable, so that a refused event can still be counted in its device's sequence.

use std::borrow::Cow;
use std::fmt;

use domain::event::DeadLetterReason;
use domain::ids::IdError;
use domain::{BootId, Timestamp};
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};

use super::Fault;
use super::json::{Text, Value};

macro_rules! fields {
    ($($variant:ident = $name:literal,)*) => {
        /// Every field that is read from a device's payload.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "named like the contract's fields")]
        pub(super) enum Field { $($variant,)* }

        impl Field {
            const COUNT: usize = [$($name),*].len();

            fn from_key(key: &str) -> Option<Self> {
                match key { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The key in the JSON object.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

fields! {
    Id = "id",
    Boot = "boot",
    Seq = "seq",
    Ts = "ts",
    UpMs = "up_ms",
    Type = "type",
    Ticket = "ticket",
    Service = "service",
    Priority = "priority",
    Channel = "channel",
    Purpose = "purpose",
    Procedure = "procedure",
    Counter = "counter",
    Officer = "officer",
    Outcome = "outcome",
    Reason = "reason",
    ToService = "to_service",
    ToCounter = "to_counter",
    Services = "services",
    OpenCounters = "open_counters",
    Level = "level",
    Camera = "camera",
    Zone = "zone",
    Motion = "motion",
    DurationS = "duration_s",
    PtsS = "pts_s",
    People = "people",
    State = "state",
    HeartbeatS = "heartbeat_s",
    Model = "model",
    Ok = "ok",
    Missing = "missing",
    Flags = "flags",
}

/// The greatest whole number that every reader of JSON holds exactly, 2^53 − 1.
pub(crate) const MAX_EXACT: u64 = (1 << 53) - 1;

/// The object, field by field.
pub(super) struct Fields<'a> {
    values: [Value<'a>; Field::COUNT],
    /// Bit n: field n has stood in the object, be it as `null`.
    seen: u64,
    /// Keys that are not ours; any of them twice is a mistake too.
    unknown: Vec<Cow<'a, str>>,
    twice: Option<String>,
    /// Where the scan is, for the message when it fails there.
    at: Option<Field>,
    is_object: bool,
}

const _: () = assert!(Field::COUNT <= 64, "`seen` has a bit for every field");

impl<'a> Fields<'a> {
    /// An object in which nothing stands.
    pub(super) fn new() -> Self {
        Self {
            values: [const { Value::Null }; Field::COUNT],
            seen: 0,
            unknown: Vec::new(),
            twice: None,
            at: None,
            is_object: false,
        }
    }

    /// Reads the payload.
    pub(super) fn scan(&mut self, payload: &'a [u8]) -> Result<(), Fault> {
        // Once for the whole text: the parser then checks no string again.
        let text = std::str::from_utf8(payload).map_err(|error| Fault::new(DeadLetterReason::BadJson, error))?;
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_map(Object(self)).and_then(|()| json.end()).map_err(|error| self.fault(&error))?;
        match self.repeated() {
            Some(key) => Err(Fault::new(DeadLetterReason::DuplicateKey, key)),
            None => Ok(()),
        }
    }

    /// What stands at `field`.
    pub(super) fn get(&self, field: Field) -> &Value<'a> {
        &self.values[field as usize]
    }

    fn fault(&self, error: &serde_json::Error) -> Fault {
        if !self.is_object && error.is_data() {
            return Fault::new(DeadLetterReason::NotAnObject, error);
        }
        let text = error.to_string();
        // Well-formed JSON, but no number of ours: 1e999.
        if text.starts_with("number out of range") {
            let field = self.at.map_or("a field", Field::name);
            return Fault::new(DeadLetterReason::WrongField, format_args!("{field}: {text}"));
        }
        Fault::new(DeadLetterReason::BadJson, text)
    }

    fn keep(&mut self, field: Field, value: Value<'a>) {
        let bit = 1 << field as u32;
        if self.seen & bit != 0 {
            self.twice.get_or_insert_with(|| field.name().to_owned());
            return;
        }
        self.seen |= bit;
        self.values[field as usize] = value;
    }

    /// A number shows its end only by what follows: of `"seq":12` in a payload that is cut there,
    /// nobody knows whether it was 12 or 1234, and a wrong one would make it a repeat of another event.
    fn forget_open_number(&mut self) {
        let last = self.at.map(|field| &mut self.values[field as usize]);
        if let Some(number @ (Value::Integer(_) | Value::Number(_))) = last {
            *number = Value::Null;
        }
    }

    fn repeated(&mut self) -> Option<String> {
        if self.twice.is_some() || self.unknown.len() < 2 {
            return self.twice.take();
        }
        self.unknown.sort_unstable();
        self.unknown.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].to_string())
    }
}

/// Fills the fields from a JSON object.
struct Object<'f, 'a>(&'f mut Fields<'a>);

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        let fields = self.0;
        fields.is_object = true;
        // What comes after a value tells that the value was whole.
        while let Some(Text(key)) = map.next_key().inspect_err(|_| fields.forget_open_number())? {
            fields.at = Field::from_key(&key);
            if let Some(field) = fields.at {
                fields.keep(field, map.next_value()?);
            } else {
                // Through the parser's full checks, of which its limit of 128 levels is the
                // important one; `IgnoredAny` would take any depth.
                map.next_value::<Value>()?;
                fields.unknown.push(key);
            }
        }
        Ok(())
    }
}

/// Reading a field as what it should hold. An absent field and `null` are the same.
impl Fields<'_> {
    /// Text as it stands.
    pub(super) fn text(&self, field: Field) -> Result<Option<&str>, Fault> {
        match self.get(field) {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            _ => Err(Fault::wrong(field, "is not a text")),
        }
    }

    /// Text for people, cut after [`super::MAX_TEXT_CHARS`] characters.
    pub(super) fn prose(&self, field: Field) -> Result<Option<Box<str>>, Fault> {
        Ok(self.text(field)?.map(|text| super::cut(text).into()))
    }

    /// An id of the contract.
    pub(super) fn id<T>(&self, field: Field, parse: fn(&str) -> Result<T, IdError>) -> Result<Option<T>, Fault> {
        let parsed = self.text(field)?.map(parse).transpose();
        parsed.map_err(|error| Fault::new(DeadLetterReason::BadId, format_args!("{}: {error}", field.name())))
    }

    /// A list of ids.
    pub(super) fn ids<T>(
        &self,
        field: Field,
        parse: fn(&str) -> Result<T, IdError>,
    ) -> Result<Option<Box<[T]>>, Fault> {
        let list = match self.get(field) {
            Value::Null => return Ok(None),
            Value::List(list) => list,
            _ => return Err(Fault::wrong(field, "is not a list")),
        };
        let id = |element: &Option<Cow<'_, str>>| {
            let text = element.as_deref().ok_or_else(|| Fault::wrong(field, "holds something that is not a text"))?;
            parse(text).map_err(|error| Fault::new(DeadLetterReason::BadId, format_args!("{}: {error}", field.name())))
        };
        list.iter().map(id).collect::<Result<_, _>>().map(Some)
    }

    /// A code of one of the contract's lists.
    pub(super) fn code<T>(&self, field: Field, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| Fault::wrong(field, format_args!("{text:?} is not one of its codes")))
    }

    /// A whole number from 0 to `max`.
    pub(super) fn integer(&self, field: Field, max: u64) -> Result<Option<u64>, Fault> {
        match self.get(field) {
            Value::Null => Ok(None),
            Value::Integer(value) if *value <= max => Ok(Some(*value)),
            _ => Err(Fault::wrong(field, format_args!("is not a whole number from 0 to {max}"))),
        }
    }

    /// A small count.
    pub(super) fn count(&self, field: Field) -> Result<Option<u32>, Fault> {
        Ok(self.integer(field, u32::MAX.into())?.and_then(|count| u32::try_from(count).ok()))
    }

    /// A number from 0 to `max`.
    pub(super) fn number(&self, field: Field, max: f64) -> Result<Option<f64>, Fault> {
        let value = match self.get(field) {
            Value::Null => return Ok(None),
            Value::Integer(value) => *value as f64,
            // Plus zero: −0 is 0.
            Value::Number(value) => *value + 0.0,
            _ => return Err(Fault::wrong(field, "is not a number")),
        };
        if (0.0..=max).contains(&value) { Ok(Some(value)) } else { Err(Fault::wrong(field, "is out of range")) }
    }

    /// The run of the device: a text, or a whole number as firmware likes to count.
    pub(super) fn boot(&self) -> Result<BootId, Fault> {
        let Value::Integer(number) = self.get(Field::Boot) else {
            return required(Field::Boot, self.id(Field::Boot, BootId::new)?);
        };
        BootId::new(&number.to_string()).map_err(|error| Fault::new(DeadLetterReason::BadId, error))
    }

    /// Its place among the events of that run, from 1.
    pub(super) fn seq(&self) -> Result<u64, Fault> {
        match required(Field::Seq, self.integer(Field::Seq, MAX_EXACT)?)? {
            0 => Err(Fault::wrong(Field::Seq, "begins at 1")),
            seq => Ok(seq),
        }
    }

    /// The device's own clock.
    pub(super) fn ts(&self) -> Result<Timestamp, Fault> {
        let bad = |what| Fault::new(DeadLetterReason::BadTime, what);
        match self.get(Field::Ts) {
            Value::Null => Err(bad("ts: is missing")),
            Value::Text(text) => Timestamp::parse(text).ok_or_else(|| bad("ts: is not RFC 3339 with an offset")),
            _ => Err(bad("ts: is not a text")),
        }
    }
}

/// A field that must be there.
pub(super) fn required<T>(field: Field, value: Option<T>) -> Result<T, Fault> {
    value.ok_or_else(|| Fault::new(DeadLetterReason::MissingField, format_args!("{}: is missing", field.name())))
}
