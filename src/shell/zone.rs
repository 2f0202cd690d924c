//! Commands that give an image a time zone.

use super::operands;

/// Where systems keep time zones.
const ZONES: &str = "/usr/share/zoneinfo/";

/// The time zone of `ln -s /usr/share/zoneinfo/ZONE /etc/localtime`, or of `cp`. A program reads it from the variable
/// `TZ` as well, and distroless images have the zones.
pub(crate) fn time_zone(words: &[String]) -> Option<&str> {
    let (program, arguments) = words.split_first()?;
    let operands = operands(arguments, &[]);
    let [source, "/etc/localtime"] = operands[..] else { return None };
    let is_link = matches!(program.rsplit('/').next(), Some("ln" | "cp"));
    source.strip_prefix(ZONES).filter(|zone| is_link && !zone.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_found() {
        let zone = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            time_zone(&words).map(str::to_owned)
        };
        let zurich = Some("Europe/Zurich".to_owned());
        assert_eq!(zone("ln -snf /usr/share/zoneinfo/Europe/Zurich /etc/localtime"), zurich);
        assert_eq!(zone("/bin/cp /usr/share/zoneinfo/Europe/Zurich /etc/localtime"), zurich);
        for other in [
            "ln -s /usr/share/zoneinfo/UTC /etc/other",
            "cat /usr/share/zoneinfo/UTC /etc/localtime",
            "ln",
            "cp a",
        ] {
            assert_eq!(zone(other), None, "{other}");
        }
    }
}
