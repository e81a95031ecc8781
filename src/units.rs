//! Units of measurement: one table, a parser for quantities such as `"4 um/min"`, and their way back to text.
//!
//! Base units are um, min, cell, molecule, kg and mmHg; every other unit is a ratio of whole numbers or constants to
//! them. Cells and molecules are dimensions of their own, so that `cells/uL` is never taken for `pM`.
//! Nothing here knows documents or models.

use std::fmt;

/// Exponents over the six base dimensions; all zero is dimensionless.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension {
    pub length: i8,
    pub time: i8,
    pub cells: i8,
    pub molecules: i8,
    /// Body weight, and mass of a molecule.
    pub mass: i8,
    pub pressure: i8,
}

impl Dimension {
    pub const NONE: Dimension =
        Dimension { length: 0, time: 0, cells: 0, molecules: 0, mass: 0, pressure: 0 };
    pub const LENGTH: Dimension = Dimension { length: 1, ..Dimension::NONE };
    pub const AREA: Dimension = Dimension { length: 2, ..Dimension::NONE };
    pub const VOLUME: Dimension = Dimension { length: 3, ..Dimension::NONE };
    pub const TIME: Dimension = Dimension { time: 1, ..Dimension::NONE };
    pub const RATE: Dimension = Dimension { time: -1, ..Dimension::NONE };
    pub const SPEED: Dimension = Dimension { length: 1, time: -1, ..Dimension::NONE };
    pub const DIFFUSION: Dimension = Dimension { length: 2, time: -1, ..Dimension::NONE };
    pub const CELLS: Dimension = Dimension { cells: 1, ..Dimension::NONE };
    pub const MOLECULES: Dimension = Dimension { molecules: 1, ..Dimension::NONE };
    pub const PER_CELL: Dimension = Dimension { molecules: 1, cells: -1, ..Dimension::NONE };
    pub const MASS: Dimension = Dimension { mass: 1, ..Dimension::NONE };
    pub const PRESSURE: Dimension = Dimension { pressure: 1, ..Dimension::NONE };
    pub const MOLAR: Dimension = Dimension { molecules: 1, length: -3, ..Dimension::NONE };
    pub const CELL_DENSITY: Dimension = Dimension { cells: 1, length: -3, ..Dimension::NONE };
    pub const MASS_DENSITY: Dimension = Dimension { mass: 1, length: -3, ..Dimension::NONE };

    fn exponents(self) -> [i8; 6] {
        [self.length, self.time, self.cells, self.molecules, self.mass, self.pressure]
    }

    fn from_exponents(e: [i8; 6]) -> Dimension {
        Dimension { length: e[0], time: e[1], cells: e[2], molecules: e[3], mass: e[4], pressure: e[5] }
    }

    /// Dimension of a product.
    pub fn times(self, other: Dimension) -> Dimension {
        self.combine(other, 1)
    }

    /// Dimension of a quotient.
    pub fn per(self, other: Dimension) -> Dimension {
        self.combine(other, -1)
    }

    fn combine(self, other: Dimension, power: i8) -> Dimension {
        let mut e = self.exponents();
        for (a, b) in e.iter_mut().zip(other.exponents()) {
            *a = a.saturating_add(b.saturating_mul(power));
        }
        Dimension::from_exponents(e)
    }

    /// The product of base units with this dimension: `um^2/min`, `/min`, `1`.
    pub fn base_unit(self) -> String {
        let names = ["um", "min", "cells", "molecules", "kg", "mmHg"];
        let power = |n: &str, e: i8| if e == 1 { n.to_string() } else { format!("{n}^{e}") };
        let pairs = || names.iter().zip(self.exponents());
        let above: Vec<String> = pairs().filter(|(_, e)| *e > 0).map(|(n, e)| power(n, e)).collect();
        let below: String =
            pairs().filter(|(_, e)| *e < 0).map(|(n, e)| format!("/{}", power(n, -e))).collect();
        if above.is_empty() && below.is_empty() { "1".to_string() } else { above.join("*") + &below }
    }

