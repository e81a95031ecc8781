//! Names, the lattice, substrates and compartments.

use super::Compiler;
use super::gauge::{self, Gauge};
use super::products::MOST_CELLS;
use crate::field::{Boundary, SolverKind};
use crate::lattice::Contact;
use crate::model::{
    Binds, CellType, Compartment, CompartmentId, Origin, Pool, Species, Substrate, SubstrateId, TraitId,
};
use crate::spec::diagnostics::{article, suggest};
use crate::spec::reader::Reader;
use crate::spec::study::check_ids;
use crate::spec::tree::Span;

/// Largest diffusion coefficient, um^2/min; gases in air have 6e8, small molecules in water 1e5. Beyond it single precision
/// loses what diffuses.
const FASTEST: f64 = 1e8;
use crate::units::{Dimension, Unit, parse_unit};

impl<'a> Compiler<'a> {
    /// Ids that name two things that conditions and flows could not tell apart.
    pub(super) fn check_names(&self) {
        let table = |name: &str| self.root.get(name).and_then(|n| n.table());
        let pairs = [
            ("trait", "antigen"),
            ("cell_type", "substrate"),
            ("cell_type", "antigen"),
            ("substrate", "antigen"),
        ];
        for (a, b) in pairs {
            let (Some(first), Some(second)) = (table(a), table(b)) else { continue };
            for (id, entry) in &second.entries {
                let Some(twin) = first.entries.get(id) else { continue };
                let [a, b] = [a, b].map(|word| article(&word.replace('_', " ")));
                // The newcomer: in the file that builds on the other's (files are numbered from the top), or further down.
                let place = |span: Span| (std::cmp::Reverse(span.file), span.start);
                let span = if place(entry.key) > place(twin.key) { entry.key } else { twin.key };
                self.cx.error(span, format!("`{id}` is both {a} and {b}"), "give one another name");
            }
        }
        for (part, node) in self.root.table().into_iter().flat_map(|t| &t.entries) {
            node.node.table().into_iter().for_each(|t| check_ids(self.cx, part, t));
        }
        let products = self.names.product.ids.len();
        if products > 250 {
            self.cx.error(self.root.span, format!("{products} products; at most 250 can be told apart"), "");
        }
    }

    pub(super) fn read_lattice(&mut self) -> Contact {
        let Some(r) = self.part("lattice") else {
            let needs = self.root.get("cell_type").is_some();
            if needs {
                self.cx.error(
                    self.root.span,
                    "no `lattice`: cells need its `layers`",
                    "[lattice]\nlayers = [\"tissue\"]",
                );
            }
            return Contact::Full;
        };
        if let Some(spacing) = r.quantity("spacing") {
            self.spacing = spacing;
        }
        let names = r.names("layers");
        for (i, (name, span)) in names.iter().enumerate() {
            if names[..i].iter().any(|(n, _)| n == name) {
                self.cx.error(*span, format!("layer `{name}` stands twice"), "");
            }
        }
        match r.choice("contact") {
            Some("face") => Contact::Face,
            _ => Contact::Full,
        }
    }

    pub(super) fn read_substrates(&mut self) {
        for (id, r) in self.things("substrate") {
            let unit = self.unit(&r, "unit").unwrap_or_else(Unit::one);
            let molar_mass = r.quantity("molar_mass");
            let amount_per_unit = match (unit.dimension, molar_mass) {
                (Dimension::MOLAR, _) => unit.factor(),
                (Dimension::MASS_DENSITY, Some(mass)) => unit.factor() / mass,
                (
                    Dimension::MASS_DENSITY | Dimension::NONE | Dimension::PRESSURE | Dimension::CELL_DENSITY,
                    _,
                ) => 1.0,
                (other, _) => {
                    let message = format!("a substrate cannot have the unit of {}", other.describe());
                    self.cx.error(
                        r.key_span("unit"),
                        message,
                        "pM, ug/mL, mmHg, or \"1\" for a relative level",
                    );
                    1.0
                }
            };
            let boundary = self.boundary(&r, &unit);
            let solver = match r.choice("solver") {
                Some("quasi_steady") => SolverKind::QuasiSteady,
                Some("explicit") => SolverKind::Explicit,
                _ => SolverKind::Implicit,
            };
            let diffusion = r.quantity("diffusion");
            for key in ["decay", "initial", "boundary", "solver"] {
                if !r.has("diffusion") && r.has(key) {
                    let message = format!("`{}` has no field: nothing reads its `{key}`", r.path);
                    let help = match key {
                        "decay" => "give it a `diffusion`; in a compartment it decays by a flow of kind lose",
                        "initial" => "give it a `diffusion`; a compartment has its own `initial`",
                        _ => "give it a `diffusion`, or remove the key",
                    };
                    self.cx.error(r.key_span(key), message, help);
                }
            }
            if diffusion.is_some_and(|d| d > FASTEST) {
                let message = format!("{}: nothing diffuses faster than 1e8 um^2/min", r.path);
                self.cx.error(r.key_span("diffusion"), message, "oxygen in water: 1e5 um^2/min");
            }
            if solver == SolverKind::QuasiSteady && diffusion == Some(0.0) {
                self.cx.error(
                    r.key_span("diffusion"),
                    format!("`{}` does not diffuse: it has no quasi-steady state", r.path),
                    "use solver = \"implicit\"",
                );
            }
            self.molar_mass.push(molar_mass);
            self.substrates.push(Substrate {
                id: id.to_string(),
                unit: unit.text.clone(),
                amount_per_unit,
                diffusion,
                decay: r.quantity("decay").unwrap_or(0.0),
                initial: r.in_unit("initial", &unit).unwrap_or(0.0),
                boundary,
                solver,
            });
        }
    }

