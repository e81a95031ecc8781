//! Traits and antigens, and the values of them that types, places and products give to cells.

use super::Compiler;
use super::draws::read_draw;
use super::gauge::Gauge;
use super::interactions::carries;
use crate::model::{CellType, CellTypeId, Inherit, Mutation, Trait, TraitId};
use crate::random::Draw;
use crate::spec::reader::Reader;
use crate::spec::tree::{Node, Span};
use crate::units::Unit;
use std::collections::BTreeMap;

impl<'a> Compiler<'a> {
    /// Traits and antigens in one list, in order of id.
    pub(super) fn read_traits(&mut self) {
        let mut readers: Vec<(&str, Reader, bool)> = Vec::new();
        readers.extend(self.things("antigen").into_iter().map(|(id, r)| (id, r, true)));
        readers.extend(self.things("trait").into_iter().map(|(id, r)| (id, r, false)));
        readers.retain(|(id, _, _)| self.names.traits.index(id).is_some());
        readers.sort_by_key(|(id, _, _)| *id);
        // An id that is both has its own message, and is taken for the antigen, which is also a trait.
        readers.dedup_by_key(|(id, _, _)| *id);
        self.trait_units =
            readers.iter().map(|(_, r, _)| self.unit(r, "unit").unwrap_or_else(Unit::one)).collect();
        for (i, (id, r, antigen)) in readers.iter().enumerate() {
            let unit = self.trait_units[i].clone();
            let (presented_by, presented_at) = if *antigen { self.presenter(r) } else { (None, 1.0) };
            let min = r.in_unit("min", &unit).unwrap_or(0.0);
            let max = r.in_unit("max", &unit);
            if max.is_some_and(|m| m < min) {
                self.cx.error(r.key_span("max"), format!("`{}`: max is below min", r.path), "");
            }
            let bounds = Bounds { min, max, unit: &unit };
            let initial = match r.get("initial") {
                Some(node) => {
                    let what = r.what("initial");
                    let read = read_draw(self.cx, node, &what, &Gauge::unit(unit.clone()));
                    read.inspect(|draw| self.within_bounds(&bounds, draw, node, &what))
                }
                None => None,
            }
            .unwrap_or_else(|| Draw::constant(0.0));
            let mutation = r.table("mutation").and_then(|m| {
                let to = m.in_unit("to", &unit)?;
                if let Some(node) = m.get("to") {
                    self.within_bounds(&bounds, &Draw::constant(to), node, &m.what("to"));
                }
                Some(Mutation { probability: m.number("probability")?, to })
            });
            self.traits.push(Trait {
                id: (*id).to_string(),
                unit: unit.text.clone(),
                antigen: *antigen,
                kind_of: self.names.traits.parents.get(*id).cloned().unwrap_or_default(),
                initial,
                min,
                max,
                inherit: match r.choice("inherit") {
                    Some("split") => Inherit::Split,
                    Some("reset") => Inherit::Reset,
                    Some("redraw") => Inherit::Redraw,
                    Some("increment") => Inherit::Increment,
                    _ => Inherit::Copy,
                },
                jitter: r.number("jitter").unwrap_or(0.0),
                mutation,
                presented_by,
                presented_at,
            });
        }
    }

    fn presenter(&self, r: &Reader) -> (Option<TraitId>, f64) {
        let Some((name, span)) = r.name("presented_by") else {
            if r.has("presented_at") {
                let message = format!("`{}.presented_at` needs `presented_by`: whose value it is", r.path);
                self.cx.error(r.key_span("presented_at"), message, "");
            }
            return (None, 1.0);
        };
        let index = self.names.traits.one(self.cx, name, span);
        let at = index.and_then(|i| r.in_unit("presented_at", self.trait_units.get(usize::from(i))?));
        (index.map(TraitId), at.unwrap_or(1.0))
    }

    /// Traits and antigens that a cell type carries, in order of trait.
    pub(super) fn own_traits(&self, r: &Reader) -> Vec<(TraitId, Draw)> {
        self.drawn_traits(r, |_, _, _| true)
    }