    /// Whether a person has a word for it.
    pub fn is_named(self) -> bool {
        NAMED.iter().any(|(d, _, _)| *d == self)
    }

    /// What a person would call it, with units one could write: `a rate (/day, /h, /min)`.
    pub fn describe(self) -> String {
        for (dimension, name, units) in NAMED {
            if *dimension == self {
                return format!("{name} ({units})");
            }
        }
        format!("a quantity in {}", self.base_unit())
    }
}

const NAMED: &[(Dimension, &str, &str)] = &[
    (Dimension::NONE, "a plain number", "no unit"),
    (Dimension::LENGTH, "a length", "um, mm, cm"),
    (Dimension::AREA, "an area", "um^2, mm^2, m^2"),
    (Dimension::VOLUME, "a volume", "mm^3, uL, mL, L"),
    (Dimension::TIME, "a time", "min, h, day"),
    (Dimension::RATE, "a rate", "/day, /h, /min"),
    (Dimension::SPEED, "a speed", "um/min, um/h"),
    (Dimension::DIFFUSION, "a diffusion coefficient", "um^2/min, um^2/s"),
    (Dimension::CELLS, "a number of cells", "cells"),
    (Dimension::MOLECULES, "a number of molecules", "molecules, pmol"),
    (Dimension::PER_CELL, "a density per cell", "molecules/cell"),
    (Dimension::MASS, "a mass", "kg, g, ug, kDa"),
    (Dimension::PRESSURE, "a pressure", "mmHg"),
    (Dimension::MOLAR, "a concentration", "pM, nM, uM"),
    (Dimension::CELL_DENSITY, "cells per volume", "cells/uL, cells/mL"),
    (Dimension::MASS_DENSITY, "mass per volume", "ug/mL, ng/mL"),
    (
        Dimension { molecules: 1, time: -1, ..Dimension::NONE },
        "molecules per time",
        "molecules/s, molecules/min",
    ),
    (Dimension { cells: 1, time: -1, ..Dimension::NONE }, "cells per time", "cells/day"),
    (Dimension { cells: 1, mass: -1, ..Dimension::NONE }, "cells per body weight", "cells/kg"),
    (Dimension { cells: 1, length: -2, ..Dimension::NONE }, "cells per area", "cells/m^2"),
];

/// One named unit: `value * above / below` is in base units.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    pub name: &'static str,
    pub above: f64,
    pub below: f64,
    pub dimension: Dimension,
}

const fn unit(name: &'static str, above: f64, below: f64, dimension: Dimension) -> Named {
    Named { name, above, below, dimension }
}

/// Molecules in a mole (exact since 2019).
pub const AVOGADRO: f64 = 6.022_140_76e23;
/// One dalton in kg (CODATA 2022).
pub const DALTON: f64 = 1.660_539_068_92e-27;

