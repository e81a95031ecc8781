//! Flows between compartments and across the border of the tissue.

use super::Compiler;
use super::gauge::Gauge;
use super::interactions::carries;
use crate::field::SolverKind;
use crate::model::{
    CellType, CompartmentId, Flow, FlowKind, FlowPlace, Origin, ProductId, Species, Substrate, SubstrateId,
    TraitId,
};
use crate::random::Purpose;
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::spec::tree::Span;
use crate::units::Dimension;

/// Which ends a kind of flow needs: from and to, each `p` pool, `t` tissue, `-` nothing, `?` a pool or nothing.
const ENDS: &[(&str, FlowKind, char, char)] = &[
    ("move", FlowKind::Move, 'p', 'p'),
    ("grow", FlowKind::Grow, 'p', '-'),
    ("lose", FlowKind::Lose, 'p', '-'),
    ("make", FlowKind::Make, '?', 'p'),
    ("enter", FlowKind::Enter, 'p', 't'),
    ("leave", FlowKind::Leave, 't', 'p'),
    ("exchange", FlowKind::Exchange, '*', '*'),
];

/// Keys that only some kinds read, with these kinds.
const KEYS: &[(&str, &[&str])] = &[
    ("yield", &["move", "make", "leave"]),
    ("delay", &["move", "make", "leave"]),
    ("stages", &["move", "make", "leave"]),
    ("origin", &["move", "grow", "lose", "make", "enter", "leave"]),
    ("capacity", &["grow"]),
    ("shared", &["grow"]),
    ("via", &["enter", "exchange"]),
    ("carry", &["leave"]),
];

impl<'a> Compiler<'a> {
    pub(super) fn read_flows(&self, types: &[CellType]) -> Vec<Flow> {
        let mut out = Vec::new();
        for (id, r) in self.things("flow") {
            self.mechanism(&r);
            let partial = r.get("abstract").is_some() && self.names.flow.index(id).is_none();
            let ends = r.choice("kind").and_then(|k| ENDS.iter().find(|e| e.0 == k));
            let Some((name, kind, from_end, to_end)) = ends.copied() else { continue };
            let from = self.place(&r, "from");
            let to = self.place(&r, "to");
            if partial {
                continue;
            }
            let fits = self.end(&r, name, "from", &from, from_end) & self.end(&r, name, "to", &to, to_end);
            if !fits {
                continue;
            }
            let kind =
                if kind == FlowKind::Exchange { self.exchange(&r, &from, &to, types) } else { Some(kind) };
            let Some(kind) = kind else { continue };
            self.own_keys(&r, name, &from, &to);
            let via = self.types(&r, "via");
            self.species_match(&r, kind, &from, &to, types);
            let gauge = self.flow_gauge(kind, &from, &to);
            let base = match r.get("rate") {
                Some(node) => gauge.read(self.cx, node, &format!("`{}.rate`", r.path)).unwrap_or(0.0),
                None => 0.0,
            };
            if base < 0.0 {
                let help = "a loss is its own kind: lose";
                let span = r.get("rate").map_or(r.span, |n| self.cx.bare(n).span);
                self.cx.error(span, format!("`{}.rate` must not be negative", r.path), help);
            }
            let address = format!("flow.{id}");
            let rate = self.law(&address, None, base, &gauge);
            let capacity = r.quantity("capacity");
            let shared = if r.has("shared") {
                self.types(&r, "shared").into_iter().map(Species::Cell).collect()
            } else if capacity.is_some() {
                from.species().to_vec()
            } else {
                Vec::new()
            };
            let carry = if r.bool("carry") { self.carried(&from, types) } else { Vec::new() };
            if r.bool("carry") && carry.is_empty() && kind == FlowKind::Leave {
                let message = format!("{}: what leaves carries no antigen", r.path);
                self.cx.error(r.key_span("carry"), message, "remove `carry`, or give the type `antigens`");
            }
            if self.names.flow.index(id).is_none() {
                continue;
            }
            out.push(Flow {
                id: id.to_string(),
                purpose: Purpose::of(&address),
                kind,
                origin: self.origin(&r),
                rate,
                yield_: r.number("yield").unwrap_or(1.0),
                delay: r.quantity("delay").unwrap_or(0.0),
                stages: r.whole("stages").unwrap_or(4) as u32,
                capacity,
                shared,
                via,
                carry,
                from,
                to,
            });
        }
        out
    }

