//! Products and the doses that give them.

use super::Compiler;
use super::gauge::Gauge;
use super::places::largest_weight;
use super::rules::is_tissue;
use super::triggers::about;
use crate::model::{
    CellType, CellTypeId, CompartmentId, Dose, DoseTarget, Part, Product, ProductId, Species, SubstrateId,
    Trigger,
};
use crate::random::Purpose;
use crate::spec::diagnostics::suggest;
use crate::spec::model_fields::PARTS;
use crate::spec::reader::Reader;
use crate::units::{Dimension, Unit, number, parse_unit};

/// More cells than the largest animal has.
pub const MOST_CELLS: f64 = 1e15;

impl<'a> Compiler<'a> {
    pub(super) fn read_products(&self, types: &[CellType]) -> Vec<Product> {
        let mut out = Vec::new();
        for (id, r) in self.things("product") {
            let (mut parts, mut shares) = (Vec::new(), Vec::new());
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
                for key in ["traits", "antigens"].into_iter().filter(|k| substrate.is_some() && p.has(k)) {
                    self.cx.error(p.key_span(key), format!("{}: a substrate has no `{key}`", p.path), "");
                }
                // The traits of a product stay with its cells whatever these become.
                let bearers = cell.map(|c| self.descent(CellTypeId(c))).unwrap_or_default();
                shares.extend(p.get("share"));
                parts.push(Part {
                    id: name.to_string(),
                    cell: cell.map(CellTypeId),
                    substrate,
                    share: p.number("share").unwrap_or(1.0),
                    traits: self.override_traits(&p, &bearers, types),
                });
            }
            let sum: f64 = parts.iter().map(|p| p.share).sum();
            if sum > 1.0 + 1e-9 {
                let message = format!("the parts of {} sum to {sum:.4}, above 1", r.path);
                let span = self.cx.blame(shares, r.key_span("parts"));
                self.cx.error(span, message, "shares are of the amount of the dose");
            }
            if parts.is_empty() && r.has("parts") {
                self.cx.error(r.key_span("parts"), format!("{} has no parts", r.path), "");
            }
            out.push(Product { id: id.to_string(), viability: r.number("viability").unwrap_or(1.0), parts });
        }
        out
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
            let off = self
                .root
                .at(&["product", &products[usize::from(product)].id])
                .is_some_and(|n| !self.names.acts(n));
            // A product that is switched off is given by nobody.
            let acts = self.names.acts(r.node) && !off;
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
        if r.has("region") {
            let message = format!("{}: a compartment has no regions", r.path);
            self.cx.error(r.key_span("region"), message, "into = \"tissue\", or remove `region`");
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
        let molecules: Vec<SubstrateId> = product.parts.iter().filter_map(|p| p.substrate).collect();
        let cells = product.parts.iter().any(|p| p.cell.is_some());
        let gauge = match molecules.first() {
            Some(_) if cells => {
                let message =
                    format!("{}: `{}` holds cells and molecules: no amount is of both", r.path, product.id);
                self.cx.error(r.key_span("product"), message, "give them as two products, one dose each");
                return None;
            }
            Some(first) => {
                for s in &molecules {
                    let id = &self.substrates[s.index()].id;
                    if compartment.is_none() && self.substrates[s.index()].diffusion.is_none() {
                        let message = format!("{}: `{id}` has no field to be dosed into", r.path);
                        self.cx.error(
                            r.key_span("into"),
                            message,
                            "give it a `diffusion`, or name a compartment",
                        );
                    }
                    if self.molecules(*s, compartment).first().dimension
                        != self.molecules(*first, compartment).first().dimension
                    {
                        let message =
                            format!("{}: the substrates of `{}` have no unit in common", r.path, product.id);
                        self.cx.error(
                            r.key_span("product"),
                            message,
                            "give them as two products, one dose each",
                        );
                    }
                }
                self.molecules(*first, compartment)
            }
            None => Gauge::base(Dimension::CELLS),
        };
        let node = r.get("amount")?;
        let host = |key: &str| self.part("host").and_then(|h| h.quantity(key));
        let written = self.cx.bare(node).text().and_then(|t| crate::units::quantity(t).ok());
        let mut full = gauge.clone();
        for (key, unit, dimension) in
            [("weight", "kg", Dimension::MASS), ("body_surface", "um^2", Dimension::AREA)]
        {
            if let Some(size) = host(key) {
                full = full.and(gauge.per(unit, size));
            } else if written.as_ref().is_some_and(|q| gauge.is_per(&q.unit, dimension)) {
                let message =
                    format!("`{}.amount` is relative to the host, whose {key} is not given", r.path);
                self.cx.wrong(node, message, format!("[host]\n{key} = ..."));
                return None;
            }
        }
        let amount = full.field(r, "amount")?;
        if molecules.is_empty() {
            self.check_cells(r, "amount", amount);
            self.check_room(r, product, into, amount);
        }
        Some(amount)
    }

    /// Amounts of a substrate where it is dosed: molecules, a mass, or its unit times a volume; in a compartment also the
    /// level they make there.
    fn molecules(&self, s: SubstrateId, compartment: Option<CompartmentId>) -> Gauge {
        let gauge = self.amount_gauge(Species::Substrate(s), compartment);
        let substrate = &self.substrates[s.index()];
        let level = gauge.first().text == substrate.unit;
        if compartment.is_some() || !level {
            return gauge;
        }
        let text =
            if substrate.unit == "1" { "um^3".to_string() } else { format!("{}*um^3", substrate.unit) };
        Gauge::unit(parse_unit(&text).unwrap_or_else(|_| Unit::one()))
    }

    /// Notes a number of cells that no animal holds.
    pub(super) fn check_cells(&self, r: &Reader, key: &str, amount: f64) {
        if amount > MOST_CELLS {
            let node = r.get(key).map_or(r.node, |n| self.cx.bare(n));
            let message = format!(
                "{} is {} cells; at most {} are allowed",
                r.what(key),
                number(amount),
                number(MOST_CELLS)
            );
            self.cx.wrong(node, message, "");
        }
    }

    /// Notes cells that cannot all find a site.
    fn check_room(&self, r: &Reader, product: &Product, into: &DoseTarget, amount: f64) {
        let DoseTarget::Tissue(region) = into else { return };
        let (Some(room), Some(domain)) = (self.room(region), &self.domain) else { return };
        let share: f64 = product.parts.iter().filter(|p| p.cell.is_some()).map(|p| p.share).sum();
        let cells = amount * product.viability * share;
        let held = room as f64 * largest_weight(domain);
        if cells > held {
            let message = format!(
                "{}: {} cells do not fit into {room} sites, which stand for at most {} cells",
                r.path,
                about(cells),
                about(held.round())
            );
            self.cx.error(self.cx.blame(r.get("amount"), r.key_span("amount")), message, "");
        }
    }
}