/// Every unit that may be written. A month is a twelfth of a year of 365.25 days.
pub const UNITS: &[Named] = &[
    unit("nm", 1.0, 1e3, Dimension::LENGTH),
    unit("um", 1.0, 1.0, Dimension::LENGTH),
    unit("mm", 1e3, 1.0, Dimension::LENGTH),
    unit("cm", 1e4, 1.0, Dimension::LENGTH),
    unit("m", 1e6, 1.0, Dimension::LENGTH),
    unit("s", 1.0, 60.0, Dimension::TIME),
    unit("min", 1.0, 1.0, Dimension::TIME),
    unit("h", 60.0, 1.0, Dimension::TIME),
    unit("hour", 60.0, 1.0, Dimension::TIME),
    unit("hours", 60.0, 1.0, Dimension::TIME),
    unit("day", 1440.0, 1.0, Dimension::TIME),
    unit("days", 1440.0, 1.0, Dimension::TIME),
    unit("week", 10_080.0, 1.0, Dimension::TIME),
    unit("weeks", 10_080.0, 1.0, Dimension::TIME),
    unit("month", 43_830.0, 1.0, Dimension::TIME),
    unit("months", 43_830.0, 1.0, Dimension::TIME),
    unit("year", 525_960.0, 1.0, Dimension::TIME),
    unit("years", 525_960.0, 1.0, Dimension::TIME),
    unit("cell", 1.0, 1.0, Dimension::CELLS),
    unit("cells", 1.0, 1.0, Dimension::CELLS),
    unit("molecule", 1.0, 1.0, Dimension::MOLECULES),
    unit("molecules", 1.0, 1.0, Dimension::MOLECULES),
    unit("mol", AVOGADRO, 1.0, Dimension::MOLECULES),
    unit("mmol", AVOGADRO, 1e3, Dimension::MOLECULES),
    unit("umol", AVOGADRO, 1e6, Dimension::MOLECULES),
    unit("nmol", AVOGADRO, 1e9, Dimension::MOLECULES),
    unit("pmol", AVOGADRO, 1e12, Dimension::MOLECULES),
    unit("fmol", AVOGADRO, 1e15, Dimension::MOLECULES),
    unit("M", AVOGADRO, 1e15, Dimension::MOLAR),
    unit("mM", AVOGADRO, 1e18, Dimension::MOLAR),
    unit("uM", AVOGADRO, 1e21, Dimension::MOLAR),
    unit("nM", AVOGADRO, 1e24, Dimension::MOLAR),
    unit("pM", AVOGADRO, 1e27, Dimension::MOLAR),
    unit("fM", AVOGADRO, 1e30, Dimension::MOLAR),
    unit("L", 1e15, 1.0, Dimension::VOLUME),
    unit("dL", 1e14, 1.0, Dimension::VOLUME),
    unit("mL", 1e12, 1.0, Dimension::VOLUME),
    unit("uL", 1e9, 1.0, Dimension::VOLUME),
    unit("nL", 1e6, 1.0, Dimension::VOLUME),
    unit("pL", 1e3, 1.0, Dimension::VOLUME),
    unit("fL", 1.0, 1.0, Dimension::VOLUME),
    unit("kg", 1.0, 1.0, Dimension::MASS),
    unit("g", 1.0, 1e3, Dimension::MASS),
    unit("mg", 1.0, 1e6, Dimension::MASS),
    unit("ug", 1.0, 1e9, Dimension::MASS),
    unit("ng", 1.0, 1e12, Dimension::MASS),
    unit("pg", 1.0, 1e15, Dimension::MASS),
    unit("Da", DALTON, 1.0, Dimension::MASS),
    unit("kDa", DALTON * 1e3, 1.0, Dimension::MASS),
    unit("mmHg", 1.0, 1.0, Dimension::PRESSURE),
    unit("kPa", 1e3, 133.322_387_415, Dimension::PRESSURE),
];

/// A product of powers of named units, as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    pub text: String,
    above: f64,
    below: f64,
    pub dimension: Dimension,
}

impl Unit {
    /// The unit of a plain number.
    pub fn one() -> Unit {
        Unit { text: "1".to_string(), above: 1.0, below: 1.0, dimension: Dimension::NONE }
    }

    /// The unit made of base units.
    pub fn base(dimension: Dimension) -> Unit {
        Unit { text: dimension.base_unit(), above: 1.0, below: 1.0, dimension }
    }

    /// Whether it is written with units that cancel, as in `mg/kg`.
    pub fn is_ratio(&self) -> bool {
        self.dimension == Dimension::NONE && self.text != "1"
    }

    /// How many base units one of these is.
    pub fn factor(&self) -> f64 {
        self.above / self.below
    }
}

/// A number with the unit it was written in.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    pub value: f64,
    pub unit: Unit,
}

impl Quantity {
    pub fn plain(value: f64) -> Quantity {
        Quantity { value, unit: Unit::one() }
    }

    /// In base units.
    pub fn base(&self) -> f64 {
        self.value * self.unit.above / self.unit.below
    }

