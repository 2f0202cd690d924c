//! Durations as Go writes them: `1m30s`.

use std::time::Duration;

/// The units, in nanoseconds.
const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The largest number of nanoseconds that Go's durations hold, and one more for negative ones.
const LIMIT: u64 = 1 << 63;

/// The duration a text says, after Go's `time.ParseDuration`; `None` for anything else, and for
/// what no time-out can be: less than a millisecond, but for zero.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let negative = text.starts_with('-');
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let nanos = if rest == "0" { 0 } else { nanos(rest)? };
    let duration = Duration::from_nanos(nanos);
    let valid = nanos == 0 || (!negative && nanos < LIMIT && duration >= Duration::from_millis(1));
    valid.then_some(duration)
}

fn nanos(mut rest: &str) -> Option<u64> {
    let mut total = 0_u64;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let after = &rest[end..];
        let unit_end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (_, unit) = *UNITS.iter().find(|(name, _)| *name == &after[..unit_end])?;
        total = total.checked_add(part(&rest[..end], unit)?).filter(|total| *total <= LIMIT)?;
        rest = &after[unit_end..];
        if rest.is_empty() {
            return Some(total);
        }
    }
}

/// `1.5` of a unit, as whole nanoseconds.
fn part(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // Eighteen digits are more than a nanosecond of an hour.
    let digits = &fraction[..fraction.len().min(18)];
    let numerator: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scaled = numerator * u128::from(unit) / 10_u128.pow(u32::try_from(digits.len()).ok()?);
    whole.checked_mul(unit)?.checked_add(u64::try_from(scaled).ok()?)
}
