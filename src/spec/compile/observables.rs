//! Observables: what is measured, in which unit.

use super::Compiler;
use super::gauge::Gauge;
use crate::model::{
    CompartmentId, Measure, Observable, ObservableId, ObservedPlace, Reading, ReceptorId, TraitId,
};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::spec::tree::{Node, Span, Value};
use crate::units::{Dimension, Unit, parse_unit};

/// Keys each kind needs, and keys it may have besides `kind`, `limit`, `enabled`, `note` and `source`.
const KEYS: &[(&str, &[&str], &[&str])] = &[
    ("count", &["cells"], &["where", "place"]),
    ("share", &["cells", "among"], &["where", "place"]),
    ("mean", &["trait", "cells"], &["where"]),
    ("total", &["trait", "cells"], &["where"]),
    ("volume", &["cells"], &[]),
    ("radius", &["cells"], &[]),
    ("rim", &["cells"], &[]),
    ("field", &["substrate"], &["region"]),
    ("pool", &["compartment", "species"], &["as"]),
    ("events", &["cause"], &["of", "antigen"]),
    ("clones", &["receptor", "cells"], &["above", "place"]),
    ("reading", &["terms"], &["offset", "lag", "noise", "floor", "detect"]),
];
const COMMON: &[&str] = &["kind", "limit", "label", "enabled", "note", "source"];

impl<'a> Compiler<'a> {
    pub(super) fn read_observables(&mut self) {
        let readers = self.things("observable");
        let units: Vec<(Unit, f64)> =
            readers.iter().map(|(id, _)| self.observable_unit(id, &mut Vec::new())).collect();
        // Readings look at the units of others: all are known before any is read.
        for ((id, _), (unit, to_unit)) in readers.iter().zip(&units) {
            self.observables.push(Observable {
                id: (*id).to_string(),
                unit: unit.text.clone(),
                to_unit: *to_unit,
                measure: Measure::Volume { cells: Vec::new() },
                place: ObservedPlace::Tissue,
                limit: None,
            });
        }
        for (i, (_, r)) in readers.iter().enumerate() {
            let Some(kind) = r.choice("kind") else { continue };
            self.keys_of_kind(r, kind, KEYS, COMMON);
            let gauge = self.observable_gauge(i);
            let limit = gauge.field(r, "limit");
            let place = self.observed_place(r, kind);
            if let Some(measure) = self.measure(r, kind, &gauge) {
                self.observables[i].measure = measure;
            }
            self.observables[i].place = place;
            self.observables[i].limit = limit;
        }
    }

    /// Notes keys that the kind lacks, and keys that belong to other kinds.
    pub(super) fn keys_of_kind(
        &self,
        r: &Reader,
        kind: &str,
        table: &[(&str, &[&str], &[&str])],
        common: &[&str],
    ) {
        let Some((_, needed, optional)) = table.iter().find(|(k, _, _)| *k == kind) else { return };
        for key in needed.iter().filter(|k| !r.has(k)) {
            self.cx.error(r.span, format!("{} of kind {kind} needs `{key}`", r.path), "");
        }
        for (other, entry) in r.node.table().into_iter().flat_map(|t| &t.entries) {
            let key = other.as_str();
            let elsewhere = table.iter().any(|(_, n, o)| n.contains(&key) || o.contains(&key));
            if elsewhere && !needed.contains(&key) && !optional.contains(&key) && !common.contains(&key) {
                let all: Vec<&str> = needed.iter().chain(*optional).copied().collect();
                let help = format!("keys of kind {kind}: {}", all.join(", "));
                self.cx.error(entry.key, format!("{} of kind {kind} has no `{key}`", r.path), help);
            }
        }
    }

