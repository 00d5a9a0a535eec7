//! JSON values, borrowed from the payload.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// What stands at a key.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// Nothing, or `null`.
    Null,
    Bool(bool),
    Text(Cow<'a, str>),
    Integer(u64),
    /// Negative, or with a fraction or an exponent.
    Number(f64),
    /// An array; `None` where an element is not text.
    List(Vec<Option<Cow<'a, str>>>),
    /// An object.
    Object,
}

/// A string, borrowed from the payload where it has no escapes.
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// JSON can write a NUL only as an escape, and an escape makes an owned string.
fn without_nul<E: Error>(text: &str) -> Result<Cow<'static, str>, E> {
    if text.contains('\0') { Err(E::custom("NUL in a string")) } else { Ok(Cow::Owned(text.to_owned())) }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                without_nul(text).map(Text)
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: Error>(self) -> Result<Value<'de>, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Value<'de>, E> {
                Ok(Value::Bool(value))
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Value<'de>, E> {
                Ok(Value::Integer(value))
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Value<'de>, E> {
                Ok(u64::try_from(value).map_or(Value::Number(value as f64), Value::Integer))
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Value<'de>, E> {
                Ok(Value::Number(value))
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Value<'de>, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Value<'de>, E> {
                without_nul(text).map(Value::Text)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
                let mut list = Vec::new();
                while let Some(element) = seq.next_element()? {
                    list.push(if let Value::Text(text) = element { Some(text) } else { None });
                }
                Ok(Value::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
                while map.next_entry::<Text<'de>, Value<'de>>()?.is_some() {}
                Ok(Value::Object)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}
