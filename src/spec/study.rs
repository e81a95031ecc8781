//! Studies: arms, subjects and comparisons, read from their document; the scenarios they build on are loaded with it.

use super::compile::{build, draw};
use super::diagnostics::{Problem, Severity, suggest};
use super::documents::{self, DocumentKind};
use super::fields::Kind;
use super::merge::{Document, load_with};
use super::overrides::{Override, of_table};
use super::reader::{Context, Reader};
use super::study_comparisons::{ComparisonSpec, comparisons};
use super::tree::{Entry, Node, Span, Value};
use crate::random::{Distribution, Draw};
use crate::units::{self, Quantity, Unit};
use std::path::PathBuf;
use std::sync::Arc;

/// A study, ready to be planned.
#[derive(Clone, Debug)]
pub struct StudySpec {
    pub title: String,
    pub seed: u64,
    pub replicates: u32,
    /// In the order in which they are written.
    pub arms: Vec<ArmSpec>,
    pub subjects: Subjects,
    /// In the order in which they are written.
    pub comparisons: Vec<ComparisonSpec>,
}

/// One treatment.
#[derive(Clone, Debug)]
pub struct ArmSpec {
    pub id: String,
    pub control: bool,
    pub scenario: Arc<Document>,
    pub set: Vec<Override>,
}

/// The cohort.
#[derive(Clone, Debug)]
pub struct Subjects {
    pub n: u32,
    pub draws: Vec<SubjectDraw>,
}

/// What differs between subjects: a path and the distribution of its value.
#[derive(Clone, Debug)]
pub struct SubjectDraw {
    path: String,
    draw: Draw,
    unit: Unit,
    span: Span,
}

impl SubjectDraw {
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether many subjects share a value, so that those who do are a stratum.
    pub fn is_discrete(&self) -> bool {
        let law = &self.draw.distribution;
        matches!(
            law,
            Distribution::Bernoulli { .. } | Distribution::Choice { .. } | Distribution::Table { .. }
        )
    }

    /// The subject's value in the unit of the draw, for two uniforms.
    pub fn value(&self, u: [f64; 2]) -> f64 {
        self.draw.sample(u)
    }

    /// The subject's value as an override.
    pub fn sample(&self, u: [f64; 2]) -> Override {
        let node = Node::new(self.span, plain(self.value(u), &self.unit));
        Override { path: self.path.clone(), node, key: self.span }
    }
}

/// A value as it would be written.
pub(super) fn plain(value: f64, unit: &Unit) -> Value {
    if *unit == Unit::one() {
        Value::Float(value)
    } else {
        Value::Text(Quantity { value, unit: unit.clone() }.to_string())
    }
}

/// Reads a study and the scenarios of its arms.
///
/// # Errors
/// Every problem of the study and of its scenarios' files.
pub fn study(document: &Document) -> Result<StudySpec, Vec<Problem>> {
    gathered(document, read)
}

/// Reads a document that loads others: what is read, unless there are errors in it or in them.
pub(super) fn gathered<T>(
    document: &Document,
    read: impl FnOnce(&Context, &Document, &mut Vec<Problem>) -> Option<T>,
) -> Result<T, Vec<Problem>> {
    let cx = Context::new(&document.files);
    let mut loaded = Vec::new();
    let spec = read(&cx, document, &mut loaded);
    let mut problems = cx.into_problems().into_sorted();
    problems.extend(loaded);
    match spec {
        Some(spec) if problems.iter().all(|p| p.severity != Severity::Error) => Ok(spec),
        _ => Err(problems),
    }
}

