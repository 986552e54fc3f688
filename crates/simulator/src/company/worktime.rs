//! When people write: working hours, evenings, weekends, in Beijing time.
//!
//! Pure arithmetic on milliseconds since 1970. It never asks for the time.

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Beijing is eight hours ahead of UTC and has no summer time.
const BEIJING_OFFSET_MS: i64 = 8 * HOUR_MS;

/// How much is written in each hour of a working day.
const HOUR_WEIGHTS: [u64; 24] =
    [2, 1, 0, 0, 0, 0, 1, 4, 34, 92, 100, 96, 48, 42, 86, 100, 96, 82, 52, 38, 32, 24, 12, 5];
/// Per cent of a working day's traffic on Saturdays and Sundays.
const WEEKEND_PERCENT: u64 = 22;

/// A date and time of day in Beijing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// 0 is Monday.
    pub weekday: i64,
}

/// The date in Beijing at `at_ms`, by the usual days-to-civil algorithm.
pub fn civil(at_ms: i64) -> Civil {
    let local_ms = at_ms + BEIJING_OFFSET_MS;
    let days = local_ms.div_euclid(DAY_MS);
    let second_of_day = local_ms.rem_euclid(DAY_MS) / 1000;
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: day_of_year - (153 * month_index + 2) / 5 + 1,
        hour: second_of_day / 3600,
        minute: second_of_day / 60 % 60,
        second: second_of_day % 60,
        weekday: (days + 3).rem_euclid(7),
    }
}

/// A span of time in which messages are spread as people work.
pub struct WorkTime {
    start_at_ms: i64,
    /// Weight written before hour `i` of the span; one entry more than there are hours.
    before: Vec<u64>,
}

impl WorkTime {
    /// The span from `start_at_ms` to `end_at_ms`, at least one hour long.
    pub fn new(start_at_ms: i64, end_at_ms: i64) -> Self {
        let hours = ((end_at_ms - start_at_ms) / HOUR_MS).max(1);
        let mut before = vec![0];
        let mut sum = 0;
        for hour in 0..hours {
            let moment = civil(start_at_ms + hour * HOUR_MS);
            let weight = HOUR_WEIGHTS[moment.hour as usize] * 100;
            sum += if moment.weekday >= 5 { weight * WEEKEND_PERCENT / 100 } else { weight };
            before.push(sum);
        }
        if sum == 0 {
            // A span of one dead hour must still hold its messages.
            before = (0..before.len() as u64).collect();
        }
        Self { start_at_ms, before }
    }

    /// The moment before which `part / whole` of all messages are written.
    pub fn moment(&self, part: u64, whole: u64) -> i64 {
        let total = self.before.last().copied().unwrap_or(1);
        let target = (u128::from(total) * u128::from(part) / u128::from(whole.max(1))) as u64;
        let after = self.before.partition_point(|weight| *weight <= target);
        let hour = after.clamp(1, self.before.len() - 1) - 1;
        let (low, high) = (self.before[hour], self.before[hour + 1]);
        let inside = (target - low).min(high - low) as i64 * HOUR_MS / ((high - low).max(1) as i64);
        self.start_at_ms + hour as i64 * HOUR_MS + inside
    }
}
