//! Regions: parts of the domain, which keys each shape reads, and how many sites it holds.

use super::Compiler;
use crate::lattice::Lattice;
use crate::model::{Region, Shape};
use crate::spec::reader::Reader;
use crate::spec::tree::Value;
use crate::units::{Dimension, number};

/// Shapes with the keys that they read.
const KEYS: &[(&str, Shape, &[&str])] = &[
    ("everywhere", Shape::Everywhere, &[]),
    ("disc", Shape::Disc, &["center", "radius"]),
    ("sphere", Shape::Sphere, &["center", "radius"]),
    ("box", Shape::Box, &["center", "size"]),
    ("shell", Shape::Shell, &["center", "radius", "inner"]),
    ("boundary", Shape::Boundary, &[]),
    ("near", Shape::Near, &["cells", "radius"]),
];

/// All sites.
pub const EVERYWHERE: Region = Region {
    shape: Shape::Everywhere,
    center: None,
    radius: None,
    inner: 0.0,
    size: [0.0; 3],
    cells: Vec::new(),
};

impl<'a> Compiler<'a> {
    /// The region of a table; everywhere where none is given.
    pub(super) fn region(&self, r: &Reader) -> Region {
        let Some(t) = r.table("region") else { return EVERYWHERE };
        let Some(name) = t.choice("shape") else { return EVERYWHERE };
        let Some((_, shape, keys)) = KEYS.iter().find(|k| k.0 == name) else { return EVERYWHERE };
        for (key, entry) in t.node.table().into_iter().flat_map(|t| &t.entries) {
            let known = KEYS.iter().any(|k| k.2.contains(&key.as_str()));
            if known && !keys.contains(&key.as_str()) {
                let help = match keys {
                    [] => "it has no keys but `shape`".to_string(),
                    _ => format!("its keys: {}", keys.join(", ")),
                };
                self.cx.error(entry.key, format!("{}: the shape {name} has no `{key}`", t.path), help);
            }
        }
        for key in ["size", "cells"].into_iter().filter(|k| keys.contains(k) && !t.has(k)) {
            self.cx.error(t.span, format!("{}: the shape {name} needs `{key}`", t.path), "");
        }
        let region = Region {
            shape: *shape,
            center: self.vector(&t, "center"),
            radius: t.quantity("radius"),
            inner: t.quantity("inner").unwrap_or(0.0),
            size: self.vector(&t, "size").unwrap_or([0.0; 3]),
            cells: self.types(&t, "cells"),
        };
        if region.radius.is_some_and(|outer| region.inner >= outer) {
            let message = format!("{}: `inner` must be below `radius`", t.path);
            self.cx.error(t.key_span("inner"), message, "");
        } else if !self.off_center(&t, &region)
            && let Some(l) = &self.lattice()
            && sites(&region, l) == Some(0)
            && (*shape != Shape::Box || t.has("size"))
        {
            let message = format!("{} holds no site of the domain of {}", t.path, edges(l));
            self.cx.error(t.span, message, FROM_CORNER);
        }
        region
    }

    /// Whether the center lies outside the domain, which is noted: a cap of a ball is rarely meant.
    fn off_center(&self, r: &Reader, region: &Region) -> bool {
        let (Some(l), Some(center), Some(node)) = (self.lattice(), region.center, r.get("center")) else {
            return false;
        };
        let axes = if l.nz == 1 { 2 } else { 3 };
        let within = |k: usize| (0.0..=[l.nx, l.ny, l.nz][k] as f64 * l.spacing).contains(&center[k]);
        let outside = !(0..axes).all(within);
        if outside {
            let given = center[..axes].iter().map(|c| number(*c)).collect::<Vec<_>>().join(" x ");
            let message =
                format!("{} at {given} um lies outside the domain of {}", r.what("center"), edges(&l));
            self.cx.error(self.cx.bare(node).span, message, FROM_CORNER);
        }
        outside
    }

    /// Two or three lengths as an array; in three dimensions all three are needed.
    fn vector(&self, r: &Reader, key: &str) -> Option<[f64; 3]> {
        let list = r.quantities(key, Dimension::LENGTH)?;
        match list[..] {
            [x, y, z] => return Some([x, y, z]),
            [x, y] if self.lattice().is_none_or(|l| l.nz == 1) => return Some([x, y, 0.0]),
            _ => {}
        }
        let node = r.get(key)?;
        let count = matches!(&self.cx.bare(node).value, Value::Array(_)).then_some(list.len()).unwrap_or(0);
        let wanted =
            if list.len() == 2 { "three lengths in three dimensions" } else { "two or three lengths" };
        self.cx.error(node.span, format!("`{}.{key}` needs {wanted}, not {count}", r.path), "");
        None
    }
}

const FROM_CORNER: &str = "lengths count from the corner of the domain";

/// The edges of a lattice, as messages name them.
fn edges(l: &Lattice) -> String {
    let edges = [l.nx, l.ny, l.nz].map(|n| number(n as f64 * l.spacing));
    format!("{} um", if l.nz == 1 { edges[..2].join(" x ") } else { edges.join(" x ") })
}

