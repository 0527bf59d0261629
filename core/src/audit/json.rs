//! JSON, written.

use std::fmt;

/// A value.
pub(super) enum Json {
    Text(String),
    Number(u64),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// A list of texts.
pub(super) fn texts(all: &[&str]) -> Json {
    Json::List(all.iter().map(|text| Json::from(*text)).collect())
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => string(f, text),
            Self::Number(number) => number.fmt(f),
            Self::List(all) => {
                f.write_str("[")?;
                separated(f, all, |f, value| value.fmt(f))?;
                f.write_str("]")
            }
            Self::Object(all) => {
                f.write_str("{")?;
                separated(f, all, |f, (name, value)| {
                    string(f, name)?;
                    write!(f, ":{value}")
                })?;
                f.write_str("}")
            }
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    all: &[T],
    write: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, one) in all.iter().enumerate() {
        if i > 0 {
            f.write_str(",")?;
        }
        write(f, one)?;
    }
    Ok(())
}

/// RFC 8259, section 7.
fn string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let value = Json::Object(vec![
            ("a", Json::from("\"\\\n\u{7f}ä")),
            ("b", Json::List(vec![Json::Number(1), texts(&["x"])])),
        ]);
        assert_eq!(value.to_string(), "{\"a\":\"\\\"\\\\\\u000a\\u007fä\",\"b\":[1,[\"x\"]]}");
    }
}