    /// Keys that only some kinds of flow read, and keys that need another one.
    fn own_keys(&self, r: &Reader, kind: &str, from: &FlowPlace, to: &FlowPlace) {
        for (key, kinds) in KEYS {
            if r.has(key) && !kinds.contains(&kind) {
                let message = format!("{}: a flow of kind {kind} has no `{key}`", r.path);
                self.cx.error(r.key_span(key), message, format!("`{key}` goes with: {}", kinds.join(", ")));
            }
        }
        if ["enter", "exchange"].contains(&kind) && !r.has("via") {
            self.cx.error(r.span, format!("{} needs `via`: the cells that are its door", r.path), "");
        }
        for (key, needs) in [("stages", "delay"), ("shared", "capacity")] {
            let goes = KEYS.iter().any(|(k, kinds)| *k == key && kinds.contains(&kind));
            if goes && r.has(key) && !r.has(needs) {
                let message = format!("{}: nothing reads `{key}` without `{needs}`", r.path);
                self.cx.error(r.key_span(key), message, format!("give it a `{needs}`, or remove `{key}`"));
            }
        }
        // A source without `from` makes cells of an origin; molecules have none.
        let cells = |place: &FlowPlace| place.species().iter().any(|s| matches!(s, Species::Cell(_)));
        let some = |place: &FlowPlace| !place.species().is_empty();
        if r.has("origin")
            && kind != "exchange"
            && (some(from) || some(to))
            && !cells(from)
            && (some(from) || !cells(to))
        {
            let message = format!("{}: only cells have an origin", r.path);
            self.cx.error(r.key_span("origin"), message, "remove `origin`");
        }
    }

    /// `native` or a product.
    pub(super) fn origin(&self, r: &Reader) -> Option<Origin> {
        let (name, span) = r.name("origin")?;
        if name == "native" {
            return Some(Origin::NATIVE);
        }
        self.names.product.one(self.cx, name, span).map(|p| Origin::of(ProductId(p)))
    }

    /// One end of a flow: `place.species`.
    fn place(&self, r: &Reader, key: &str) -> FlowPlace {
        let Some((text, span)) = r.name(key) else { return FlowPlace::Outside };
        let Some((place, name)) = text.split_once('.') else {
            let message = format!("`{}.{key}` must be place.species, not `{text}`", r.path);
            self.cx.error(span, message, "for example \"blood.monocyte\" or \"tissue.tam\"");
            return FlowPlace::Outside;
        };
        let species = self.species(name, span);
        if place == "tissue" {
            return FlowPlace::Tissue { species };
        }
        match self.names.compartment.index(place) {
            Some(c) => FlowPlace::Pool { compartment: CompartmentId(c), species },
            None => {
                let help = suggest(place, self.names.compartment.names().chain(["tissue"]));
                self.cx.error(span, format!("no compartment `{place}`"), help);
                FlowPlace::Pool { compartment: CompartmentId(0), species: Vec::new() }
            }
        }
    }

    /// Whether an end is of the sort its kind of flow needs.
    fn end(&self, r: &Reader, kind: &str, key: &str, place: &FlowPlace, wanted: char) -> bool {
        let given = match place {
            FlowPlace::Pool { .. } => 'p',
            FlowPlace::Tissue { .. } => 't',
            FlowPlace::Outside => '-',
        };
        if wanted == '*' || given == wanted || (wanted == '?' && given != 't') {
            return true;
        }
        // A malformed end has its own message.
        if given == '-' && r.has(key) {
            return false;
        }
        let message = match wanted {
            'p' | '?' if given == 't' => {
                format!("{}: `{key}` of a {kind} flow is a compartment, not the tissue", r.path)
            }
            'p' => format!("{} needs `{key}`: a {kind} flow has a compartment there", r.path),
            't' => format!("{}: `{key}` of a flow of kind {kind} must be tissue.SPECIES", r.path),
            _ => format!("{}: a {kind} flow has no `{key}`", r.path),
        };
        self.cx.error(r.key_span(key), message, "");
        false
    }

    /// An exchange has one pool and the tissue, and one substrate with a field.
    fn exchange(
        &self,
        r: &Reader,
        from: &FlowPlace,
        to: &FlowPlace,
        _types: &[CellType],
    ) -> Option<FlowKind> {
        let sides = matches!(
            (from, to),
            (FlowPlace::Tissue { .. }, FlowPlace::Pool { .. })
                | (FlowPlace::Pool { .. }, FlowPlace::Tissue { .. })
        );
        if !sides {
            let message = format!("{}: an exchange runs between the tissue and one compartment", r.path);
            self.cx.error(r.span, message, "from = \"tissue.X\", to = \"blood.X\"");
            return None;
        }
        for species in from.species() {
            match species {
                Species::Substrate(s) => {
                    let Substrate { id, diffusion, solver, .. } = &self.substrates[s.index()];
                    if diffusion.is_none() {
                        let message = format!("{}: `{id}` has no field on the lattice", r.path);
                        self.cx.error(r.span, message, "give it a `diffusion`");
                    } else if *solver == SolverKind::QuasiSteady {
                        let message = format!(
                            "{}: the field of `{id}` is quasi-steady: it stores nothing, so that an exchange \
                             with a compartment cannot conserve it",
                            r.path
                        );
                        self.cx.error(r.span, message, format!("substrate.{id}.solver = \"implicit\""));
                    }
                }
                _ => self.cx.error(
                    r.span,
                    format!("{}: only substrates are exchanged", r.path),
                    "cells enter and leave",
                ),
            }
        }
        Some(FlowKind::Exchange)
    }