    /// Unit of an observable and the factor from the model's own number to it.
    fn observable_unit(&self, id: &str, stack: &mut Vec<String>) -> (Unit, f64) {
        let unit = |text: &str| parse_unit(text).unwrap_or_else(|_| Unit::one());
        let Some(node) = self.root.at(&["observable", id]) else { return (Unit::one(), 1.0) };
        let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        match text("kind") {
            "count" | "events" => (unit("cells"), 1.0),
            "volume" => (unit("mm^3"), 1.0),
            "radius" | "rim" => (unit("um"), 1.0),
            "mean" | "total" => match self.names.traits.index(text("trait")) {
                Some(t) => (self.trait_units[usize::from(t)].clone(), 1.0),
                None => (Unit::one(), 1.0),
            },
            "field" => match self.names.substrate.index(text("substrate")) {
                Some(s) => (unit(&self.substrates[usize::from(s)].unit), 1.0),
                None => (Unit::one(), 1.0),
            },
            "pool" => self.pool_unit(text("compartment"), text("species"), text("as") == "concentration"),
            "reading" => (self.reading_unit(node, id, stack), 1.0),
            _ => (Unit::one(), 1.0),
        }
    }

    fn pool_unit(&self, compartment: &str, name: &str, concentration: bool) -> (Unit, f64) {
        use crate::model::Species;
        let n = &self.names;
        let compartment = n.compartment.index(compartment).map(CompartmentId);
        let species = if !n.cell_type.all(name).is_empty() {
            Species::Cell(crate::model::CellTypeId(n.cell_type.all(name)[0]))
        } else if let Some(s) = n.substrate.index(name) {
            Species::Substrate(crate::model::SubstrateId(s))
        } else if let Some(t) = n.traits.all(name).first() {
            Species::Antigen(TraitId(*t))
        } else {
            return (Unit::one(), 1.0);
        };
        let parsed = |text: &str| {
            parse_unit(text).map_or((Unit::one(), 1.0), |u| {
                let factor = 1.0 / u.factor();
                (u, factor)
            })
        };
        if !concentration {
            return match species {
                Species::Cell(_) => parsed("cells"),
                Species::Antigen(_) => parsed("molecules"),
                Species::Substrate(_) => {
                    let gauge = self.amount_gauge(species, compartment);
                    (gauge.first().clone(), 1.0 / gauge.factor())
                }
            };
        }
        match species {
            Species::Cell(_) => parsed("cells/uL"),
            Species::Antigen(_) => parsed("pM"),
            Species::Substrate(s) => {
                (parse_unit(&self.substrates[s.index()].unit).unwrap_or_else(|_| Unit::one()), 1.0)
            }
        }
    }

    /// A reading has the unit of its terms if they share one, else it is a plain number.
    fn reading_unit(&self, node: &Node, id: &str, stack: &mut Vec<String>) -> Unit {
        if stack.iter().any(|s| s == id) {
            let chain = format!("{} -> {id}", stack.join(" -> "));
            self.cx.error(node.span, format!("`observable.{id}` reads itself: {chain}"), "");
            return Unit::one();
        }
        stack.push(id.to_string());
        let mut unit: Option<Unit> = None;
        let mut mixed = false;
        for name in node.get("terms").and_then(Node::table).into_iter().flat_map(|t| t.entries.keys()) {
            let (of, _) = self.observable_unit(name, stack);
            mixed |= unit.as_ref().is_some_and(|u| u.text != of.text);
            unit = Some(of);
        }
        stack.pop();
        if mixed { Unit::one() } else { unit.unwrap_or_else(Unit::one) }
    }

    /// What values of an observable are written in.
    pub(super) fn observable_gauge(&self, index: usize) -> Gauge {
        let unit = self.observables.get(index).and_then(|o| parse_unit(&o.unit).ok());
        Gauge::unit(unit.unwrap_or_else(Unit::one))
    }