fn read(cx: &Context, document: &Document, problems: &mut Vec<Problem>) -> Option<StudySpec> {
    let top = Top { cx, document };
    top.check();
    let common = top.scenario(top.document.tree.get("scenario")?, problems);
    let mut arms = Vec::new();
    for (id, entry, r) in top.things("arm") {
        if !r.bool("enabled") {
            continue;
        }
        let scenario = match r.get("scenario") {
            Some(node) => top.scenario(node, problems),
            None => common.clone(),
        };
        if r.has("n") {
            let help = "in a paired study every subject stands in every arm: write [subjects] n";
            cx.error(
                r.key_span("n"),
                "subjects of one arm need parallel arms, which are not built yet",
                help,
            );
        }
        let set = r.get("set").map(|n| cx.with(|p| of_table(n, cx.files, p))).unwrap_or_default();
        let Some(scenario) = scenario else { continue };
        arms.push((entry.key, ArmSpec { id, control: r.bool("control"), scenario, set }));
    }
    arms.sort_by_key(|a| a.0);
    let arms: Vec<ArmSpec> = arms.into_iter().map(|a| a.1).collect();
    if arms.is_empty() && problems.is_empty() {
        cx.error(document.tree.span, "a study needs at least one enabled `arm`", "add [arm.NAME]");
    }
    let (subjects, unbuilt) = top.subjects();
    for key in unbuilt {
        cx.error(key, "this part of the language is not built yet", "remove it");
    }
    let seed = top.whole("seed").or_else(|| {
        let first = arms.first()?;
        build(&first.scenario, &first.set).setup.map(|s| s.seed)
    });
    let comparisons = comparisons(&top, &arms, &subjects);
    Some(StudySpec {
        title: document.title.clone().unwrap_or_default(),
        seed: seed.unwrap_or(1),
        replicates: top.whole("replicates").unwrap_or(1) as u32,
        arms,
        subjects,
        comparisons,
    })
}

/// A scenario by itself, as a study of one arm: what a sweep over a scenario stands on.
pub(super) fn alone(scenario: Document) -> StudySpec {
    let seed = build(&scenario, &[]).setup.map_or(1, |s| s.seed);
    let id = scenario.path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    StudySpec {
        title: scenario.title.clone().unwrap_or_default(),
        seed,
        replicates: 1,
        arms: vec![ArmSpec { id, control: false, scenario: Arc::new(scenario), set: Vec::new() }],
        subjects: Subjects { n: 1, draws: Vec::new() },
        comparisons: Vec::new(),
    }
}

/// The top of a study or sweep.
pub(super) struct Top<'a> {
    pub cx: &'a Context<'a>,
    pub document: &'a Document,
}

impl<'a> Top<'a> {
    /// Notes keys that do not exist or are missing.
    pub fn check(&self) {
        let kind = self.document.kind;
        let Some(table) = self.document.tree.table() else { return };
        for (key, entry) in &table.entries {
            if kind.body().all(|f| f.key != key) {
                let help = suggest(key, kind.body().map(|f| f.key));
                self.cx.error(entry.key, format!("a {} has no `{key}`", kind.name()), help);
            }
        }
        for field in kind.body().filter(|f| f.required && table.get(f.key).is_none()) {
            let message = format!("a {} needs `{}`: {}", kind.name(), field.key, field.text);
            self.cx.error(self.document.tree.span, message, "");
        }
    }

    /// A positive whole number at the top.
    pub fn whole(&self, key: &str) -> Option<u64> {
        let node = self.cx.bare(self.document.tree.get(key)?);
        match node.value {
            Value::Integer(i) if i >= 0 => Some(i as u64),
            _ => {
                self.cx.wrong(node, format!("`{key}` must be a whole number, not negative"), "");
                None
            }
        }
    }

    /// Readers of the things of a table, with their ids.
    pub fn things(&self, part: &'static str) -> Vec<(String, &'a Entry, Reader<'a>)> {
        let Some(Kind::Things(fields)) = documents::lookup(self.document.kind, &[part]) else {
            return Vec::new();
        };
        let Some(table) = self.document.tree.get(part).and_then(Node::table) else { return Vec::new() };
        let open = |(id, entry): (&String, &'a Entry)| {
            let path = format!("{part}.{id}");
            let reader = Reader::open(self.cx, &entry.node, fields, path, entry.key, false)?;
            Some((id.clone(), entry, reader))
        };
        table.entries.iter().filter_map(open).collect()
    }