    /// What comes out must be of the sort that goes in.
    fn species_match(
        &self,
        r: &Reader,
        kind: FlowKind,
        from: &FlowPlace,
        to: &FlowPlace,
        types: &[CellType],
    ) {
        let (a, b) = (from.species(), to.species());
        let cell = |s: &Species| matches!(s, Species::Cell(_));
        if matches!(kind, FlowKind::Enter | FlowKind::Leave) && !a.iter().chain(b).all(cell) {
            self.cx.error(
                r.span,
                format!("{}: only cells enter and leave", r.path),
                "substrates are exchanged",
            );
        }
        if kind == FlowKind::Exchange && a != b {
            self.cx.error(r.span, format!("{}: both ends of an exchange are one substrate", r.path), "");
        }
        if matches!(kind, FlowKind::Move | FlowKind::Enter | FlowKind::Leave)
            && !a.is_empty()
            && !b.is_empty()
        {
            if a.iter().any(cell) != b.iter().any(cell) {
                self.cx.error(
                    r.span,
                    format!("{}: cells cannot become molecules", r.path),
                    "write a make flow",
                );
            }
            if b.len() > 1 && a != b {
                let message = format!(
                    "{}: `to` names several kinds, so that it is not clear which one arrives",
                    r.path
                );
                self.cx.error(r.key_span("to"), message, "name one kind");
            }
            let clones = |s: &Species| match s {
                Species::Cell(c) => self.clones(&types[c.index()]),
                _ => 1,
            };
            let lost = a.iter().any(|x| clones(x) > 1 && b.iter().any(|y| clones(y) != clones(x)));
            if lost {
                let message =
                    format!("{}: clonal cells cannot become cells without that clonal receptor", r.path);
                self.cx.error(r.key_span("to"), message, "the clone would be lost");
            }
        }
    }

    /// Units of the rate: per time, or what is made per time.
    fn flow_gauge(&self, kind: FlowKind, from: &FlowPlace, to: &FlowPlace) -> Gauge {
        let rate = Gauge::base(Dimension::RATE);
        let FlowPlace::Pool { compartment, species } = to else { return rate };
        let Some(made) = species.first() else { return rate };
        if kind != FlowKind::Make {
            return rate;
        }
        let amount = self.amount_gauge(*made, Some(*compartment));
        let same = from.species().first().is_some_and(|s| sort(*s) == sort(*made));
        match from.species().first() {
            // Like from like: per time.
            Some(_) if same => rate,
            Some(Species::Cell(_)) => {
                let per_cell = amount.per("cell/min", 1.0);
                from_list(amount.per("min", 1.0)).map_or(rate, |g| g.and(per_cell))
            }
            Some(_) => rate,
            None => from_list(amount.per("min", 1.0)).unwrap_or(rate),
        }
    }

    fn carried(&self, from: &FlowPlace, types: &[CellType]) -> Vec<TraitId> {
        let cells: Vec<&CellType> = from
            .species()
            .iter()
            .filter_map(|s| match s {
                Species::Cell(c) => Some(&types[c.index()]),
                _ => None,
            })
            .collect();
        (0..self.traits.len())
            .map(|t| TraitId(t as u16))
            .filter(|t| self.traits[t.index()].antigen && cells.iter().any(|c| carries(c, *t)))
            .collect()
    }

    /// A substrate or a compartment by the names of an observable or dose.
    pub(super) fn substrate(&self, r: &Reader, key: &str) -> Option<SubstrateId> {
        let (name, span): (&str, Span) = r.name(key)?;
        self.names.substrate.one(self.cx, name, span).map(SubstrateId)
    }
}

fn from_list(list: Vec<(crate::units::Unit, f64)>) -> Option<Gauge> {
    let mut list = list.into_iter();
    let (unit, factor) = list.next()?;
    Some(Gauge::unit(unit).times(factor).and(list.collect()))
}

/// Cells, a substrate or an antigen.
fn sort(species: Species) -> u8 {
    match species {
        Species::Cell(_) => 0,
        Species::Substrate(_) => 1,
        Species::Antigen(_) => 2,
    }
}
