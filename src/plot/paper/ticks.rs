//! Where ticks stand and how numbers are written on axes and in labels.

use crate::math;

/// Multiples of 1, 2 or 5 times a power of ten within `[low, high]`, about `count` of them.
pub fn linear(low: f64, high: f64, count: usize) -> Vec<f64> {
    let span = high - low;
    if count == 0 {
        return Vec::new();
    }
    if !(span > 0.0 && span.is_finite()) {
        return vec![low];
    }
    let raw = span / count as f64;
    let power = math::pow(10.0, math::log10(raw).floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= raw * 0.8).unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Labeled powers of ten and unlabeled ticks between them, for `0 < low < high`.
#[derive(Debug, Clone, PartialEq)]
pub struct LogTicks {
    pub major: Vec<f64>,
    pub minor: Vec<f64>,
}

/// Powers of ten within `[low, high]`, thinned so that at most about `count` are labeled; with less than two decades
/// the 2s and 5s are labeled too.
pub fn logarithmic(low: f64, high: f64, count: usize) -> LogTicks {
    let first = (math::log10(low) + 1e-9).floor() as i32;
    let last = (math::log10(high) - 1e-9).ceil() as i32;
    let inside = |v: f64| v >= low * (1.0 - 1e-9) && v <= high * (1.0 + 1e-9);
    let decade = |e: i32| math::pow(10.0, f64::from(e));
    let powers: Vec<i32> = (first..=last).filter(|&e| inside(decade(e))).collect();
    let stride = (powers.len().div_ceil(count.max(1))).max(1) as i32;
    let mut major: Vec<f64> =
        powers.iter().filter(|e| e.rem_euclid(stride) == 0).map(|&e| decade(e)).collect();
    let mut minor = Vec::new();
    let short = powers.len() <= 2;
    for e in first..=last {
        for m in 2..10 {
            let v = f64::from(m) * decade(e);
            if inside(v) {
                if short && (m == 2 || m == 5) {
                    major.push(v);
                } else if stride == 1 {
                    minor.push(v);
                }
            }
        }
    }
    if stride > 1 {
        minor.extend(powers.iter().filter(|e| e.rem_euclid(stride) != 0).map(|&e| decade(e)));
    }
    major.sort_by(f64::total_cmp);
    LogTicks { major, minor }
}

/// A number as on an axis: no trailing zeros, thin grouping above 9999, powers of ten where it is long.
pub fn plain(value: f64) -> String {
    significant(value, 6)
}

/// A number with at most `digits` significant digits.
pub fn significant(value: f64, digits: usize) -> String {
    written(value, digits, 6)
}

/// A short number for cells and levels: three or four digits, powers of ten from 10^5 on.
pub fn compact(value: f64, digits: usize) -> String {
    written(value, digits, 5)
}

/// Powers of ten from 10^`longest` on and below 10^-3.
fn written(value: f64, digits: usize, longest: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "n/a".to_owned();
    }
    // Rounded first, so that 9.999 with two digits becomes 10 and not 10.0.
    let scientific = format!("{value:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let text = if !(-3..longest).contains(&exponent) {
        let mantissa = trim(mantissa);
        match mantissa.as_str() {
            "1" => format!("10^{{{exponent}}}"),
            "-1" => format!("-10^{{{exponent}}}"),
            m => format!("{m}×10^{{{exponent}}}"),
        }
    } else {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let rounded: f64 = scientific.parse().unwrap_or(value);
        grouped(&trim(&format!("{rounded:.decimals$}")))
    };
    // A true minus sign, also in exponents.
    text.replace('-', "−")
}

/// A tick of a logarithmic axis: powers of ten as `10^{n}`, those from 0.01 to 1000 written out.
pub fn decade(value: f64) -> String {
    if (0.0099..=1000.5).contains(&value) {
        return plain(value);
    }
    let exponent = math::log10(value).round();
    if (value / math::pow(10.0, exponent) - 1.0).abs() < 1e-9 {
        format!("10^{{{exponent}}}").replace('-', "−")
    } else {
        significant(value, 2)
    }
}

fn trim(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// `12345` as `12 345` with a thin space; four digits stay together.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.find('.').map_or((text, ""), |i| text.split_at(i));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
    if digits.len() < 5 {
        return text.to_owned();
    }
    let cut = digits.len() - 3;
    format!("{sign}{}\u{2009}{}{rest}", &digits[..cut], &digits[cut..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_ticks_are_round_and_inside() {
        assert_eq!(linear(0.0, 60.0, 6), [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]);
        assert_eq!(linear(0.0, 1.0, 3), [0.0, 0.5, 1.0]);
        assert_eq!(linear(0.0, 87.0, 4), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(linear(3.0, 3.0, 4), [3.0]);
        let ticks = linear(-0.37, 1.93, 5);
        assert!(ticks.iter().all(|t| (-0.37..=1.93).contains(t)) && ticks.contains(&0.0));
    }

    #[test]
    fn log_ticks_thin_out() {
        assert_eq!(logarithmic(1.0, 1000.0, 6).major, [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(logarithmic(2.0, 60.0, 6).major, [2.0, 5.0, 10.0, 20.0, 50.0]);
        let wide = logarithmic(1.0, 1e12, 5);
        assert!(wide.major.len() <= 5 && wide.minor.len() > 5);
        assert_eq!(wide.major[0], 1.0);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(plain(5.0), "5");
        assert_eq!(plain(0.1), "0.1");
        assert_eq!(plain(-2.5), "−2.5");
        assert_eq!(plain(12000.0), "12\u{2009}000");
        assert_eq!(plain(1e6), "10^{6}");
        assert_eq!(plain(2.5e-5), "2.5×10^{−5}");
        assert_eq!(significant(9.999, 2), "10");
        assert_eq!((compact(3e5, 3).as_str(), compact(12345.0, 3).as_str()), ("3×10^{5}", "12\u{2009}300"));
        assert_eq!(significant(1.23456, 3), "1.23");
        assert_eq!(decade(100.0), "100");
        assert_eq!(decade(1e4), "10^{4}");
        assert_eq!(decade(0.001), "10^{−3}");
        assert_eq!(plain(f64::NAN), "n/a");
    }
}