    /// Loads a document named in this one; overrides of the command line that are not this document's go with it.
    pub fn named(&self, node: &Node, problems: &mut Vec<Problem>) -> Option<Document> {
        let bare = self.cx.bare(node);
        let Some(text) = bare.text() else {
            self.cx.wrong(bare, "must be the path of a document", "");
            return None;
        };
        let path: PathBuf = self.cx.files.folder(bare.span).join(text);
        if !path.is_file() {
            let message = format!("there is no file {}", path.display());
            self.cx.error(bare.span, message, "paths are relative to the file that names them");
            return None;
        }
        match load_with((*self.document.files).clone(), &path, &[]) {
            Ok(mut document) => {
                let own = |o: &&Override| {
                    let head = o.path.split('.').next();
                    self.document.kind.body().any(|f| head == Some(f.key))
                };
                document.overrides.extend(self.document.overrides.iter().filter(|o| !own(o)).cloned());
                Some(document)
            }
            Err(found) => {
                problems.extend(found);
                None
            }
        }
    }

    fn scenario(&self, node: &Node, problems: &mut Vec<Problem>) -> Option<Arc<Document>> {
        let document = self.named(node, problems)?;
        if document.kind != DocumentKind::Scenario {
            let message =
                format!("{} is a {}, not a scenario", document.path.display(), document.kind.name());
            self.cx.error(node.span, message, "");
            return None;
        }
        Some(Arc::new(document))
    }

    /// The cohort, and where it asks for what is not built.
    fn subjects(&self) -> (Subjects, Vec<Span>) {
        let mut out = Subjects { n: 1, draws: Vec::new() };
        let Some(Kind::Table(fields)) = documents::lookup(self.document.kind, &["subjects"]) else {
            return (out, Vec::new());
        };
        let Some(entry) = self.document.tree.table().and_then(|t| t.entries.get("subjects")) else {
            return (out, Vec::new());
        };
        let Some(r) = Reader::open(self.cx, &entry.node, fields, "subjects".to_string(), entry.key, false)
        else {
            return (out, Vec::new());
        };
        out.n = r.whole("n").unwrap_or(1) as u32;
        for (path, entry) in r.entries("draw") {
            let unit = unit_of(self.cx, &entry.node);
            if let Some(draw) = draw(self.cx, &entry.node, &format!("`subjects.draw.{path}`"), &unit) {
                out.draws.push(SubjectDraw { path: path.to_string(), draw, unit, span: entry.key });
            }
        }
        let unbuilt =
            ["table", "correlation", "group"].into_iter().filter(|k| r.has(k)).map(|k| r.key_span(k));
        let mut unbuilt: Vec<Span> = unbuilt.collect();
        unbuilt.extend((r.choice("assign") == Some("parallel")).then(|| r.key_span("assign")));
        unbuilt.extend((r.whole("trials").unwrap_or(1) > 1).then(|| r.key_span("trials")));
        let top = self.document.tree.table().map(|t| &t.entries);
        for key in ["escalation", "feature", "predictor"] {
            unbuilt.extend(top.and_then(|t| t.get(key)).map(|e| e.key));
        }
        (out, unbuilt)
    }
}

/// Unit in which a distribution (or value) is written: that of its first quantity.
pub(super) fn unit_of(cx: &Context, node: &Node) -> Unit {
    fn first(cx: &Context, node: &Node) -> Option<Unit> {
        match &cx.bare(node).value {
            Value::Text(text) => units::quantity(text).ok().map(|q| q.unit),
            Value::Array(list) => list.iter().find_map(|n| first(cx, n)),
            Value::Table(table) => {
                let numbers =
                    table.entries.iter().filter(|(k, _)| !["dist", "source", "note"].contains(&k.as_str()));
                numbers.into_iter().find_map(|(_, e)| first(cx, &e.node))
            }
            _ => None,
        }
    }
    first(cx, node).unwrap_or_else(Unit::one)
}
