//! Cells placed on the lattice, and whether there is room for them.

use super::Compiler;
use super::regions::{EVERYWHERE, sites};
use super::triggers::about;
use crate::math;
use crate::model::{CellType, CellTypeId, Domain, Pattern, PlaceCells, Placement, Region, Scale, Trigger};
use crate::random::Purpose;
use crate::spec::reader::Reader;

impl<'a> Compiler<'a> {
    pub(super) fn read_places(&self, types: &[CellType]) -> Vec<PlaceCells> {
        let mut out = Vec::new();
        for (id, r) in self.things("place") {
            let found = self.place_cells(id, &r, types);
            if self.names.place.index(id).is_some() {
                out.extend(found);
            }
        }
        self.check_layers_hold(&out, types);
        out
    }

    fn place_cells(&self, id: &str, r: &Reader, types: &[CellType]) -> Option<PlaceCells> {
        let cell = r.name("cell").and_then(|(c, span)| self.names.cell_type.one(self.cx, c, span));
        let ways: Vec<&str> = ["count", "share", "file"].into_iter().filter(|k| r.has(k)).collect();
        if ways.len() != 1 {
            let given = if ways.is_empty() { String::new() } else { format!(", not {}", ways.join(" and ")) };
            self.cx.error(r.span, format!("{} needs one of `count`, `share` and `file`{given}", r.path), "");
        }
        if !self.has_domain {
            self.cx.error(
                r.span,
                format!("{}: there is no `domain` to place cells in", r.path),
                "[domain]\nsize = [\"1 mm\", \"1 mm\"]",
            );
        }
        if !r.has("file") && !r.has("cell") {
            self.cx.error(r.span, format!("{} needs `cell`: which cells", r.path), "");
        }
        let mut cells: Vec<CellTypeId> = cell.map(CellTypeId).into_iter().collect();
        let placement = if r.has("count") {
            r.quantity("count").map(Placement::Count)
        } else if r.has("share") {
            r.number("share").map(Placement::Share)
        } else {
            for key in ["region", "pattern"].into_iter().filter(|k| r.has("file") && r.has(k)) {
                let message = format!("{}: the file says where each cell is: it has no `{key}`", r.path);
                self.cx.error(r.key_span(key), message, format!("remove `{key}`"));
            }
            let rows = self.cell_table(r, cell.map(CellTypeId), types);
            if let Some(rows) = &rows {
                cells = rows.iter().map(|row| row.cell).collect();
                cells.sort_unstable();
                cells.dedup();
            }
            rows.map(Placement::Table)
        };
        if let Some(Placement::Count(count)) = placement {
            self.check_cells(r, "count", count);
        }
        let at = match r.has("at") {
            true => self.trigger(r, "at"),
            false => Some(Trigger::At(vec![self.clock.start])),
        };
        let region = self.region(r);
        let traits = self.override_traits(r, &cells, types);
        let pattern = if r.choice("pattern") == Some("packed") { Pattern::Packed } else { Pattern::Random };
        let place = PlaceCells {
            id: id.to_string(),
            purpose: Purpose::of(&format!("place.{id}")),
            cell: *cells.first()?,
            placement: placement?,
            region,
            pattern,
            traits,
            at: at?,
        };
        self.check_place_holds(r, &place);
        Some(place)
    }

    /// Sites of a region, where that is known before the run.
    pub(super) fn room(&self, region: &Region) -> Option<u128> {
        sites(region, &self.lattice()?)
    }

    /// Cells on the lattice that a place asks for, where that is known before the run; as the engine counts them.
    fn asked(&self, place: &PlaceCells) -> Option<f64> {
        let domain = self.domain.as_ref()?;
        match (&place.placement, &domain.scale, place.pattern) {
            (Placement::Table(rows), ..) => Some(rows.len() as f64),
            (Placement::Share(share), ..) => Some((share * self.room(&place.region)? as f64).round()),
            (Placement::Count(n), Scale::Whole, _) => Some(n.round()),
            (Placement::Count(n), Scale::Constant(w), _) => Some((n / w).round()),
            (Placement::Count(n), Scale::Section { .. }, Pattern::Packed) => {
                let r = math::cbrt(3.0 * n / (4.0 * std::f64::consts::PI));
                Some((std::f64::consts::PI * r * r).round())
            }
            // Divided by the weight at that time: at least what is left at the largest weight.
            (Placement::Count(n), Scale::Section { .. }, Pattern::Random) => {
                Some((n / largest_weight(domain)).floor())
            }
        }
    }

    fn check_place_holds(&self, r: &Reader, place: &PlaceCells) {
        let key = if r.has("count") { "count" } else { "share" };
        let (Some(n), Some(room)) = (self.asked(place), self.room(&place.region)) else { return };
        // A region without a site has its own message.
        if n > room as f64 && room > 0 && !r.has("file") {
            let message = format!(
                "{}: {} cells on the lattice do not fit into the {room} sites of the region",
                r.path,
                about(n)
            );
            let span = self.cx.blame(r.get(key), r.key_span(key));
            self.cx.error(span, message, "a smaller `count`, a larger region or a larger domain");
        }
    }

    /// Cells that are placed at one time into one layer must fit there together.
    fn check_layers_hold(&self, places: &[PlaceCells], types: &[CellType]) {
        let Some(room) = self.room(&EVERYWHERE) else { return };
        let once = |p: &PlaceCells| match &p.at {
            Trigger::At(times) if times.len() == 1 => Some(times[0]),
            _ => None,
        };
        let layer = |p: &PlaceCells| types.get(p.cell.index()).map(|c| c.layer);
        let mut told: Vec<usize> = Vec::new();
        for (i, first) in places.iter().enumerate() {
            let Some(time) = once(first) else { continue };
            if told.contains(&i) {
                continue;
            }
            let same: Vec<usize> = (i..places.len())
                .filter(|k| once(&places[*k]) == Some(time) && layer(&places[*k]) == layer(first))
                .collect();
            told.extend(&same);
            let n: f64 = same.iter().filter_map(|k| self.asked(&places[*k])).sum();
            let alone = |k: &usize| self.asked(&places[*k]).is_some_and(|n| n > room as f64);
            if n > room as f64 && !same.iter().any(alone) {
                let ids: Vec<String> = same.iter().map(|k| format!("place.{}", places[*k].id)).collect();
                let message = format!(
                    "{} put {} cells into one layer, which has {room} sites",
                    ids.join(" and "),
                    about(n)
                );
                let last = same.last().map_or(first, |k| &places[*k]);
                self.cx.error(self.at(&["place", &last.id]), message, "fewer cells, or a larger domain");
            }
        }
    }
}

/// A bound on how many cells of the animal a cell of the lattice can stand for: in a section twice the distance from the middle
/// of the slice to its corner.
pub fn largest_weight(domain: &Domain) -> f64 {
    match domain.scale {
        Scale::Whole => 1.0,
        Scale::Constant(w) => w,
        Scale::Section { .. } => {
            let [nx, ny] = [domain.lattice.nx, domain.lattice.ny].map(|n| n as f64);
            let w = (nx * nx + ny * ny).sqrt();
            if w > 1.0 { w } else { 1.0 }
        }
    }
}