    fn observed_place(&self, r: &Reader, kind: &str) -> ObservedPlace {
        if kind == "pool" {
            let found =
                r.name("compartment").and_then(|(k, span)| self.names.compartment.one(self.cx, k, span));
            return found.map_or(ObservedPlace::Tissue, |k| ObservedPlace::Compartment(CompartmentId(k)));
        }
        match r.name("place") {
            Some(("tissue", _)) | None => ObservedPlace::Tissue,
            Some((k, span)) => match self.names.compartment.index(k) {
                Some(k) => ObservedPlace::Compartment(CompartmentId(k)),
                None => {
                    let help = suggest(k, self.names.compartment.names().chain(["tissue"]));
                    self.cx.error(span, format!("no compartment `{k}`"), help);
                    ObservedPlace::Tissue
                }
            },
        }
    }

    fn measure(&self, r: &Reader, kind: &str, gauge: &Gauge) -> Option<Measure> {
        let cells = || self.types(r, "cells");
        let which = || self.filter(r);
        let of = || {
            let (name, span) = r.name("trait")?;
            self.names.traits.one(self.cx, name, span).map(TraitId)
        };
        Some(match kind {
            "count" => Measure::Count { cells: cells(), which: which() },
            "share" => Measure::Share { cells: cells(), which: which(), among: self.types(r, "among") },
            "mean" => Measure::Mean { of: of()?, cells: cells(), which: which() },
            "total" => Measure::Total { of: of()?, cells: cells(), which: which() },
            "volume" => Measure::Volume { cells: cells() },
            "radius" => Measure::Radius { cells: cells() },
            "rim" => Measure::Rim { cells: cells() },
            "field" => {
                let substrate = self.substrate(r, "substrate")?;
                if self.substrates[substrate.index()].diffusion.is_none() {
                    let message = format!("{}: this substrate has no field on the lattice", r.path);
                    self.cx.error(r.key_span("substrate"), message, "observe it with kind = \"pool\"");
                }
                Measure::Field { substrate, region: self.region(r) }
            }
            "pool" => {
                let (k, span) = r.name("compartment")?;
                let compartment = CompartmentId(self.names.compartment.one(self.cx, k, span)?);
                let (name, span) = r.name("species")?;
                let species = self.species(name, span);
                Measure::Pool { compartment, species, concentration: r.choice("as") == Some("concentration") }
            }
            "events" => {
                let (cause, span) = r.name("cause")?;
                self.check_cause(cause, span);
                let of = r.has("of").then(|| self.types(r, "of"));
                if let Some((a, span)) = r.name("antigen")
                    && !self.names.antigen.knows(a)
                {
                    self.names.antigen.unknown(self.cx, a, span);
                }
                Measure::Events {
                    cause: cause.to_string(),
                    of,
                    antigen: r.text("antigen").map(str::to_string),
                }
            }
            "clones" => {
                let (name, span) = r.name("receptor")?;
                let receptor = ReceptorId(self.names.receptor.one(self.cx, name, span)?);
                if !self.receptors[receptor.index()].clonal {
                    self.cx.error(span, format!("{}: receptor `{name}` is not clonal", r.path), "");
                }
                let above = Gauge::base(Dimension::CELLS).field(r, "above");
                Measure::Clones { receptor, cells: cells(), above: above.unwrap_or(0.0) }
            }
            _ => Measure::Reading(self.reading(r, gauge)),
        })
    }

    /// An observable that something reads. One that is switched off cannot be read by what acts.
    pub(super) fn observable(&self, r: &Reader, name: &str, span: Span) -> Option<ObservableId> {
        let id = ObservableId(self.names.observable.one(self.cx, name, span)?);
        if self.names.acts(r.node) && !self.observes(id) {
            let message = format!("{} reads `{name}`, which is switched off", r.path);
            self.cx.error(
                span,
                message,
                format!("observable.{name}.enabled = true, or switch {} off", r.path),
            );
        }
        Some(id)
    }

