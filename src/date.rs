//! Calendar dates, as data: an end of life, the day a pin was resolved.
//!
//! The library never reads the clock: functions that need "today" take it as an argument.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// The text is not a date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a date such as 2026-11-22")]
pub struct DateError(String);

impl Date {
    /// The day so many days after 1970-01-01, which is how a clock tells it.
    ///
    /// Days beyond the year 9999 give its last day.
    pub fn from_unix_days(days: u32) -> Self {
        // Hinnant's `civil_from_days`, on eras of 400 years that begin in March.
        let shifted = days.min(2_932_896) + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + u32::from(month <= 2);
        Self { year: narrow(year), month: narrow(month), day: narrow(day) }
    }

    /// How many days later than `earlier` this day is; 0 if it is not later.
    pub fn days_since(self, earlier: Self) -> u32 {
        self.day_number().saturating_sub(earlier.day_number())
    }

    /// Days since 0000-03-01: Hinnant's `days_from_civil` without the shift to 1970.
    fn day_number(self) -> u32 {
        let (month, day) = (u32::from(self.month), u32::from(self.day));
        // A year that begins in March puts the leap day last; year 0 itself has no day before March here.
        let year = u32::from(self.year).saturating_sub(u32::from(month <= 2));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        year * 365 + year / 4 - year / 100 + year / 400 + day_of_year
    }
}

/// Narrows a number that calendar arithmetic keeps in range.
fn narrow<T: TryFrom<u32> + Default>(number: u32) -> T {
    T::try_from(number).unwrap_or_default()
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u8::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || DateError(text.to_owned());
        let shape = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
        if !shape {
            return Err(error());
        }
        let year = text[..4].parse().map_err(|_| error())?;
        let month = text[5..7].parse().map_err(|_| error())?;
        let day = text[8..].parse().map_err(|_| error())?;
        let valid = year >= 1 && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        if valid { Ok(Self { year, month, day }) } else { Err(error()) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}

impl schemars::JsonSchema for Date {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A day, `YYYY-MM-DD`.",
            "type": "string",
            "pattern": r"^\d{4}-\d{2}-\d{2}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_is_given_back_as_written() {
        for text in ["2026-11-22", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(date(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["", "2026-11", "2026-13-01", "2026-02-29", "1900-02-29", "2026-00-01", "26-11-22", "2026-1é-1"]
        {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(date("2026-11-22").days_since(date("2026-11-22")), 0);
        assert_eq!(date("2024-03-01").days_since(date("2024-02-28")), 2);
        assert_eq!(date("2026-01-01").days_since(date("2025-01-01")), 365);
        assert_eq!(date("2025-01-01").days_since(date("2026-01-01")), 0);
    }

    #[test]
    fn the_clock_and_the_calendar_agree() {
        assert_eq!(Date::from_unix_days(0), date("1970-01-01"));
        assert_eq!(Date::from_unix_days(20_779), date("2026-11-22"));
        assert_eq!(Date::from_unix_days(u32::MAX), date("9999-12-31"));
    }

    proptest! {
        #[test]
        fn each_day_is_one_later(days in 0u32..2_932_896) {
            let (day, next) = (Date::from_unix_days(days), Date::from_unix_days(days + 1));
            prop_assert!(day < next);
            prop_assert_eq!(next.days_since(day), 1);
            prop_assert_eq!(day.to_string().parse::<Date>().unwrap(), day);
        }
    }
}