    /// What a place or a part of a product says in place of what the types of its cells say: only what one of them
    /// carries, since a cell has no room for the rest. `cells` are all types that can come of them.
    pub(super) fn override_traits(
        &self,
        r: &Reader,
        cells: &[CellTypeId],
        types: &[CellType],
    ) -> Vec<(TraitId, Draw)> {
        let known: Vec<&CellType> = cells.iter().filter_map(|c| types.get(c.index())).collect();
        self.drawn_traits(r, |what, indices, span| {
            let carried = |t: &u16| known.iter().any(|c| carries(c, TraitId(*t)));
            if !known.is_empty() && !indices.iter().any(carried) {
                self.not_carried(what, &known, TraitId(indices[0]), span);
            }
            known.is_empty() || indices.iter().any(carried)
        })
        .into_iter()
        .filter(|(t, _)| known.is_empty() || known.iter().any(|c| carries(c, *t)))
        .collect()
    }

    /// Says that no cell of these types has a trait, and how to give it to them.
    fn not_carried(&self, what: &str, types: &[&CellType], of: TraitId, span: Span) {
        let names: Vec<String> = types.iter().map(|c| format!("`{}`", c.id)).collect();
        let who = match &names[..] {
            [one] => format!("{one} does not carry it"),
            all => format!("none of {} carries it", all.join(", ")),
        };
        let message = format!("{what}: {who}");
        self.cx.error(span, message, self.carry_help(&types[0].id, of));
    }

    /// How to make a type carry a trait.
    pub(super) fn carry_help(&self, cell: &str, of: TraitId) -> String {
        let t = &self.traits[of.index()];
        let key = if t.antigen { "antigens" } else { "traits" };
        let zero = if t.unit == "1" { "0".to_string() } else { format!("\"0 {}\"", t.unit) };
        format!("add it to the type: cell_type.{cell}.{key} = {{ {} = {zero} }}", t.id)
    }

    /// Values of the tables `traits` and `antigens`, kinds of an abstract antigen each; in order of trait. `wanted` says
    /// of each entry whether it may stand.
    fn drawn_traits(&self, r: &Reader, wanted: impl Fn(&str, &[u16], Span) -> bool) -> Vec<(TraitId, Draw)> {
        let mut out = BTreeMap::new();
        for key in ["traits", "antigens"] {
            let mut entries = r.entries(key);
            // A kind written out wins over what its parent says for all kinds.
            entries.sort_by_key(|(name, _)| self.names.traits.index(name).is_some());
            for (name, entry) in entries {
                let what = format!("`{}.{key}.{name}`", r.path);
                if key == "antigens" && !self.names.antigen.knows(name) && self.names.traits.knows(name) {
                    let message = format!("{what}: `{name}` is a trait, not an antigen");
                    self.cx.error(entry.key, message, "it belongs in `traits`");
                    continue;
                }
                let Some(list) = self.names.traits.resolve(self.cx, name, entry.key) else { continue };
                if !list.is_empty() && !wanted(&what, list, entry.key) {
                    continue;
                }
                for index in list {
                    let gauge = self.trait_gauge(usize::from(*index));
                    if let Some(draw) = read_draw(self.cx, &entry.node, &what, &gauge) {
                        self.check_value(TraitId(*index), &draw, &entry.node, &what);
                        out.insert(TraitId(*index), draw);
                    }
                }
            }
        }
        out.into_iter().collect()
    }

    /// Notes a value of a trait that its bounds exclude.
    pub(super) fn check_value(&self, of: TraitId, draw: &Draw, node: &Node, what: &str) {
        let (Some(t), Some(unit)) = (self.traits.get(of.index()), self.trait_units.get(of.index())) else {
            return;
        };
        self.within_bounds(&Bounds { min: t.min, max: t.max, unit }, draw, node, what);
    }

    /// Cells' values are clamped to the bounds of their trait: one that lies outside, or a distribution of which nothing
    /// lies within, would never be what is written.
    fn within_bounds(&self, bounds: &Bounds, draw: &Draw, node: &Node, what: &str) {
        let [low, high] = draw.support();
        if let Some(words) = bounds.exclude(low, high) {
            self.cx.wrong(node, format!("{what} is {words}"), "");
        }
    }
}

/// Bounds of a trait.
pub(super) struct Bounds<'a> {
    pub min: f64,
    pub max: Option<f64>,
    pub unit: &'a Unit,
}

impl Bounds<'_> {
    /// Which bound a range of values lies beyond, in words.
    pub fn exclude(&self, low: f64, high: f64) -> Option<String> {
        let value = |v: f64| crate::units::Quantity { value: v, unit: self.unit.clone() };
        match self.max {
            _ if high < self.min => Some(format!("below the trait's min of {}", value(self.min))),
            Some(max) if low > max => Some(format!("above the trait's max of {}", value(max))),
            _ => None,
        }
    }
}
