//! From a merged tree to the immutable `Setup`: names become indices, units become the model's own, rules are
//! attached to the laws they bend. Every problem is noted and reading goes on.
//!
//! One file per part of the model. No file of results, no engine and no statistics may enter.

mod cells;
mod checks;
mod draws;
mod endpoints;
mod flows;
mod gauge;
mod interactions;
mod molecules;
mod names;
mod observables;
mod rules;
mod schedule;
mod signals;
mod situation;
mod steps;

use super::diagnostics::{Problem, Severity};
use super::documents::{self, DocumentKind};
use super::fields::{Field, Kind};
use super::inherit::inherit;
use super::merge::Document;
use super::overrides::{Override, apply, of_table};
use super::reader::{Context, Reader};
use super::tree::{Files, Node};
use crate::model::{Compartment, Flow, Layer, Observable, Receptor, Setup, Signal, Substrate, Trait};
use crate::units::Unit;
pub use draws::draw;
use gauge::Gauge;
use names::Names;
pub use rules::BEHAVIORS;
pub use signals::SIGNALS;
use std::cell::RefCell;

/// Compiles a scenario; `overrides` are applied in order, the document's own (`--set`) last.
///
/// # Errors
/// Every problem of the document at once, warnings among them.
pub fn compile(document: &Document, overrides: &[Override]) -> Result<Setup, Vec<Problem>> {
    let built = build(document, overrides);
    match built.setup {
        Some(setup) => Ok(setup),
        None => Err(built.problems),
    }
}

/// What compiling gives: the setup unless there are errors, all problems, and the tree with overrides applied.
#[derive(Debug)]
pub struct Built {
    pub setup: Option<Setup>,
    pub problems: Vec<Problem>,
    /// Overrides applied; switches and inheritance not.
    pub tree: Node,
    /// Unit of each gauge that explanations show: base units of substrates and traits by id.
    pub merged: Node,
}

/// Compiles a scenario, or the model part of a model, and keeps what reports need.
pub fn build(document: &Document, overrides: &[Override]) -> Built {
    let cx = Context::new(&document.files);
    let mut tree = document.tree.clone();
    cx.with(|p| {
        for o in overrides.iter().chain(&document.overrides) {
            apply(&mut tree, o, document.kind, &document.files, p);
        }
    });
    let mut merged = tree.clone();
    switch_off(&mut merged, document.kind, &cx);
    inherit(&mut merged, &cx);
    let setup = Compiler::new(&cx, &merged, document).run();
    let mut problems = cx.into_problems();
    for warning in &document.warnings {
        problems.push(warning.clone());
    }
    let problems = problems.into_sorted();
    let failed = problems.iter().any(|p| p.severity == Severity::Error);
    Built { setup: setup.filter(|_| !failed), problems, tree, merged }
}

/// Applies what the disabled mechanisms change.
fn switch_off(tree: &mut Node, kind: DocumentKind, cx: &Context) {
    let names = Names::new(tree);
    let mut changes = Vec::new();
    for id in names.switched_off() {
        if let Some(off) = tree.at(&["mechanism", id, "off"]) {
            changes.extend(cx.with(|p| of_table(off, cx.files, p)));
        }
    }
    cx.with(|p| changes.iter().for_each(|o| apply(tree, o, kind, cx.files, p)));
}

/// Notes tables and keys at the top that do not exist, or are missing.
fn check_top(cx: &Context, document: &Document, root: &Node) {
    let Some(table) = root.table() else { return };
    for (key, entry) in &table.entries {
        if document.kind.body().all(|f| f.key != key) {
            let body = document.kind.body().map(|f| f.key);
            let help =
                super::diagnostics::suggest(key, body.chain(document.kind.header().iter().map(|f| f.key)));
            cx.error(entry.key, format!("a {} has no `{key}`", document.kind.name()), help);
        }
    }
    for field in document.kind.body().filter(|f| f.required && table.get(f.key).is_none()) {
        let message = format!("a {} needs `{}`: {}", document.kind.name(), field.key, field.text);
        cx.error(root.span, message, "");
    }
}

/// Everything that compiling one document needs at hand.
pub struct Compiler<'a> {
    cx: &'a Context<'a>,
    root: &'a Node,
    document: &'a Document,
    names: Names,
    /// Edge of a site, um.
    spacing: f64,
    has_domain: bool,
    substrates: Vec<Substrate>,
    /// kg per molecule, by substrate.
    molar_mass: Vec<Option<f64>>,
    traits: Vec<Trait>,
    trait_units: Vec<Unit>,
    receptors: Vec<Receptor>,
    compartments: Vec<Compartment>,
    observables: Vec<Observable>,
    rules: rules::Rules<'a>,
    signals: RefCell<Vec<Signal>>,
}

