//! Phrases that several commands say.

use crate::stats::{KaplanMeier, Observation};

/// "1 run", "3 runs".
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Median time with its interval; "-" for what was not reached.
pub fn median(times: &[Observation]) -> Option<String> {
    let km = KaplanMeier::fit(times, 0.95).ok()?;
    let (low, high) = km.median_interval();
    let say = |v: Option<f64>| v.map_or("-".to_string(), |v| format!("{v:.1}"));
    Some(match (km.median(), low, high) {
        (None, None, None) => "not reached".to_string(),
        (middle, ..) => format!("{} ({} to {})", say(middle), say(low), say(high)),
    })
}

/// Seconds, minutes or hours, as short as they are clear.
pub fn duration(s: f64) -> String {
    if s < 120.0 {
        format!("{s:.0} s")
    } else if s < 7200.0 {
        format!("{:.0} min", s / 60.0)
    } else {
        format!("{:.1} h", s / 3600.0)
    }
}