/// Number of sites of a region; none where it depends on where cells are.
pub fn sites(region: &Region, l: &Lattice) -> Option<u128> {
    let n = [l.nx, l.ny, l.nz];
    let all = n.iter().map(|n| *n as u128).product();
    let center = region.center.unwrap_or_else(|| n.map(|n| n as f64 * l.spacing / 2.0));
    let axes = if l.nz == 1 { 2 } else { 3 };
    let axis = |k: usize| Axis::new(n[k], center[k], l.spacing);
    // A disc is a cylinder: axes that do not count are full.
    let ball = |axes: usize, radius: f64| {
        let full = n[axes..].iter().map(|n| *n as u128).product::<u128>();
        ball((0..axes).map(axis).collect(), radius / l.spacing) * full
    };
    let round = |axes: usize| region.radius.map_or(all, |r| ball(axes, r));
    match region.shape {
        Shape::Everywhere => Some(all),
        Shape::Disc => Some(round(2)),
        Shape::Sphere => Some(round(axes)),
        // The inner border belongs to the shell.
        Shape::Shell => {
            let hole = if region.inner > 0.0 { ball(axes, region.inner * (1.0 - 1e-6)) } else { 0 };
            Some(round(axes).saturating_sub(hole))
        }
        Shape::Box => Some((0..axes).map(|k| axis(k).count(region.size[k] / 2.0 / l.spacing)).product()),
        Shape::Boundary => {
            let inner: u128 = n[..axes].iter().map(|n| n.saturating_sub(2) as u128).product();
            Some(all - inner)
        }
        Shape::Near => None,
    }
}

/// One edge of the domain in sites: how many there are, and where the middle of the region lies among them.
#[derive(Clone, Copy)]
struct Axis {
    n: usize,
    middle: f64,
}

impl Axis {
    fn new(n: usize, center: f64, spacing: f64) -> Axis {
        Axis { n, middle: center / spacing - 0.5 }
    }

    /// First and last site within a distance; borders count, also where rounding moved them.
    fn reach(self, distance: f64) -> Option<(usize, usize)> {
        let slack = distance * 1e-9;
        let low = (self.middle - distance - slack).ceil();
        let high = (self.middle + distance + slack).floor();
        let low = if low > 0.0 { low } else { 0.0 };
        let last = self.n as f64 - 1.0;
        let high = if high < last { high } else { last };
        (low <= high).then_some((low as usize, high as usize))
    }

    fn count(self, distance: f64) -> u128 {
        self.reach(distance).map_or(0, |(low, high)| (high - low) as u128 + 1)
    }
}

/// Sites of a ball over these axes, counted row by row along the longest.
fn ball(mut axes: Vec<Axis>, radius: f64) -> u128 {
    axes.sort_by_key(|a| std::cmp::Reverse(a.n));
    rows(&axes, radius * radius)
}

fn rows(axes: &[Axis], squared: f64) -> u128 {
    let [rest @ .., last] = axes else { return 1 };
    let radius = squared.sqrt();
    if rest.is_empty() {
        return last.count(radius);
    }
    let Some((low, high)) = last.reach(radius) else { return 0 };
    let left = |i: usize| squared - (i as f64 - last.middle) * (i as f64 - last.middle);
    (low..=high).map(|i| rows(rest, if left(i) > 0.0 { left(i) } else { 0.0 })).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(shape: Shape, n: [usize; 3], radius: f64, inner: f64, center: Option<[f64; 3]>) -> u128 {
        let [nx, ny, nz] = n;
        let l = Lattice { nx, ny, nz, spacing: 20.0 };
        let radius = (radius > 0.0).then_some(radius);
        sites(&Region { shape, radius, inner, center, ..EVERYWHERE }, &l).unwrap()
    }

    /// The numbers of the engine's own test of the same shapes.
    #[test]
    fn shapes_hold_as_many_sites_as_in_the_engine() {
        let (flat, cube) = ([5, 5, 1], [5, 5, 5]);
        assert_eq!(count(Shape::Everywhere, cube, 0.0, 0.0, None), 125);
        assert_eq!(count(Shape::Disc, flat, 20.0, 0.0, None), 5);
        assert_eq!(count(Shape::Disc, cube, 20.0, 0.0, None), 25);
        assert_eq!(count(Shape::Sphere, flat, 20.0, 0.0, None), 5);
        assert_eq!(count(Shape::Sphere, cube, 20.0, 0.0, None), 7);
        assert_eq!(count(Shape::Sphere, cube, 0.0, 0.0, None), 125);
        assert_eq!(count(Shape::Shell, cube, 30.0, 20.0, None), 18);
        assert_eq!(count(Shape::Boundary, flat, 0.0, 0.0, None), 16);
        assert_eq!(count(Shape::Boundary, cube, 0.0, 0.0, None), 98);
        assert_eq!(count(Shape::Disc, flat, 20.0, 0.0, Some([10.0, 10.0, 0.0])), 3);
        assert_eq!(count(Shape::Disc, flat, 20.0, 0.0, Some([500.0, 10.0, 0.0])), 0);
        // A box of 4e9 sites is counted in no time.
        let large = count(Shape::Sphere, [1587, 1587, 1587], 10_000.0, 0.0, None);
        assert!(
            (large as f64 / (4.0 / 3.0 * std::f64::consts::PI * 500f64 * 500.0 * 500.0) - 1.0).abs() < 1e-4
        );
        assert_eq!(count(Shape::Disc, [1, 1 << 31, 1], 40.0, 0.0, None), 4);
    }
}
