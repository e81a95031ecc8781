//! Substrates, traits, antigens, receptors and compartments.

use super::Compiler;
use super::draws::read_draw;
use super::gauge::{self, Gauge};
use crate::field::{Boundary, SolverKind};
use crate::lattice::Contact;
use crate::model::{
    Binds, CellType, Compartment, CompartmentId, Inherit, Mutation, Origin, Pool, Receptor, Response,
    Species, Substrate, SubstrateId, Trait, TraitId,
};
use crate::random::Draw;
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::spec::tree::{Span, Value};
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
                if first.entries.contains_key(id) {
                    self.cx.error(
                        entry.key,
                        format!("`{id}` is both a {a} and a {b}"),
                        "give one another name",
                    );
                }
            }
        }
        for (part, node) in self.root.table().into_iter().flat_map(|t| &t.entries) {
            for (id, entry) in node.node.table().into_iter().flat_map(|t| &t.entries) {
                let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                if !plain || id.is_empty() || id == "tissue" || id == "native" {
                    let help = "ids are letters, digits, _ and -; `tissue` and `native` are taken";
                    self.cx.error(entry.key, format!("`{id}` cannot be an id in {part}"), help);
                }
            }
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
            let gauge = Gauge::unit(unit.clone());
            let boundary = match r.get("boundary") {
                Some(node) if node.text() == Some("no_flux") => Boundary::NoFlux,
                Some(node) => Boundary::Fixed(
                    gauge.read(self.cx, node, &format!("`{}.boundary`", r.path)).unwrap_or(0.0),
                ),
                None => Boundary::NoFlux,
            };
            let solver = match r.choice("solver") {
                Some("quasi_steady") => SolverKind::QuasiSteady,
                Some("explicit") => SolverKind::Explicit,
                _ => SolverKind::Implicit,
            };
            let diffusion = r.quantity("diffusion");
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

    /// A unit written as a value.
    fn unit(&self, r: &Reader, key: &str) -> Option<Unit> {
        let text = r.text(key)?;
        match parse_unit(text) {
            Ok(unit) => Some(unit),
            Err(e) => {
                self.cx.error(r.get(key).map_or(r.span, |n| n.span), e.message, e.help.unwrap_or_default());
                None
            }
        }
    }

    /// Traits and antigens in one list, in order of id.
    pub(super) fn read_traits(&mut self) {
        let mut readers: Vec<(&str, Reader, bool)> = Vec::new();
        readers.extend(self.things("trait").into_iter().map(|(id, r)| (id, r, false)));
        readers.extend(self.things("antigen").into_iter().map(|(id, r)| (id, r, true)));
        readers.retain(|(id, _, _)| self.names.traits.index(id).is_some());
        readers.sort_by_key(|(id, _, _)| *id);
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
            let initial = match r.get("initial") {
                Some(node) => {
                    read_draw(self.cx, node, &format!("`{}.initial`", r.path), &Gauge::unit(unit.clone()))
                }
                None => None,
            }
            .unwrap_or_else(|| Draw::constant(0.0));
            if initial.is_constant() {
                let value = initial.distribution.quantile(0.5);
                if r.has("initial") && (value < min || max.is_some_and(|m| value > m)) {
                    self.cx.error(
                        r.key_span("initial"),
                        format!("`{}.initial` is outside min and max", r.path),
                        "",
                    );
                }
            }
            let mutation = r.table("mutation").and_then(|m| {
                Some(Mutation { probability: m.number("probability")?, to: m.in_unit("to", &unit)? })
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
        let Some((name, span)) = r.name("presented_by") else { return (None, 1.0) };
        let index = self.names.traits.one(self.cx, name, span);
        let at = index.and_then(|i| r.in_unit("presented_at", self.trait_units.get(usize::from(i))?));
        (index.map(TraitId), at.unwrap_or(1.0))
    }

    pub(super) fn read_receptors(&mut self) {
        for (_, r) in self.things("receptor") {
            let binds = self.binds(&r);
            let gauge = match &binds {
                Binds::Antigens(list) => {
                    list.first().map_or_else(Gauge::plain, |a| self.trait_gauge(a.index()))
                }
                Binds::Substrate(s) => self.concentration_gauge(s.index()),
            };
            let copies = r.name("copies").and_then(|(name, span)| self.names.traits.one(self.cx, name, span));
            let copies_at = match copies {
                Some(c) => r.in_unit("copies_at", &self.trait_units[usize::from(c)].clone()),
                None => Some(1.0),
            };
            let clonal = r.bool("clonal");
            let uptake = r.quantity("uptake").unwrap_or(0.0);
            if let Binds::Antigens(list) = &binds {
                if clonal && list.len() > 250 {
                    self.cx.error(r.key_span("binds"), "a clonal receptor binds at most 250 antigens", "");
                }
                if uptake > 0.0 {
                    self.cx.error(
                        r.key_span("uptake"),
                        format!("`{}.uptake` is for receptors of a substrate", r.path),
                        "",
                    );
                }
            }
            self.receptors.push(Receptor {
                id: r.path["receptor.".len()..].to_string(),
                binds,
                clonal,
                response: self.response(&r, &gauge).unwrap_or(Response::Hill { half: 1.0, power: 1.0 }),
                copies: copies.map(TraitId),
                copies_at: copies_at.unwrap_or(1.0),
                uptake,
            });
        }
    }

    fn binds(&self, r: &Reader) -> Binds {
        let names = r.names("binds");
        if let [(name, _)] = names[..]
            && let Some(s) = self.names.substrate.index(name)
        {
            return Binds::Substrate(SubstrateId(s));
        }
        let mut list = Vec::new();
        for (name, span) in &names {
            if self.names.antigen.knows(name) {
                list.extend(self.names.traits.all(name).iter().map(|t| TraitId(*t)));
            } else {
                let known = self.names.antigen.names().chain(self.names.substrate.names());
                self.cx.error(
                    *span,
                    format!("`{name}` is no antigen and no substrate"),
                    suggest(name, known),
                );
            }
        }
        list.sort_unstable();
        list.dedup();
        if let Some(first) = list.first()
            && list
                .iter()
                .any(|a| self.trait_units[a.index()].dimension != self.trait_units[first.index()].dimension)
        {
            self.cx.error(r.key_span("binds"), "the antigens of one receptor need one unit", "");
        }
        Binds::Antigens(list)
    }

    /// The one response of a receptor or condition, its numbers in the units of the gauge.
    pub(super) fn response(&self, r: &Reader, gauge: &Gauge) -> Option<Response> {
        let keys: Vec<&str> = ["hill", "linear", "step", "window"].into_iter().filter(|k| r.has(k)).collect();
        let [key] = keys[..] else {
            let message = match keys.len() {
                0 => format!("{} has no response", r.path),
                _ => format!("{} has several responses: {}", r.path, keys.join(", ")),
            };
            self.cx.error(r.span, message, "give one of hill, linear, step, window");
            return None;
        };
        let t = r.table(key)?;
        let value = |k: &str| t.get(k).and_then(|n| gauge.read(self.cx, n, &format!("`{}.{k}`", t.path)));
        match key {
            "hill" => {
                let half = value("half");
                if half.is_some_and(|h| h <= 0.0) {
                    self.cx.error(t.key_span("half"), format!("`{}.half` must be above 0", t.path), "");
                }
                Some(Response::Hill { half: half?, power: t.number("power")? })
            }
            "linear" => {
                let (zero, one) = (value("zero")?, value("one")?);
                if zero == one {
                    self.cx.error(
                        t.span,
                        format!("`{}`: zero and one must differ", t.path),
                        "for a jump write step = { above = ... }",
                    );
                }
                Some(Response::Linear { zero, one })
            }
            "step" => match (t.has("above"), t.has("below")) {
                (true, false) => Some(Response::Above { above: value("above")? }),
                (false, true) => Some(Response::Below { below: value("below")? }),
                _ => {
                    self.cx.error(t.span, format!("`{}` needs either `above` or `below`", t.path), "");
                    None
                }
            },
            _ => {
                let v = [value("zero")?, value("one")?, value("one_end")?, value("zero_end")?];
                if v.windows(2).any(|w| w[0] > w[1]) {
                    self.cx.error(
                        t.span,
                        format!("`{}`: zero, one, one_end and zero_end must rise", t.path),
                        "",
                    );
                }
                Some(Response::Window { zero: v[0], one: v[1], one_end: v[2], zero_end: v[3] })
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

    /// Traits of a table `id = value`, kinds of an abstract antigen each; in order of trait.
    pub(super) fn drawn_traits(&self, r: &Reader) -> Vec<(TraitId, Draw)> {
        let mut out = std::collections::BTreeMap::new();
        for key in ["traits", "antigens"] {
            let mut entries = r.entries(key);
            // A kind written out wins over what its parent says for all kinds.
            entries.sort_by_key(|(name, _)| self.names.traits.index(name).is_some());
            for (name, entry) in entries {
                if key == "antigens" && !self.names.antigen.knows(name) && self.names.traits.knows(name) {
                    self.cx.error(
                        entry.key,
                        format!("`{name}` is a trait, not an antigen"),
                        "it belongs in `traits`",
                    );
                }
                let what = format!("`{}.{key}.{name}`", r.path);
                let Some(list) = self.names.traits.resolve(self.cx, name, entry.key) else { continue };
                for index in list {
                    let gauge = self.trait_gauge(usize::from(*index));
                    if let Some(draw) = read_draw(self.cx, &entry.node, &what, &gauge) {
                        out.insert(TraitId(*index), draw);
                    }
                }
            }
        }
        out.into_iter().collect()
    }

    /// A list of quantities as an array of three, the last 0 where only two are given.
    pub(super) fn vector(&self, r: &Reader, key: &str) -> Option<[f64; 3]> {
        let list = r.quantities(key, Dimension::LENGTH)?;
        match list[..] {
            [x, y] => Some([x, y, 0.0]),
            [x, y, z] => Some([x, y, z]),
            _ => {
                let node = r.get(key)?;
                let count = matches!(&node.value, Value::Array(_)).then_some(list.len()).unwrap_or(0);
                self.cx.error(
                    node.span,
                    format!("`{}.{key}` needs two or three lengths, not {count}", r.path),
                    "",
                );
                None
            }
        }
    }
}
