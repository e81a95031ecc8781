//! From a merged tree to the immutable `Setup`: names become indices, units become the model's own, rules are
//! attached to the laws they bend. Every problem is noted and reading goes on.
//!
//! One file per part of the model. No file of results, no engine and no statistics may enter.

mod cell_table;
mod cells;
mod checks;
mod columns;
mod descent;
mod draws;
mod endpoints;
mod filters;
mod flows;
mod gauge;
mod held;
mod interactions;
mod misfit;
mod mistakes;
mod molecules;
mod names;
mod observables;
mod places;
mod products;
mod receptors;
mod regions;
mod removals;
mod rules;
mod signals;
mod situation;
mod steps;
mod switches;
mod traits;
mod triggers;

use super::csv_text::Csv;
use super::diagnostics::{Problem, Severity};
use super::documents::{self, DocumentKind};
use super::fields::{Field, Kind};
use super::inherit::inherit;
use super::merge::Document;
use super::overrides::{Override, apply, of_table};
use super::reader::{Context, Reader};
use super::study::{named_things, top_keys};
use super::tree::{Files, Node, Span};
use crate::model::{
    Clock, Compartment, Domain, Flow, Layer, Observable, Receptor, Setup, Signal, Substrate, Trait,
};
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
    cx.learn(&merged);
    inherit(&mut merged, &cx);
    let setup = Compiler::new(&cx, &merged, document).run();
    let mut problems = cx.into_problems();
    for found in &document.problems {
        problems.push(found.clone());
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
    top_keys(cx, document.kind, table);
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
    /// None also where it cannot be read.
    domain: Option<Domain>,
    clock: Clock,
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
            domain: None,
            clock: Clock { start: 0.0, end: 0.0, step: 30.0, pool_steps: 1 },
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
        self.check_switches();
        let contact = self.read_lattice();
        self.domain = self.read_domain(contact);
        let seed;
        (self.clock, seed) = self.read_clock();
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
        self.check_layers(&cell_types);
        let initial = self.read_initial(&cell_types);
        let endpoints = self.read_endpoints();
        let products = self.read_products(&cell_types);
        let places = self.read_places(&cell_types);
        let doses = self.read_doses(&products);
        let removals = self.read_removals();
        let situation = self.read_situation();
        let start = self.start();
        self.unattached_rules();
        if self.cx.with(|p| p.has_errors()) {
            return None;
        }
        let setup = Setup {
            domain: self.domain.clone(),
            clock: self.clock,
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
            start,
            stop: situation.stop,
            seed,
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
        let Some(table) = named_things(self.cx, part, node) else { return Vec::new() };
        let mut out = Vec::new();
        for (id, entry) in &table.entries {
            let partial = entry.node.get("abstract").is_some_and(|n| n.is(true));
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

/// Opens a table that a document names; paths start at the folder of the file that names it.
fn open_csv(cx: &Context, file: &str, span: Span) -> Option<Csv> {
    match Csv::open(&cx.files.folder(span).join(file), file) {
        Ok(csv) => {
            let faults = csv.header_faults();
            cx.with(|p| faults.into_iter().for_each(|fault| p.push(csv.problem(fault))));
            Some(csv)
        }
        // A file that cannot be read is a mistake of the document that names it.
        Err(problem) if problem.line == 0 => {
            let help = "paths start at the folder of the file that names them";
            cx.error(span, format!("{file}: {}", problem.message), help);
            None
        }
        Err(problem) => {
            cx.with(|p| p.push(*problem));
            None
        }
    }
}

#[cfg(test)]
mod tests;
