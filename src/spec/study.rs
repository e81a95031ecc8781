//! Studies: arms, subjects and comparisons, read from their document; the scenarios they build on are loaded with it.

use super::compile::build;
use super::diagnostics::{Problem, Severity, suggest};
use super::documents::{self, DocumentKind};
use super::fields::Kind;
use super::merge::{self, Document};
use super::overrides::{Override, of_table};
use super::reader::{Context, Reader, not_built};
use super::study_comparisons::{ComparisonSpec, comparisons};
use super::study_fields::MOST_RUNS;
use super::subjects::{Subjects, subjects};
use super::tree::{Entry, Node, Table, Value};
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
    /// Its name in figures, if it has one beside its id.
    pub label: Option<String>,
    pub control: bool,
    pub scenario: Arc<Document>,
    pub set: Vec<Override>,
}

/// Reads a study and the scenarios of its arms.
///
/// # Errors
/// Every problem of the study and of its scenarios' files.
pub fn study(document: &Document) -> Result<StudySpec, Vec<Problem>> {
    sound(read_study(document))
}

/// As [`study`]: what can be read of it, beside its problems.
pub(super) fn read_study(document: &Document) -> (Option<StudySpec>, Vec<Problem>) {
    gathered(document, read)
}

/// What was read, unless there are errors.
pub(super) fn sound<T>((spec, problems): (Option<T>, Vec<Problem>)) -> Result<T, Vec<Problem>> {
    match spec {
        Some(spec) if problems.iter().all(|p| p.severity != Severity::Error) => Ok(spec),
        _ => Err(problems),
    }
}

/// Reads a document that loads others: what can be read of it, and every problem in it and in them.
pub(super) fn gathered<T>(
    document: &Document,
    read: impl FnOnce(&Context, &Document, &mut Vec<Problem>) -> Option<T>,
) -> (Option<T>, Vec<Problem>) {
    let cx = Context::new(&document.files);
    cx.learn(&document.tree);
    let mut loaded = Vec::new();
    let spec = read(&cx, document, &mut loaded);
    let mut problems = cx.into_problems().into_sorted();
    problems.extend(loaded);
    (spec, problems)
}

fn read(cx: &Context, document: &Document, problems: &mut Vec<Problem>) -> Option<StudySpec> {
    let top = Top { cx, document };
    top.check();
    let common = top.scenario(top.document.tree.get("scenario")?, problems);
    let (mut arms, mut controls) = (Vec::new(), Vec::new());
    let mut enabled = false;
    for (id, entry, r) in top.things("arm") {
        if !r.bool("enabled") {
            continue;
        }
        let scenario = match r.get("scenario") {
            Some(node) => top.scenario(node, problems),
            None => common.clone(),
        };
        let set = r.get("set").map(|n| cx.with(|p| of_table(n, cx.files, p))).unwrap_or_default();
        enabled = true;
        let Some(scenario) = scenario else { continue };
        let control = r.bool("control");
        let label = r.get("label").and_then(Node::text).map(str::to_owned);
        if control {
            controls.push((entry.key, id.clone(), r.key_span("control")));
        }
        arms.push((entry.key, ArmSpec { id, label, control, scenario, set }));
    }
    arms.sort_by_key(|a| a.0);
    let arms: Vec<ArmSpec> = arms.into_iter().map(|a| a.1).collect();
    if !enabled {
        cx.error(document.tree.span, "a study needs at least one enabled `arm`", "add [arm.NAME]");
    }
    controls.sort_by_key(|c| c.0);
    for (_, id, span) in controls.iter().skip(1) {
        let message = format!("arm `{id}` is a second control beside `{}`", controls[0].1);
        cx.error(*span, message, "one arm at most has control = true");
    }
    let subjects = subjects(&top, &arms);
    let seed = top.whole("seed").or_else(|| {
        let first = arms.first()?;
        build(&first.scenario, &first.set).setup.map(|s| s.seed)
    });
    let comparisons = comparisons(&top, &arms, &subjects);
    let replicates = top.whole("replicates").unwrap_or(1);
    countable(
        cx,
        document.tree.get("replicates").or(document.tree.get("subjects")).unwrap_or(&document.tree),
        &[("arms", arms.len()), ("subjects", subjects.n as usize), ("replicates", replicates as usize)],
    );
    // Without a title of its own a study is one of its first arm's scenario.
    let title = document.title.clone().or_else(|| arms.first()?.scenario.title.clone());
    Some(StudySpec {
        title: title.unwrap_or_default(),
        seed: seed.unwrap_or(1),
        replicates: replicates as u32,
        arms,
        subjects,
        comparisons,
    })
}