impl<'a> Compiler<'a> {
    fn new(cx: &'a Context<'a>, root: &'a Node, document: &'a Document) -> Compiler<'a> {
        Compiler {
            cx,
            root,
            document,
            names: Names::new(root),
            spacing: 20.0,
            has_domain: root.get("domain").is_some(),
            substrates: Vec::new(),
            molar_mass: Vec::new(),
            traits: Vec::new(),
            trait_units: Vec::new(),
            receptors: Vec::new(),
            compartments: Vec::new(),
            observables: Vec::new(),
            rules: rules::Rules::default(),
            signals: RefCell::default(),
        }
    }

    /// Reads all parts in the order in which they need each other.
    fn run(mut self) -> Option<Setup> {
        check_top(self.cx, self.document, self.root);
        self.check_names();
        let contact = self.read_lattice();
        self.read_substrates();
        self.read_traits();
        self.read_receptors();
        self.read_compartments();
        self.read_observables();
        self.read_rules();
        let mut cell_types = self.read_cell_types();
        let interactions = self.read_interactions(&cell_types);
        let flows: Vec<Flow> = self.read_flows(&cell_types);
        self.attach_leaving(&mut cell_types, &flows);
        let initial = self.read_initial(&cell_types);
        let endpoints = self.read_endpoints();
        let products = self.read_products();
        let places = self.read_places();
        let doses = self.read_doses(&products);
        let removals = self.read_removals();
        let situation = self.read_situation(contact);
        self.unattached_rules();
        if self.cx.with(|p| p.has_errors()) {
            return None;
        }
        let setup = Setup {
            domain: situation.domain,
            clock: situation.clock,
            layers: self.names.layers.iter().map(|id| Layer { id: id.clone() }).collect(),
            substrates: self.substrates.clone(),
            traits: self.traits.clone(),
            receptors: self.receptors.clone(),
            cell_types,
            interactions,
            compartments: self.compartments.clone(),
            flows,
            initial,
            products,
            places,
            doses,
            removals,
            signals: self.signals.borrow().clone(),
            observables: self.observables.clone(),
            endpoints,
            recording: situation.recording,
            stop: situation.stop,
            seed: situation.seed,
        };
        self.check_setup(&setup);
        self.check_steps(&setup);
        Some(setup)
    }

    /// Readers of all things of a table, in order of id.
    fn things(&self, part: &'static str) -> Vec<(&'a str, Reader<'a>)> {
        let Some(node) = self.root.get(part) else { return Vec::new() };
        let Some(Kind::Things(fields)) = documents::lookup(self.document.kind, &[part]) else {
            return Vec::new();
        };
        let Some(table) = node.table() else {
            self.cx.error(node.span, format!("`{part}` must be a table of named things"), "");
            return Vec::new();
        };
        let mut out = Vec::new();
        for (id, entry) in &table.entries {
            let partial =
                matches!(entry.node.get("abstract").map(|n| &n.value), Some(super::tree::Value::Bool(true)));
            let path = format!("{part}.{id}");
            if let Some(reader) = Reader::open(self.cx, &entry.node, fields, path, entry.key, partial) {
                if fields.iter().any(|f| f.key == "enabled") {
                    reader.bool("enabled");
                }
                if fields.iter().any(|f| f.key == "abstract") {
                    reader.bool("abstract");
                }
                out.push((id.as_str(), reader));
            }
        }
        out
    }

    /// The reader of one table at the top, if it is there.
    fn part(&self, key: &'static str) -> Option<Reader<'a>> {
        let entry = self.root.table()?.entries.get(key)?;
        let fields: &'static [Field] = match documents::lookup(self.document.kind, &[key])? {
            Kind::Table(fields) => fields,
            _ => return None,
        };
        Reader::open(self.cx, &entry.node, fields, key.to_string(), entry.key, false)
    }

    fn files(&self) -> &'a Files {
        self.cx.files
    }

    /// What values of a trait are written in.
    fn trait_gauge(&self, index: usize) -> Gauge {
        Gauge::unit(self.trait_units.get(index).cloned().unwrap_or_else(Unit::one))
    }

    /// What concentrations of a substrate are written in.
    fn concentration_gauge(&self, index: usize) -> Gauge {
        self.substrates.get(index).map_or_else(Gauge::plain, |s| Gauge::unit(gauge::unit_of(s)))
    }
}
