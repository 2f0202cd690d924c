//! Sizes and times, as Docker and Compose write them, and statuses of HTTP.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

/// An amount of memory: `512M`, `1G`. Units are powers of 1024, as in Docker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    bytes: u64,
}

impl Memory {
    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.bytes
    }
}

const UNITS: [(char, u64); 3] = [('G', 1 << 30), ('M', 1 << 20), ('K', 1 << 10)];

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let unit = text.chars().next_back()?;
            let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
            let digits = &text[..text.len() - 1];
            let amount: u64 = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
            amount.checked_mul(factor).filter(|bytes| *bytes > 0)
        };
        parse()
            .map(|bytes| Self { bytes })
            .ok_or_else(|| format!("{text:?} is not a size: a number and K, M or G, such as 512M"))
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) = UNITS
            .into_iter()
            .find(|(_, factor)| self.bytes.is_multiple_of(*factor))
            .unwrap_or(('K', 1 << 10));
        write!(f, "{}{unit}", self.bytes / factor)
    }
}

/// A span of time: `30s`, `1m30s`, `500ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    milliseconds: u64,
}

impl Time {
    /// Whole seconds, rounded down.
    pub fn seconds(self) -> u64 {
        self.milliseconds / 1000
    }

    /// Milliseconds.
    pub fn milliseconds(self) -> u64 {
        self.milliseconds
    }
}

impl FromStr for Time {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let mut rest = text;
            let mut total = 0_u64;
            while !rest.is_empty() {
                let digits = rest.find(|c: char| !c.is_ascii_digit())?;
                let amount: u64 = rest[..digits].parse().ok()?;
                let after = &rest[digits..];
                let unit = &after[..after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len())];
                let factor = match unit {
                    "ms" => 1,
                    "s" => 1000,
                    "m" => 60_000,
                    "h" => 3_600_000,
                    _ => return None,
                };
                total = total.checked_add(amount.checked_mul(factor)?)?;
                rest = &after[unit.len()..];
            }
            (total > 0).then_some(total)
        };
        parse()
            .map(|milliseconds| Self { milliseconds })
            .ok_or_else(|| format!("{text:?} is not a time: a number and ms, s, m or h, such as 30s"))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.milliseconds;
        for (unit, factor) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
            if rest >= factor {
                write!(f, "{}{unit}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

/// Processors, in thousandths: `0.5`, `2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cpus {
    thousandths: u32,
}

impl Cpus {
    /// Thousandths of a processor.
    pub fn thousandths(self) -> u32 {
        self.thousandths
    }
}

impl fmt::Display for Cpus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = format!("{}.{:03}", self.thousandths / 1000, self.thousandths % 1000);
        let short = decimal.trim_end_matches('0');
        f.write_str(short)?;
        if short.ends_with('.') { f.write_str("0") } else { Ok(()) }
    }
}

impl<'de> Deserialize<'de> for Cpus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if !(0.001..=1024.0).contains(&number) {
            return Err(serde::de::Error::custom(format!("{number} is not a number of CPUs")));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range is checked above"
        )]
        Ok(Self { thousandths: (number * 1000.0).round() as u32 })
    }
}

impl JsonSchema for Cpus {
    fn schema_name() -> Cow<'static, str> {
        "Cpus".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.001, "maximum": 1024 })
    }
}

/// Statuses of HTTP: `200-204,401`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses {
    ranges: Vec<(u16, u16)>,
}

impl Statuses {
    /// The first and the last status of each range.
    pub fn ranges(&self) -> &[(u16, u16)] {
        &self.ranges
    }
}

impl FromStr for Statuses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let status = |digits: &str| {
            let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
            (200..=599).contains(&number).then_some(number)
        };
        let range = |part: &str| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            Some((status(first)?, status(last)?)).filter(|(first, last)| first <= last)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(|part| range(part.trim())).collect();
        // The static health check takes them as one argument.
        let ranges = ranges.filter(|ranges| ranges.len() <= 64);
        ranges.map(|ranges| Self { ranges }).ok_or_else(|| {
            format!(
                "{text:?} is not a list of HTTP statuses: numbers and ranges from 200 to 599, such as 200-204,401"
            )
        })
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.ranges.iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            write!(f, "{comma}{first}")?;
            if first != last {
                write!(f, "-{last}")?;
            }
        }
        Ok(())
    }
}

/// One status may be written as a number.
impl<'de> Deserialize<'de> for Statuses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            One(u16),
            Text(String),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::One(status) => status.to_string(),
            Form::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Statuses {
    fn schema_name() -> Cow<'static, str> {
        "Statuses".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string", "format": "statuses" },
            { "type": "integer", "minimum": 200, "maximum": 599 },
        ] })
    }
}

/// Makes types of strings that `FromStr` checks, with their format in the schema.
macro_rules! textual {
    ($($name:ident $format:literal)+) => { $(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "format": $format })
            }
        }
    )+ };
}
pub(super) use textual;
textual! { Memory "memory" Time "time" }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_given_back_in_their_shortest_form() {
        for (text, shown) in [("512M", "512M"), ("1024M", "1G"), ("1536M", "1536M"), ("3K", "3K")] {
            assert_eq!(text.parse::<Memory>().unwrap().to_string(), shown);
        }
        for (text, shown) in [("30s", "30s"), ("90s", "1m30s"), ("500ms", "500ms"), ("1h", "1h")] {
            assert_eq!(text.parse::<Time>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn statuses_are_numbers_and_ranges_that_a_final_answer_can_have() {
        for (text, shown) in [("200", "200"), ("200-204, 401", "200-204,401"), ("404-404", "404")] {
            assert_eq!(text.parse::<Statuses>().unwrap().to_string(), shown);
        }
        for text in ["", "99", "600", "100", "204-200", "200-", "-204", "2xx", "200,", "+200", "200;204"] {
            assert!(text.parse::<Statuses>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_or_time_is_refused() {
        for text in ["", "M", "1", "-1M", "1.5G", "0M", "99999999999999G", "+1M"] {
            assert!(text.parse::<Memory>().is_err(), "{text}");
        }
        for text in ["", "s", "5", "0s", "5 s", "1d", "99999999999999999999s", "5é"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