/// Notes more runs than a plan can hold, before anything is laid out.
pub(super) fn countable(cx: &Context, node: &Node, factors: &[(&str, usize)]) {
    if let Some(message) = too_many(factors) {
        cx.error(node.span, message, "");
    }
}

/// What is wrong with a plan of so many arms, subjects and the like, if it would have more runs than can be held.
pub fn too_many(factors: &[(&str, usize)]) -> Option<String> {
    let runs = factors.iter().fold(1u128, |n, (_, f)| n.saturating_mul(*f as u128));
    let each = || {
        let several = factors.iter().filter(|f| f.1 != 1);
        several.map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(" x ")
    };
    (runs as f64 > MOST_RUNS)
        .then(|| format!("{} make {runs} runs; at most {MOST_RUNS} can be planned", each()))
}

/// A scenario by itself, as a study of one arm: what a sweep over a scenario stands on.
pub(super) fn alone(scenario: Document) -> StudySpec {
    let seed = build(&scenario, &[]).setup.map_or(1, |s| s.seed);
    let id = scenario.path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    StudySpec {
        title: scenario.title.clone().unwrap_or_default(),
        seed,
        replicates: 1,
        arms: vec![ArmSpec {
            id,
            label: None,
            control: false,
            scenario: Arc::new(scenario),
            set: Vec::new(),
        }],
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
        top_keys(self.cx, kind, table);
        for field in kind.body().filter(|f| f.required && table.get(f.key).is_none()) {
            let message = format!("a {} needs `{}`: {}", kind.name(), field.key, field.text);
            self.cx.error(self.document.tree.span, message, "");
        }
    }

    /// A whole number at the top, in the range of its field.
    pub fn whole(&self, key: &str) -> Option<u64> {
        let node = self.cx.bare(self.document.tree.get(key)?);
        let field = self.document.kind.body().find(|f| f.key == key)?;
        match node.value {
            Value::Integer(i) if i >= 0 => {
                if let Some(words) = field.refuses(i as f64) {
                    self.cx.wrong(node, format!("`{key}` {words}"), "");
                    return None;
                }
                Some(i as u64)
            }
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
        let Some(node) = self.document.tree.get(part) else { return Vec::new() };
        let Some(table) = named_things(self.cx, part, node) else { return Vec::new() };
        check_ids(self.cx, part, table);
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
        match merge::read((*self.document.files).clone(), &path, &[]) {
            Ok(mut document) => {
                let errors = document.problems.iter().filter(|p| p.severity == Severity::Error);
                problems.extend(errors.cloned());
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
}

/// Notes keys at the top of a document that do not exist, or are not built.
pub(super) fn top_keys(cx: &Context, kind: DocumentKind, table: &Table) {
    for (key, entry) in &table.entries {
        match kind.body().find(|f| f.key == key) {
            Some(field) if !field.built => not_built(cx, field, key, entry.key),
            Some(_) => {}
            None => {
                let known = kind.header().iter().chain(kind.body()).filter(|f| f.built).map(|f| f.key);
                cx.error(entry.key, format!("a {} has no `{key}`", kind.name()), suggest(key, known));
            }
        }
    }
}

/// More characters than this fit neither a table nor the name of a file.
const MOST_LETTERS: usize = 100;

/// Notes names that cannot be ids: they become columns, paths and names of files.
pub(super) fn check_ids(cx: &Context, part: &str, table: &Table) {
    for (id, entry) in &table.entries {
        let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if !plain || id.is_empty() || id == "tissue" || id == "native" {
            let help = "ids are letters, digits, _ and -; `tissue` and `native` are taken";
            cx.error(entry.key, format!("`{id}` cannot be an id in {part}"), help);
        } else if id.len() > MOST_LETTERS {
            let message =
                format!("an id in {part} has {} characters; at most {MOST_LETTERS} are allowed", id.len());
            cx.error(entry.key, message, "");
        }
    }
}

/// The table of named things at the top of a document; anything else there is noted.
pub(super) fn named_things<'n>(cx: &Context, part: &str, node: &'n Node) -> Option<&'n Table> {
    if node.table().is_none() {
        let help = match &node.value {
            Value::Array(_) => format!("things have names: write [{part}.NAME] in place of [[{part}]]"),
            _ => format!("write [{part}.NAME]"),
        };
        cx.error(node.span, format!("`{part}` must be a table of named things, not {}", node.kind()), help);
    }
    node.table()
}