    /// Whether an observable is enabled.
    pub(super) fn observes(&self, o: ObservableId) -> bool {
        let id = &self.names.observable.ids[o.index()];
        self.root.at(&["observable", id]).is_none_or(|n| self.names.acts(n))
    }

    /// Words that name a cause in events.csv.
    fn check_cause(&self, cause: &str, span: Span) {
        let n = &self.names;
        let table = |part: &str, key: &str| -> Vec<String> {
            let things = self.root.get(part).and_then(Node::table);
            let inner = things.into_iter().flat_map(|t| t.entries.values()).filter_map(|e| e.node.get(key));
            inner.filter_map(Node::table).flat_map(|t| t.entries.keys().cloned()).collect()
        };
        let mut known: Vec<String> = [&n.interaction, &n.flow, &n.removal, &n.dose, &n.place]
            .iter()
            .flat_map(|k| k.names().map(str::to_string))
            .collect();
        known.extend(table("cell_type", "die"));
        let bent = self.root.get("rule").and_then(Node::table).into_iter().flat_map(|t| t.entries.values());
        let behaviors = bent.filter_map(|e| e.node.get("behavior").and_then(Node::text));
        known.extend(behaviors.filter_map(|b| b.strip_prefix("die.")).map(str::to_string));
        known.extend(n.cell_type.names().map(|c| format!("convert.{c}")));
        known.extend(["division", "blocked", "cleared"].map(str::to_string));
        let kind_of = |id: &str| self.root.at(&["interaction", id, "kind"]).and_then(Node::text);
        let kind = kind_of(cause);
        known.retain(|id| kind_of(id) != Some("touch"));
        if kind == Some("touch") {
            let help = "count its events in a trait: to_self or to_target";
            self.cx.error(span, format!("touches are not booked: `{cause}` would always be 0"), help);
        } else if !known.iter().any(|k| k == cause) {
            let help = suggest(cause, known.iter().map(String::as_str));
            self.cx.error(span, format!("nothing causes `{cause}`"), help);
        }
    }

    fn reading(&self, r: &Reader, gauge: &Gauge) -> Reading {
        let value = |r: &Reader, key: &str| gauge.field(r, key);
        let mut terms = Vec::new();
        for (name, entry) in r.entries("terms") {
            let of = self.observable(r, name, entry.key);
            let slope = Gauge::plain().read(self.cx, &entry.node, &format!("`{}.terms.{name}`", r.path));
            if let (Some(of), Some(slope)) = (of, slope) {
                terms.push((of, slope));
            }
        }
        if r.has("terms") && r.entries("terms").is_empty() {
            let help = "terms = { OBSERVABLE = slope }";
            self.cx.error(
                r.key_span("terms"),
                format!("{} reads nothing: its `terms` are empty", r.path),
                help,
            );
        }
        let noise = r.table("noise");
        let detect = match r.get("detect").map(|n| (&n.value, n)) {
            Some((Value::Array(list), _)) if list.len() == 2 => {
                let v = |i: usize| gauge.read(self.cx, &list[i], &format!("`{}.detect`", r.path));
                match (v(0), v(1)) {
                    (Some(low), Some(high)) if low >= high => {
                        let message = format!("`{}.detect`: low must be below high", r.path);
                        self.cx.error(r.key_span("detect"), message, "");
                        None
                    }
                    (Some(low), Some(high)) => Some([low, high]),
                    _ => None,
                }
            }
            Some((_, node)) => {
                self.cx.error(node.span, format!("`{}.detect` must be [low, high]", r.path), "");
                None
            }
            None => None,
        };
        Reading {
            terms,
            offset: value(r, "offset").unwrap_or(0.0),
            lag: r.quantity("lag").unwrap_or(0.0),
            cv: noise.as_ref().and_then(|n| n.number("cv")).unwrap_or(0.0),
            sd: noise.as_ref().and_then(|n| value(n, "sd")).unwrap_or(0.0),
            floor: value(r, "floor"),
            detect,
        }
    }
}
