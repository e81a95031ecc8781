//! Which units a value may be written in where that follows from other entries, and the number it becomes.

use crate::model::{Species, Substrate};
use crate::spec::reader::{Context, Reader};
use crate::spec::tree::Node;
use crate::units::{Dimension, Quantity, Unit, parse_unit, quantity};

/// Accepted units, each with the factor from it to the model's own number.
#[derive(Clone, Debug)]
pub struct Gauge {
    units: Vec<(Unit, f64)>,
    /// What would have to be known for masses.
    masses: Option<String>,
}

impl Gauge {
    pub fn unit(unit: Unit) -> Gauge {
        Gauge::scaled(unit, 1.0)
    }

    fn scaled(unit: Unit, factor: f64) -> Gauge {
        Gauge { units: vec![(unit, factor)], masses: None }
    }

    /// Base units of one dimension.
    pub fn base(dimension: Dimension) -> Gauge {
        Gauge::unit(Unit::base(dimension))
    }

    pub fn plain() -> Gauge {
        Gauge::unit(Unit::one())
    }

    /// Also this unit, with a factor.
    pub fn or(mut self, unit: Unit, factor: f64) -> Gauge {
        if self.units.iter().all(|(u, _)| u.dimension != unit.dimension || u.is_ratio() != unit.is_ratio()) {
            self.units.push((unit, factor));
        }
        self
    }

    /// The accepted unit that a written one is counted in. A ratio of two units of one kind (mg/kg) has the dimension of
    /// a plain number and is none where both are accepted; a plain number is never a ratio.
    fn like(&self, written: &Unit) -> Option<&(Unit, f64)> {
        let same = |(u, _): &&(Unit, f64)| u.dimension == written.dimension;
        let alike = self.units.iter().find(|e| same(e) && e.0.is_ratio() == written.is_ratio());
        alike.or_else(|| self.units.iter().find(|e| same(e) && !e.0.is_ratio()))
    }

    /// Whether a written unit is one of these per a unit of a dimension.
    pub fn is_per(&self, written: &Unit, dimension: Dimension) -> bool {
        let per = |u: &Unit| u.dimension.per(dimension) == written.dimension;
        self.units.iter().any(|(u, _)| per(u)) && (written.dimension != Dimension::NONE || written.is_ratio())
    }

    /// Every number times a factor.
    pub fn times(mut self, factor: f64) -> Gauge {
        self.units.iter_mut().for_each(|(_, f)| *f *= factor);
        self
    }

    /// Units accepted here, with a factor, per something else.
    pub fn per(&self, text: &str, factor: f64) -> Vec<(Unit, f64)> {
        self.units
            .iter()
            .filter_map(|(u, f)| parse_unit(&format!("{}/{text}", u.text)).ok().map(|u| (u, f * factor)))
            .collect()
    }

    pub fn and(self, more: Vec<(Unit, f64)>) -> Gauge {
        more.into_iter().fold(self, |g, (u, f)| g.or(u, f))
    }

    /// The first unit: the one the model's tables name.
    pub fn first(&self) -> &Unit {
        &self.units[0].0
    }

    /// The model's number of one of the first unit.
    pub fn factor(&self) -> f64 {
        self.units[0].1
    }

    /// The model's number for a written value; a wrong dimension is noted.
    pub fn read(&self, cx: &Context, node: &Node, what: &str) -> Option<f64> {
        let written = cx.bare(node).text().and_then(|t| quantity(t).ok());
        if let Some(q) = &written
            && q.unit.is_ratio()
            && let Some((unit, factor)) = self.like(&q.unit)
        {
            return Some(q.to(unit) * factor);
        }
        let dimensions: Vec<Dimension> =
            self.units.iter().filter(|(u, _)| !u.is_ratio()).map(|(u, _)| u.dimension).collect();
        if let Some(missing) = &self.masses
            && let Some(given) = &written
            && given.unit.dimension == Dimension::MASS
            && !dimensions.contains(&Dimension::MASS)
        {
            cx.wrong(node, format!("{what} cannot be a mass here"), missing.clone());
            return None;
        }
        let found = cx.quantity(node, what, &dimensions)?;
        let (unit, factor) = self.like(&found.unit)?;
        Some(found.to(unit) * factor)
    }
}

impl Gauge {
    /// The model's number for a key of a table, within the range of its field.
    pub fn field(&self, r: &Reader, key: &str) -> Option<f64> {
        let node = r.get(key)?;
        let value = self.read(r.cx, node, &r.what(key))?;
        r.checked(key, node, value)
    }

    /// A number of the model as it would be written in the unit of another value: `0.7 /day`.
    pub fn written(&self, cx: &Context, value: f64, like: &Node) -> String {
        let like = cx.bare(like);
        let unit = like.text().and_then(|t| quantity(t).ok()).map_or_else(Unit::one, |q| q.unit);
        let (own, factor) = self.like(&unit).unwrap_or(&self.units[0]);
        let value = Quantity { value: value / factor, unit: own.clone() }.to(&unit);
        // Twelve digits hide what the way through the model's units rounds.
        let value = format!("{value:.11e}").parse().unwrap_or(value);
        Quantity { value, unit }.to_string()
    }
}

/// The unit of a substrate, parsed; it was checked when the substrate was read.
pub fn unit_of(substrate: &Substrate) -> Unit {
    parse_unit(&substrate.unit).unwrap_or_else(|_| Unit::one())
}

/// Amounts of a substrate in a compartment: molecules where the unit is molar or a mass, a mass where the molar mass
/// is known, and for every substrate the level it makes in the compartment's volume.
pub fn substrate_amount(substrate: &Substrate, molar_mass: Option<f64>, volume: Option<f64>) -> Gauge {
    let unit = unit_of(substrate);
    let level = volume.map(|v| (unit.clone(), v * substrate.amount_per_unit));
    let molecules = unit.dimension == Dimension::MOLAR || molar_mass.is_some();
    let mut gauge = match (molecules, unit.dimension == Dimension::MASS_DENSITY, &level) {
        (true, _, _) => Gauge::base(Dimension::MOLECULES),
        (false, true, _) => Gauge::scaled(Unit::base(Dimension::MASS), 1.0 / unit.factor()),
        (false, false, Some((unit, factor))) => Gauge::scaled(unit.clone(), *factor),
        (false, false, None) => Gauge::unit(unit.clone()),
    };
    match molar_mass {
        Some(mass) => gauge = gauge.or(Unit::base(Dimension::MASS), 1.0 / mass),
        None => {
            gauge.masses =
                Some(format!("masses need substrate.{}.molar_mass, as in \"17 kDa\"", substrate.id));
        }
    }
    match level {
        Some((unit, factor)) => gauge.or(unit, factor),
        None => gauge,
    }
}

/// What is known of a species to gauge its amounts.
pub fn amount(
    species: Species,
    substrates: &[Substrate],
    molar_mass: &[Option<f64>],
    volume: Option<f64>,
) -> Gauge {
    match species {
        Species::Cell(_) => Gauge::base(Dimension::CELLS),
        Species::Antigen(_) => Gauge::base(Dimension::MOLECULES),
        Species::Substrate(s) => substrate_amount(&substrates[s.index()], molar_mass[s.index()], volume),
    }
}