    /// In another unit of the same dimension; exactly the written number where the units are the same.
    pub fn to(&self, unit: &Unit) -> f64 {
        if self.unit.above == unit.above && self.unit.below == unit.below {
            self.value
        } else {
            self.value * (self.unit.above * unit.below) / (self.unit.below * unit.above)
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unit.text == "1" {
            write!(f, "{}", number(self.value))
        } else {
            write!(f, "{} {}", number(self.value), self.unit.text)
        }
    }
}

/// Why a text is no quantity, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    pub message: String,
    pub help: Option<String>,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QuantityError {}

fn error<T>(message: String, help: Option<String>) -> Result<T, QuantityError> {
    Err(QuantityError { message, help })
}

/// Reads `"4 um/min"`: the value in base units and its dimension.
///
/// # Errors
/// No number, a number that is not finite, or a unit that does not exist (with the nearest one).
pub fn parse_quantity(text: &str) -> Result<(f64, Dimension), QuantityError> {
    quantity(text).map(|q| (q.base(), q.unit.dimension))
}

/// Reads `"4 um/min"` and keeps the unit it was written in.
///
/// # Errors
/// As [`parse_quantity`].
pub fn quantity(text: &str) -> Result<Quantity, QuantityError> {
    let text = text.trim();
    let end = number_end(text.as_bytes());
    let (digits, rest) = text.split_at(end);
    let Ok(value) = digits.parse::<f64>() else {
        let help = "write a number, a space and a unit, for example \"4 um/min\"".to_string();
        return error(format!("`{text}` does not begin with a number"), Some(help));
    };
    if !value.is_finite() {
        return error(format!("`{digits}` is too large a number"), None);
    }
    let rest = rest.trim();
    let unit = if rest.is_empty() { Unit::one() } else { parse_unit(rest)? };
    Ok(Quantity { value, unit })
}

/// Length of the number at the start of a text: sign, digits, fraction, exponent.
fn number_end(b: &[u8]) -> usize {
    let digits = |mut i: usize| {
        while i < b.len() && b[i].is_ascii_digit() {
            i += 1;
        }
        i
    };
    let mut i = usize::from(matches!(b.first(), Some(b'+' | b'-')));
    i = digits(i);
    if b.get(i) == Some(&b'.') {
        i = digits(i + 1);
    }
    if matches!(b.get(i), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(b.get(i + 1), Some(b'+' | b'-')));
        let end = digits(i + 1 + sign);
        if end > i + 1 + sign {
            i = end;
        }
    }
    i
}

/// Reads a unit: names, powers with `^`, products with `*` or a space, quotients with `/`; `1` is dimensionless.
///
/// # Errors
/// A name that is no unit, an exponent that is no small whole number, or an empty factor.
pub fn parse_unit(text: &str) -> Result<Unit, QuantityError> {
    let clean = text.trim().replace(['\u{b5}', '\u{3bc}'], "u").replace('\u{b7}', "*");
    let mut unit = Unit { text: clean.clone(), ..Unit::one() };
    let mut below = false;
    let mut rest = clean.as_str();
    if let Some(after) = rest.strip_prefix('/') {
        below = true;
        rest = after;
    }
    loop {
        rest = rest.trim_start();
        let end = rest.find(['/', '*', ' ']).unwrap_or(rest.len());
        let (factor, after) = rest.split_at(end);
        multiply(&mut unit, factor, below, text)?;
        let after = after.trim_start();
        let Some(next) = after.chars().next() else { return Ok(unit) };
        below = next == '/';
        rest = if matches!(next, '/' | '*') { &after[1..] } else { after };
    }
}

fn multiply(unit: &mut Unit, factor: &str, below: bool, text: &str) -> Result<(), QuantityError> {
    let (name, power) = factor.split_once('^').unwrap_or((factor, "1"));
    let power: i8 = match power.parse() {
        Ok(p) if (-9..=9).contains(&p) && p != 0 => p,
        _ => return error(format!("`{power}` in unit `{text}` is no exponent (a whole number)"), None),
    };
    if name == "1" {
        return Ok(());
    }
    if name.is_empty() {
        return error(format!("unit `{text}` has an empty factor"), None);
    }
    let Some(found) = UNITS.iter().find(|u| u.name == name) else {
        return error(format!("unknown unit `{name}`"), Some(suggestion(name)));
    };
    let sign = if below { -1 } else { 1 };
    for _ in 0..power.unsigned_abs() {
        if (power > 0) != below {
            unit.above *= found.above;
            unit.below *= found.below;
        } else {
            unit.above *= found.below;
            unit.below *= found.above;
        }
        unit.dimension = unit.dimension.combine(found.dimension, sign * power.signum());
    }
    Ok(())
}

