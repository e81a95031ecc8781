//! What happens from outside: products, places, doses and removals; regions and triggers.

use super::Compiler;
use super::gauge::Gauge;
use super::rules::is_tissue;
use crate::model::{
    CellTypeId, CompartmentId, Dose, DoseTarget, ObservableId, Part, Pattern, PlaceCells, PlacedCell,
    Placement, Product, ProductId, Region, Removal, Shape, TraitId, Trigger,
};
use crate::random::Purpose;
use crate::spec::diagnostics::suggest;
use crate::spec::model_fields::PARTS;
use crate::spec::reader::Reader;
use crate::spec::scenario_fields::TRIGGER;
use crate::spec::tree::{Node, Value};
use crate::units::{Dimension, Unit};

impl<'a> Compiler<'a> {
    pub(super) fn read_products(&self) -> Vec<Product> {
        let mut out = Vec::new();
        for (id, r) in self.things("product") {
            let mut parts = Vec::new();
            for (name, entry) in r.entries("parts") {
                let path = format!("{}.parts.{name}", r.path);
                let Some(p) = Reader::open(self.cx, &entry.node, PARTS, path, entry.key, false) else {
                    continue;
                };
                let cell = p.name("cell").and_then(|(c, span)| self.names.cell_type.one(self.cx, c, span));
                let substrate = self.substrate(&p, "substrate");
                if p.has("cell") == p.has("substrate") {
                    self.cx.error(p.span, format!("{} needs either `cell` or `substrate`", p.path), "");
                }
                parts.push(Part {
                    id: name.to_string(),
                    cell: cell.map(CellTypeId),
                    substrate,
                    share: p.number("share").unwrap_or(1.0),
                    traits: self.drawn_traits(&p),
                });
            }
            let sum: f64 = parts.iter().map(|p| p.share).sum();
            if sum > 1.0 + 1e-9 {
                let message = format!("the parts of {} sum to {sum:.4}, above 1", r.path);
                self.cx.error(r.key_span("parts"), message, "shares are of the amount of the dose");
            }
            if parts.is_empty() && r.has("parts") {
                self.cx.error(r.key_span("parts"), format!("{} has no parts", r.path), "");
            }
            out.push(Product { id: id.to_string(), viability: r.number("viability").unwrap_or(1.0), parts });
        }
        out
    }

    pub(super) fn read_places(&self) -> Vec<PlaceCells> {
        let mut out = Vec::new();
        for (id, r) in self.things("place") {
            let cell = r.name("cell").and_then(|(c, span)| self.names.cell_type.one(self.cx, c, span));
            let ways = ["count", "share", "file"].into_iter().filter(|k| r.has(k)).count();
            if ways != 1 {
                self.cx.error(r.span, format!("{} needs one of `count`, `share` and `file`", r.path), "");
            }
            if !self.has_domain {
                self.cx.error(
                    r.span,
                    format!("{}: there is no `domain` to place cells in", r.path),
                    "[domain]\nsize = [\"1 mm\", \"1 mm\"]",
                );
            }
            let placement = if r.has("count") {
                r.quantity("count").map(Placement::Count)
            } else if r.has("share") {
                r.number("share").map(Placement::Share)
            } else {
                cell.and_then(|c| self.table_of_cells(&r, CellTypeId(c))).map(Placement::Table)
            };
            let at = match r.has("at") {
                true => self.trigger(&r, "at"),
                false => Some(Trigger::At(vec![self.start()])),
            };
            let region = self.region(&r);
            let traits = self.drawn_traits(&r);
            let packed = r.choice("pattern") == Some("packed");
            if self.names.place.index(id).is_none() {
                continue;
            }
            let (Some(cell), Some(placement), Some(at)) = (cell, placement, at) else { continue };
            out.push(PlaceCells {
                id: id.to_string(),
                purpose: Purpose::of(&format!("place.{id}")),
                cell: CellTypeId(cell),
                placement,
                region,
                pattern: if packed { Pattern::Packed } else { Pattern::Random },
                traits,
                at,
            });
        }
        out
    }

