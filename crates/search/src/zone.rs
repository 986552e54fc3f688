//! Dates as people type them: China's time, which knows no summer time.
//!
//! Pure; `now` is handed in for what is relative to it.

use xinlu_model::Time;

/// Minutes east of UTC in China.
pub const CHINA_MINUTES: i32 = 480;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// Reads `2026-01-31`, `2026-01`, `2026-01-31T08:00`, RFC 3339, or `7d` (days ago).
pub fn point(text: &str, now: Time) -> Option<Time> {
    if let Some(days) = text.strip_suffix(['d', '天']) {
        let days: i64 = days.parse().ok().filter(|days| (0..=36_500).contains(days))?;
        return Some(now.plus_millis(-days * MILLIS_PER_DAY));
    }
    let local = match text.len() {
        7 => format!("{text}-01T00:00:00+08:00"),
        10 => format!("{text}T00:00:00+08:00"),
        16 => format!("{text}:00+08:00"),
        19 => format!("{text}+08:00"),
        _ => text.to_owned(),
    };
    Time::parse(&local).ok()
}

#[cfg(test)]
mod tests {
    use super::{Time, point};

    #[test]
    fn dates_are_chinas() {
        let now = Time::parse("2026-03-08T00:00:00Z").unwrap();
        let cases = [
            ("2026-01-31", "2026-01-30T16:00:00Z"),
            ("2026-01", "2025-12-31T16:00:00Z"),
            ("2026-01-31T08:30", "2026-01-31T00:30:00Z"),
            ("2026-01-31T08:30:00Z", "2026-01-31T08:30:00Z"),
            ("7d", "2026-03-01T00:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(point(text, now).map(Time::rfc3339).as_deref(), Some(expected), "{text}");
        }
        for wrong in ["", "yesterday", "2026-13-01", "-1d", "99999999d"] {
            assert_eq!(point(wrong, now), None, "{wrong}");
        }
    }
}