/// Nearest unit by spelling, or the list of all.
fn suggestion(name: &str) -> String {
    // What people write out of habit.
    let habit = match name {
        "%" | "percent" => "write a share: 0.1 for 10 %",
        "per" => "write `/` for per, as in \"0.5 /day\"",
        _ if name.starts_with(',') => "decimals have a point: 0.5",
        _ if name.starts_with(|c: char| c.is_ascii_digit()) => "one number and its unit, as in \"0.5 /day\"",
        _ => "",
    };
    if !habit.is_empty() {
        return habit.to_string();
    }
    let squared = name.strip_suffix(['2', '3']).filter(|n| UNITS.iter().any(|u| u.name == *n));
    if let Some(stem) = squared {
        return format!("write powers as `{stem}^{}`", &name[stem.len()..]);
    }
    let same = |u: &&Named| u.name.eq_ignore_ascii_case(name);
    if let Some(u) = UNITS.iter().find(same) {
        return format!("did you mean `{}`? upper and lower case differ", u.name);
    }
    let near = UNITS.iter().map(|u| (strsim::damerau_levenshtein(u.name, name), u.name)).min();
    match near {
        Some((distance, near)) if distance <= 1 + name.len() / 4 => format!("did you mean `{near}`?"),
        _ => format!("units: {}", UNITS.iter().map(|u| u.name).collect::<Vec<_>>().join(" ")),
    }
}

/// A value in base units as text; reading it again gives the same bits.
pub fn format_quantity(value: f64, dimension: Dimension) -> String {
    Quantity { value, unit: Unit::base(dimension) }.to_string()
}

/// A number as short as it can be and still read back as the same bits.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-4..1e7).contains(&size) { format!("{value:e}") } else { format!("{value}") }
}

/// How a unit is written in the name of a column: `mm3`, `per_day`, `pg_per_mL`; empty for a plain number.
pub fn suffix(unit: &str) -> String {
    // "1/day" and "/day" are one unit.
    let unit = unit.strip_prefix('1').filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(unit);
    let words = unit.replace('^', "").replace('/', "_per_").replace([' ', '*'], "_");
    words.trim_start_matches('_').to_string()
}