    /// Start of the clock, min; 0 where it cannot be read.
    fn start(&self) -> f64 {
        let node = self.root.at(&["clock", "start"]);
        let text = node.map(|n| n.get("value").unwrap_or(n)).and_then(Node::text);
        text.and_then(|t| crate::units::parse_quantity(t).ok()).map_or(0.0, |(v, _)| v)
    }

    /// Rows of a CSV: x, y, z (um), type, then traits and antigens by id in their units.
    fn table_of_cells(&self, r: &Reader, cell: CellTypeId) -> Option<Vec<PlacedCell>> {
        let (file, span) = r.name("file")?;
        let fail = |message: String| {
            self.cx.error(
                span,
                format!("{file}: {message}"),
                "columns: x, y, z in um, type, then traits by id",
            );
            None
        };
        let path = self.files().folder(span).join(file);
        let mut reader = match csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(&path) {
            Ok(reader) => reader,
            Err(e) => return fail(e.to_string()),
        };
        let headers: Vec<String> = match reader.headers() {
            Ok(headers) => headers.iter().map(str::to_string).collect(),
            Err(e) => return fail(e.to_string()),
        };
        let mut columns = Vec::new();
        for header in &headers {
            let index = self.names.traits.index(header);
            if index.is_none() && !["x", "y", "z", "type"].contains(&header.as_str()) {
                return fail(format!("column `{header}` is no trait or antigen"));
            }
            columns.push(index);
        }
        if !["x", "y"].iter().all(|c| headers.iter().any(|h| h == c)) {
            return fail("needs columns x and y".to_string());
        }
        let mut out = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let record = match record {
                Ok(record) => record,
                Err(e) => return fail(e.to_string()),
            };
            let mut placed = PlacedCell { cell, point: [0.0, 0.0, self.spacing / 2.0], traits: Vec::new() };
            for ((header, column), text) in headers.iter().zip(&columns).zip(record.iter()) {
                if header == "type" {
                    match self.names.cell_type.index(text) {
                        Some(c) => placed.cell = CellTypeId(c),
                        None if text.is_empty() => {}
                        None => {
                            let help = suggest(text, self.names.cell_type.ids.iter().map(String::as_str));
                            return fail(format!("row {}: no cell type `{text}`; {help}", row + 1));
                        }
                    }
                    continue;
                }
                let Ok(value) = text.parse::<f64>() else {
                    return fail(format!("row {}: `{text}` in column {header} is no number", row + 1));
                };
                match (header.as_str(), column) {
                    (_, Some(t)) => placed.traits.push((TraitId(*t), value)),
                    ("x", _) => placed.point[0] = value,
                    ("y", _) => placed.point[1] = value,
                    _ => placed.point[2] = value,
                }
            }
            out.push(placed);
        }
        Some(out)
    }

    pub(super) fn read_doses(&self, products: &[Product]) -> Vec<Dose> {
        let mut out = Vec::new();
        for (id, r) in self.things("dose") {
            self.mechanism(&r);
            let product = r.name("product").and_then(|(p, span)| self.names.product.one(self.cx, p, span));
            let at = self.trigger(&r, "at");
            let into = self.dose_target(&r);
            let over = r.quantity("over").unwrap_or(0.0);
            let (Some(product), Some(at), Some(into)) = (product, at, into) else { continue };
            let amount = self.dose_amount(&r, &products[usize::from(product)], &into);
            let acts = self.names.acts(r.node);
            out.push(Dose {
                id: id.to_string(),
                purpose: Purpose::of(&format!("dose.{id}")),
                product: ProductId(product),
                // A dose that is switched off keeps its id and never falls due; its amount is of no account.
                amount: if acts { amount.unwrap_or(0.0) } else { 0.0 },
                at: if acts { at } else { Trigger::At(Vec::new()) },
                into,
                over,
            });
        }
        out
    }

    fn dose_target(&self, r: &Reader) -> Option<DoseTarget> {
        let node = r.get("into")?;
        let (name, span) = r.name("into")?;
        if is_tissue(self.cx.bare(node)) {
            if !self.has_domain {
                self.cx.error(span, format!("{}: there is no `domain` to dose into", r.path), "");
            }
            return Some(DoseTarget::Tissue(self.region(r)));
        }
        match self.names.compartment.index(name) {
            Some(k) => Some(DoseTarget::Compartment(CompartmentId(k))),
            None => {
                let help = suggest(name, self.names.compartment.names().chain(["tissue"]));
                self.cx.error(span, format!("no compartment `{name}`"), help);
                None
            }
        }
    }

    /// Cells, or the model's amount of a substrate; body weight and surface multiplied in.
    fn dose_amount(&self, r: &Reader, product: &Product, into: &DoseTarget) -> Option<f64> {
        let compartment = match into {
            DoseTarget::Compartment(c) => Some(*c),
            DoseTarget::Tissue(_) => None,
        };
        let gauge = match product.parts.iter().find_map(|p| p.substrate) {
            Some(s) if product.parts.iter().all(|p| p.cell.is_none()) => {
                if compartment.is_none() {
                    let message = format!("{}: a substrate is dosed into a compartment", r.path);
                    self.cx.error(r.key_span("into"), message, "let it reach the tissue by an exchange");
                }
                self.amount_gauge(crate::model::Species::Substrate(s), compartment)
            }
            _ => Gauge::base(Dimension::CELLS),
        };
        let node = r.get("amount")?;
        let host = |key: &str| self.part("host").and_then(|h| h.quantity(key));
        let (weight, surface) = (host("weight"), host("body_surface"));
        let mut full = gauge.clone();
        full = full.and(gauge.per("kg", weight.unwrap_or(1.0)));
        full = full.and(gauge.per("um^2", surface.unwrap_or(1.0)));
        let what = format!("`{}.amount`", r.path);
        let written = self.cx.bare(node).text().and_then(|t| crate::units::quantity(t).ok());
        if let Some(q) = written {
            let d = q.unit.dimension;
            for (per, have, key) in
                [(d.mass == -1, weight, "weight"), (d.length == -2, surface, "body_surface")]
            {
                if per && have.is_none() {
                    let message = format!("{what} is relative to the host, whose {key} is not given");
                    self.cx.wrong(node, message, format!("[host]\n{key} = ..."));
                }
            }
        }
        let amount = full.read(self.cx, node, &what)?;
        if amount < 0.0 {
            self.cx.wrong(node, format!("{what} must not be negative"), "");
        }
        Some(amount)
    }

    pub(super) fn read_removals(&self) -> Vec<Removal> {
        let mut out = Vec::new();
        for (id, r) in self.things("removal") {
            self.mechanism(&r);
            let cells = self.types(&r, "cells");
            let mut from = Vec::new();
            let mut tissue = false;
            for (name, span) in r.names("from") {
                if name == "tissue" {
                    tissue = true;
                } else if let Some(k) = self.names.compartment.index(name) {
                    from.push(CompartmentId(k));
                } else {
                    let help = suggest(name, self.names.compartment.names().chain(["tissue"]));
                    self.cx.error(span, format!("no compartment `{name}`"), help);
                }
            }
            from.sort_unstable();
            from.dedup();
            let at = self.trigger(&r, "at");
            let share = r.number("share").unwrap_or(0.0);
            let (region, margin) = (self.region(&r), r.quantity("margin").unwrap_or(0.0));
            let acts = self.names.acts(r.node);
            if tissue && !self.has_domain && acts {
                self.cx.error(
                    r.key_span("from"),
                    format!("{}: there is no `domain` to remove from", r.path),
                    "",
                );
            }
            let Some(at) = at else { continue };
            out.push(Removal {
                id: id.to_string(),
                purpose: Purpose::of(&format!("removal.{id}")),
                cells,
                from,
                tissue,
                share: if acts { share } else { 0.0 },
                region,
                margin,
                at: if acts { at } else { Trigger::At(Vec::new()) },
            });
        }
        out
    }

    /// The region of a table; everywhere where none is given.
    pub(super) fn region(&self, r: &Reader) -> Region {
        let everywhere = Region {
            shape: Shape::Everywhere,
            center: None,
            radius: None,
            inner: 0.0,
            size: [0.0; 3],
            cells: Vec::new(),
        };
        let Some(t) = r.table("region") else { return everywhere };
        let shape = match t.choice("shape") {
            Some("disc") => Shape::Disc,
            Some("sphere") => Shape::Sphere,
            Some("box") => Shape::Box,
            Some("shell") => Shape::Shell,
            Some("boundary") => Shape::Boundary,
            Some("near") => Shape::Near,
            _ => Shape::Everywhere,
        };
        let need = |key: &str, shape: &str| {
            if !t.has(key) {
                self.cx.error(t.span, format!("{}: a {shape} needs `{key}`", t.path), "");
            }
        };
        match shape {
            Shape::Box => need("size", "box"),
            Shape::Near => need("cells", "region near cells"),
            _ => {}
        }
        Region {
            shape,
            center: self.vector(&t, "center"),
            radius: t.quantity("radius"),
            inner: t.quantity("inner").unwrap_or(0.0),
            size: self.vector(&t, "size").unwrap_or([0.0; 3]),
            cells: self.types(&t, "cells"),
        }
    }

    /// When: a time, a list of times, or a table.
    pub(super) fn trigger(&self, r: &Reader, key: &str) -> Option<Trigger> {
        let node = self.cx.bare(r.get(key)?);
        let what = format!("`{}.{key}`", r.path);
        let time = |n: &Node| self.cx.in_unit(n, &what, &Unit::base(Dimension::TIME));
        match &node.value {
            Value::Array(list) => {
                let mut times = list.iter().map(time).collect::<Option<Vec<f64>>>()?;
                times.sort_by(f64::total_cmp);
                Some(Trigger::At(times))
            }
            Value::Table(_) => self.trigger_table(r, key, node),
            _ => time(node).map(|t| Trigger::At(vec![t])),
        }
    }

    fn trigger_table(&self, r: &Reader, key: &str, node: &'a Node) -> Option<Trigger> {
        let path = format!("{}.{key}", r.path);
        let t = Reader::open(self.cx, node, TRIGGER, path, r.key_span(key), false)?;
        let times = if t.has("times") { Some(t.whole("times")? as u32) } else { None };
        let delay = t.quantity("delay").unwrap_or(0.0);
        let only = |keys: &[&str]| {
            for (k, entry) in node.table().into_iter().flat_map(|t| &t.entries) {
                if !keys.contains(&k.as_str()) && TRIGGER.iter().any(|f| f.key == k) {
                    let message = format!("{}: `{k}` does not go with `{}`", t.path, keys[0]);
                    self.cx.error(entry.key, message, format!("keys beside it: {}", keys[1..].join(", ")));
                }
            }
        };
        if let Some((name, span)) = t.name("when") {
            only(&["when", "above", "below", "every", "delay", "times"]);
            let observable = ObservableId(self.names.observable.one(self.cx, name, span)?);
            let above = t.has("above");
            if above == t.has("below") {
                self.cx.error(t.span, format!("{} needs either `above` or `below`", t.path), "");
                return None;
            }
            let key = if above { "above" } else { "below" };
            let node = t.get(key)?;
            let threshold = self.observable_gauge(observable.index()).read(
                self.cx,
                node,
                &format!("`{}.{key}`", t.path),
            )?;
            let every = t.quantity("every").unwrap_or(0.0);
            return Some(Trigger::When {
                observable,
                above,
                threshold,
                every,
                delay,
                times: times.unwrap_or(1),
            });
        }
        if let Some((name, span)) = t.name("after") {
            only(&["after", "delay"]);
            return Some(Trigger::After { event: self.event(name, span)?, delay });
        }
        if !t.has("every") {
            self.cx.error(t.span, format!("{} needs `every`, `after` or `when`", t.path), "");
            return None;
        }
        only(&["every", "from", "times"]);
        let from = if t.has("from") { t.quantity("from")? } else { 0.0 };
        Some(Trigger::Every { every: t.quantity("every")?, from, times })
    }
}