    /// What holds at the walls.
    fn boundary(&self, r: &Reader, unit: &Unit) -> Boundary {
        let Some(node) = r.get("boundary").filter(|n| n.text() != Some("no_flux")) else {
            return Boundary::NoFlux;
        };
        let gauge = Gauge::unit(unit.clone());
        let what = r.what("boundary");
        if node.text().is_some_and(|t| !t.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))) {
            let help = format!("write \"no_flux\" or a fixed value such as \"1 {}\"", unit.text);
            self.cx.wrong(node, format!("{what} cannot be `{}`", node.text().unwrap_or_default()), help);
            return Boundary::NoFlux;
        }
        let value = gauge.read(self.cx, node, &what).unwrap_or(0.0);
        if value < 0.0 {
            self.cx.wrong(self.cx.bare(node), format!("{what} must not be negative"), "");
        }
        Boundary::Fixed(value)
    }

    /// A unit written as a value.
    pub(super) fn unit(&self, r: &Reader, key: &str) -> Option<Unit> {
        let text = r.text(key)?;
        match parse_unit(text) {
            Ok(unit) => Some(unit),
            Err(e) => {
                self.cx.error(r.get(key).map_or(r.span, |n| n.span), e.message, e.help.unwrap_or_default());
                None
            }
        }
    }

    pub(super) fn read_compartments(&mut self) {
        for (id, r) in self.things("compartment") {
            let volume = r.quantity("volume").unwrap_or(1.0);
            self.compartments.push(Compartment { id: id.to_string(), volume });
        }
    }

    /// Amounts of a species, as they are written in a compartment (or in the tissue).
    pub(super) fn amount_gauge(&self, species: Species, compartment: Option<CompartmentId>) -> Gauge {
        let volume = compartment.map(|c| self.compartments[c.index()].volume);
        gauge::amount(species, &self.substrates, &self.molar_mass, volume)
    }

    /// Amounts at the start; of clonal cells in every clone.
    pub(super) fn read_initial(&self, types: &[CellType]) -> Vec<(Pool, f64)> {
        let mut out = Vec::new();
        for (c, (_, r)) in self.things("compartment").into_iter().enumerate() {
            let compartment = CompartmentId(c as u16);
            for (name, entry) in r.entries("initial") {
                let what = format!("`{}.initial.{name}`", r.path);
                for species in self.species(name, entry.key) {
                    let Some(amount) =
                        self.amount_gauge(species, Some(compartment)).read(self.cx, &entry.node, &what)
                    else {
                        continue;
                    };
                    if amount < 0.0 {
                        self.cx.wrong(&entry.node, format!("{what} must not be negative"), "");
                    }
                    if matches!(species, Species::Cell(_)) && amount > MOST_CELLS {
                        let message =
                            format!("{what} is {amount:e} cells; at most {MOST_CELLS:e} are allowed");
                        self.cx.wrong(&entry.node, message, "");
                    }
                    let clones = match species {
                        Species::Cell(cell) => self.clones(&types[cell.index()]),
                        _ => 1,
                    };
                    let pool = |clone| Pool { compartment, species, origin: Origin::NATIVE, clone };
                    out.extend((0..clones).map(|clone| (pool(clone), amount)));
                }
            }
        }
        out
    }

    /// How many clones a type can have.
    pub(super) fn clones(&self, cell: &CellType) -> u8 {
        let clonal = cell.receptors.iter().map(|r| &self.receptors[r.index()]).find(|r| r.clonal);
        match clonal.map(|r| &r.binds) {
            Some(Binds::Antigens(list)) => list.len() as u8,
            _ => 1,
        }
    }

    /// The species of a name: cell types, substrates or antigens, kinds resolved. Unknown names are noted.
    pub(super) fn species(&self, name: &str, span: Span) -> Vec<Species> {
        let n = &self.names;
        if n.cell_type.knows(name) {
            n.cell_type.all(name).iter().map(|c| Species::Cell(crate::model::CellTypeId(*c))).collect()
        } else if let Some(s) = n.substrate.index(name) {
            vec![Species::Substrate(SubstrateId(s))]
        } else if n.antigen.knows(name) {
            n.traits.all(name).iter().map(|t| Species::Antigen(TraitId(*t))).collect()
        } else {
            let known = n.cell_type.names().chain(n.substrate.names()).chain(n.antigen.names());
            self.cx.error(span, format!("no cell type, substrate or antigen `{name}`"), suggest(name, known));
            Vec::new()
        }
    }
}