/// Name of a column: an id or a path, and the suffix of its unit unless that is its last word already. Letters in which
/// another word ends (`maximum` in um) are no suffix.
pub fn column(id: &str, unit: &str) -> String {
    let suffix = suffix(unit);
    let there = id.strip_suffix(&suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with(['_', '.']));
    if suffix.is_empty() || there { id.to_string() } else { format!("{id}_{suffix}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_name_their_unit_once() {
        let cases = [
            ("v", "mm^3", "v_mm3"),
            ("n", "1", "n"),
            ("n", "", "n"),
            ("slope", "1/day", "slope_per_day"),
            ("top", "/day", "top_per_day"),
            ("drug", "pg/mL", "drug_pg_per_mL"),
            ("dose", "10 mg", "dose_10_mg"),
            ("auc", "pM*day", "auc_pM_day"),
            ("peak_cells", "cells", "peak_cells"),
            ("dose.a.cells", "cells", "dose.a.cells"),
            ("cells", "cells", "cells"),
            ("maximum", "um", "maximum_um"),
            ("rate_per_day", "1/day", "rate_per_day"),
            ("today", "day", "today_day"),
        ];
        for (id, unit, name) in cases {
            assert_eq!(column(id, unit), name, "{id} in {unit:?}");
        }
    }
    use proptest::prelude::*;

    #[test]
    fn units_of_the_language_are_read_exactly() {
        let cases: &[(&str, f64, Dimension)] = &[
            ("4 um/min", 4.0, Dimension::SPEED),
            ("0.5 /day", 0.5 / 1440.0, Dimension::RATE),
            ("0.0432 /h", 0.0432 / 60.0, Dimension::RATE),
            ("6.5e-5 /s", 6.5e-5 * 60.0, Dimension::RATE),
            ("1e5 um^2/min", 1e5, Dimension::DIFFUSION),
            ("38 mmHg", 38.0, Dimension::PRESSURE),
            ("2e4 molecules/cell", 2e4, Dimension::PER_CELL),
            ("80 mm^3", 80e9, Dimension::VOLUME),
            ("2 mL", 2e12, Dimension::VOLUME),
            ("1 cells/uL", 1e-9, Dimension::CELL_DENSITY),
            ("1.3 m^2", 1.3e12, Dimension::AREA),
            ("-42 day", -60480.0, Dimension::TIME),
            ("22 g", 22.0 / 1e3, Dimension::MASS),
            ("7", 7.0, Dimension::NONE),
            ("3 1", 3.0, Dimension::NONE),
            ("1e8 cells/day", 1e8 / 1440.0, Dimension::CELLS.per(Dimension::TIME)),
            ("2 um*um / s", 120.0, Dimension::DIFFUSION),
            ("5 \u{b5}m", 5.0, Dimension::LENGTH),
        ];
        for (text, value, dimension) in cases {
            let (v, d) = parse_quantity(text).unwrap();
            assert_eq!((v, d), (*value, *dimension), "{text}");
        }
        let (picomolar, _) = parse_quantity("1 pM").unwrap();
        assert!((picomolar / 6.022_140_76e-4 - 1.0).abs() < 1e-12);
        assert_eq!(parse_quantity("1e3 nM").unwrap().1, parse_quantity("3 molecules/um^3").unwrap().1);
    }

    #[test]
    fn same_unit_keeps_the_written_number() {
        let unit = parse_unit("pM").unwrap();
        assert_eq!(quantity("0.1 pM").unwrap().to(&unit), 0.1);
        let nano = quantity("0.1 nM").unwrap().to(&unit);
        assert!((nano - 100.0).abs() < 1e-10);
    }

    #[test]
    fn errors_say_what_to_write() {
        let help = |t: &str| parse_quantity(t).unwrap_err().help.unwrap();
        assert_eq!(parse_quantity("4 dayy/min").unwrap_err().message, "unknown unit `dayy`");
        assert_eq!(help("4 dayy/min"), "did you mean `day`?");
        assert_eq!(help("4 um2/min"), "write powers as `um^2`");
        assert_eq!(help("4 %"), "write a share: 0.1 for 10 %");
        assert_eq!(help("0,5 /day"), "decimals have a point: 0.5");
        assert_eq!(help("4 Day"), "did you mean `day`? upper and lower case differ");
        assert_eq!(parse_quantity("fast").unwrap_err().message, "`fast` does not begin with a number");
        assert!(parse_quantity("1e999 um").unwrap_err().message.contains("too large"));
        assert!(parse_quantity("1 um^x").unwrap_err().message.contains("exponent"));
        assert!(parse_quantity("1 um//min").unwrap_err().message.contains("empty factor"));
        assert!(parse_quantity("nan um").is_err());
        assert_eq!(Dimension::RATE.describe(), "a rate (/day, /h, /min)");
    }

    #[test]
    fn unit_names_are_distinct() {
        for (i, a) in UNITS.iter().enumerate() {
            assert!(UNITS[..i].iter().all(|b| b.name != a.name), "{}", a.name);
        }
    }

    proptest! {
        #[test]
        fn text_reads_back_to_the_same_bits(value in proptest::num::f64::NORMAL, e in proptest::array::uniform6(-3i8..4)) {
            let dimension = Dimension::from_exponents(e);
            let (v, d) = parse_quantity(&format_quantity(value, dimension)).unwrap();
            prop_assert_eq!(v.to_bits(), value.to_bits());
            prop_assert_eq!(d, dimension);
        }
    }
}
