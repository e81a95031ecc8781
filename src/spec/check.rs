//! Checking without running: every problem of a document and of all it leads to, and where its values come from.

use super::compile::build;
use super::diagnostics::{Problem, Problems, Severity};
use super::documents::DocumentKind;
use super::fields::{self, Field, Kind};
use super::merge::{Document, read, read_text};
use super::overrides::Override;
use super::study::{StudySpec, read_study};
use super::sweep::{SweepSpec, read_sweep};
use super::tree::{Files, Node, Value};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// A document with everything it builds on; `set` holds overrides as `path=value`.
///
/// # Errors
/// Where files do not make one document: every problem of it.
pub fn load(path: &Path, set: &[String]) -> Result<Document, Vec<Problem>> {
    whole(read(Files::default(), path, set)?)
}

/// As [`load`], of a text that stands in the file `path`, which is of another kind.
///
/// # Errors
/// As `load`.
pub fn load_text(text: String, path: &Path, set: &[String]) -> Result<Document, Vec<Problem>> {
    whole(read_text(text, path, set)?)
}

fn whole(document: Document) -> Result<Document, Vec<Problem>> {
    if document.problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(check(&document).problems);
    }
    Ok(document)
}

/// What checking a document found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Errors and warnings, each once.
    pub problems: Vec<Problem>,
    /// How many values have a source with the tag S, D, K or A, and how many have none (`none`).
    pub sources: BTreeMap<String, usize>,
    /// Paths of values whose source says that they are placeholders.
    pub placeholders: Vec<String>,
    /// Paths of values without a tagged source.
    pub unsourced: Vec<String>,
}

/// Settings of a run, which have no source.
const SETTINGS: [&str; 7] = ["clock", "record", "stop", "design", "replicates", "seed", "lattice"];
/// Likewise below other tables: how large a study is and what it looks at.
const OF_STUDIES: [&str; 5] = ["n", "at", "trial", "range", "values"];

/// Reads, merges and compiles a document and everything it names: a model or scenario itself, all arms of a study, all
/// levels of all factors of a sweep (one at a time).
pub fn check(document: &Document) -> Report {
    let mut found = Found::default();
    document.problems.iter().for_each(|p| found.problems.push(p.clone()));
    match document.kind {
        DocumentKind::Model | DocumentKind::Scenario => found.scenario(document, &[]),
        DocumentKind::Study => {
            found.values(document, &document.tree);
            let (spec, problems) = read_study(document);
            problems.into_iter().for_each(|p| found.problems.push(p));
            spec.iter().for_each(|spec| found.arms(spec, &[]));
        }
        DocumentKind::Sweep => {
            found.values(document, &document.tree);
            let (spec, problems) = read_sweep(document);
            problems.into_iter().for_each(|p| found.problems.push(p));
            spec.iter().for_each(|spec| found.points(spec));
        }
    }
    Report {
        problems: found.problems.into_sorted(),
        sources: found.sources,
        placeholders: found.placeholders.into_iter().collect(),
        unsourced: found.unsourced.into_iter().collect(),
    }
}

#[derive(Default)]
struct Found {
    problems: Problems,
    sources: BTreeMap<String, usize>,
    placeholders: BTreeSet<String>,
    unsourced: BTreeSet<String>,
    /// Whether the document whose values are counted is a study or a sweep.
    of_study: bool,
    /// The texts of this document.
    files: Arc<Files>,
    /// Documents whose values are counted already, and the places of these values: documents share files.
    counted: BTreeSet<std::path::PathBuf>,
    seen: BTreeSet<(String, u32)>,
}

impl Found {
    fn scenario(&mut self, document: &Document, set: &[Override]) {
        let built = build(document, set);
        let whole = built.setup.is_some();
        built.problems.into_iter().for_each(|p| self.problems.push(p));
        // What a switch would change is tried where nothing else is wrong, once per document.
        if whole && !self.counted.contains(&document.path) {
            self.switches(document, set, &built.tree);
        }
        // What subjects draw and arms set is counted where it is written, in the study.
        self.values(document, if set.is_empty() { &built.tree } else { &document.tree });
    }

    /// Mistakes in what enabled mechanisms would change if they were switched off.
    fn switches(&mut self, document: &Document, set: &[Override], tree: &Node) {
        for (id, entry) in tree.get("mechanism").and_then(Node::table).into_iter().flat_map(|t| &t.entries) {
            let Some(off) = entry.node.get("off").and_then(Node::table) else { continue };
            let place = |span| {
                let p = Problem::at(Severity::Error, &document.files, span, String::new());
                (p.file, p.line, p.column)
            };
            let changes: Vec<_> =
                off.entries.values().flat_map(|e| [place(e.key), place(e.node.span)]).collect();
            let mut set = set.to_vec();
            set.push(Override::switch(&format!("mechanism.{id}.enabled"), false, entry.key));
            for problem in build(document, &set).problems {
                let at = (problem.file.clone(), problem.line, problem.column);
                if problem.severity == Severity::Error && changes.contains(&at) {
                    self.problems.push(problem);
                }
            }
        }
    }

    /// Every arm of a study, with every drawn path set to a typical value.
    fn arms(&mut self, spec: &StudySpec, point: &[Override]) {
        for arm in &spec.arms {
            let mut set: Vec<Override> = spec.subjects.draws.iter().map(|d| d.sample([0.5, 0.5])).collect();
            set.extend(arm.set.iter().chain(point).cloned());
            self.scenario(&arm.scenario, &set);
        }
    }

    fn points(&mut self, spec: &SweepSpec) {
        self.arms(&spec.base, &[]);
        for level in spec.factors.iter().flat_map(|f| f.telling()).filter(|l| l.arm.is_none()) {
            self.arms(&spec.base, &level.set);
        }
    }

    /// Counts the values of a document once.
    fn values(&mut self, document: &Document, tree: &Node) {
        if !self.counted.insert(document.path.clone()) {
            return;
        }
        self.files = Arc::clone(&document.files);
        self.of_study = matches!(document.kind, DocumentKind::Study | DocumentKind::Sweep);
        for field in document.kind.body().filter(|f| !SETTINGS.contains(&f.key)) {
            if let Some(node) = tree.get(field.key) {
                self.value(field.kind, node, field.key, None);
            }
        }
    }

    fn value(&mut self, kind: Kind, node: &Node, path: &str, around: Option<&str>) {
        let source = node.get("source").and_then(Node::text).or(around);
        match (kind, &node.value) {
            (Kind::Quantity(_) | Kind::Number | Kind::Whole | Kind::InUnit(_) | Kind::Drawn(_), _)
                if !nothing(node) =>
            {
                self.count(path, source, node);
            }
            (Kind::Lengths(_), _) => self.count(path, source, node),
            (Kind::Special(words), Value::Table(table)) if words.starts_with("path = ") => {
                for (id, entry) in &table.entries {
                    let kind = Kind::Special("a value or a distribution");
                    self.value(kind, &entry.node, &format!("{path}.{id}"), source);
                }
            }
            (Kind::Special(_), _) if measured(path, node) => self.count(path, source, node),
            (Kind::Map(inner), Value::Table(table)) => {
                for (id, entry) in &table.entries {
                    self.value(*inner, &entry.node, &format!("{path}.{id}"), source);
                }
            }
            (Kind::Things(fields), Value::Table(table)) => {
                for (id, entry) in &table.entries {
                    self.table(fields, &entry.node, &format!("{path}.{id}"), source);
                }
            }
            (Kind::Table(fields), Value::Table(_)) => self.table(fields, node, path, source),
            (Kind::List(fields), Value::Array(list)) => {
                for (i, node) in list.iter().enumerate() {
                    self.table(fields, node, &format!("{path}.{i}"), source);
                }
            }
            _ => {}
        }
    }

    fn table(&mut self, fields: &'static [Field], node: &Node, path: &str, around: Option<&str>) {
        let source = node.get("source").and_then(Node::text).or(around);
        for (key, entry) in node.table().iter().flat_map(|t| &t.entries) {
            if self.of_study && OF_STUDIES.contains(&key.as_str()) {
                continue;
            }
            if let Some(kind) = fields::lookup(fields, &[key]) {
                self.value(kind, &entry.node, &format!("{path}.{key}"), source);
            }
        }
    }

    fn count(&mut self, path: &str, source: Option<&str>, node: &Node) {
        let place = (self.files.name(node.span).to_string(), node.span.start);
        if !self.seen.insert(place) {
            return;
        }
        let tag = tag(source);
        *self.sources.entry(tag.to_string()).or_default() += 1;
        if tag == "none" {
            self.unsourced.insert(path.to_string());
        }
        if source.is_some_and(|s| s.contains("placeholder")) {
            self.placeholders.insert(path.to_string());
        }
    }
}

/// S, D, K or A; `none` without a tagged source.
pub fn tag(source: Option<&str>) -> &'static str {
    let Some(text) = source else { return "none" };
    let found = ["S", "D", "K", "A"].into_iter().find(|t| text.starts_with(t));
    found.filter(|_| !text[1..].starts_with(|c: char| c.is_alphanumeric())).unwrap_or("none")
}

/// Zero says that something is not there: that needs no source.
fn nothing(node: &Node) -> bool {
    let node = node.inner();
    let zero = |n: &Node| match (n.number(), n.text()) {
        (Some(v), _) => v == 0.0,
        (_, Some(t)) => units::quantity(t).is_ok_and(|q| q.value == 0.0),
        _ => false,
    };
    zero(node)
}

/// Whether an entry that is read by hand holds a quantity: the name of a unit ("1") is none.
fn measured(path: &str, node: &Node) -> bool {
    let node = node.inner();
    let drawn = node.get("dist").is_some();
    let written = node.number().is_some() || node.text().is_some_and(|t| units::quantity(t).is_ok());
    !path.ends_with(".unit") && (drawn || written) && !nothing(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "kind = \"model\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\n\
        divide = { value = \"1 /day\", source = \"S: x\" }\ndie.old = { value = \"0.1 /day\", source = \"A: placeholder\" }\n\
        push = 2\n[observable.n]\nkind = \"count\"\ncells = [\"a\"]\n";
    const SCENARIO: &str = "kind = \"scenario\"\nmodel = \"m.toml\"\nclock = { end = \"2 day\" }\n";

    fn checked(last: (&str, &str)) -> Report {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("m.toml", MODEL), ("s.toml", SCENARIO), last] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        check(&load(&folder.path().join(last.0), &[]).unwrap())
    }

    #[test]
    fn values_are_counted_by_the_tag_of_their_source() {
        let report = checked(("m.toml", MODEL));
        assert!(report.problems.iter().all(|p| p.severity == Severity::Warning), "{:?}", report.problems);
        let expected = [("A".to_string(), 1), ("S".to_string(), 1), ("none".to_string(), 1)];
        assert_eq!(report.sources, BTreeMap::from(expected));
        assert_eq!(report.placeholders, ["cell_type.a.die.old"]);
        assert_eq!(tag(Some("Stein 2019")), "none");
        assert_eq!(tag(Some("K")), "K");
    }

    #[test]
    fn mistakes_of_all_arms_and_draws_are_found_and_each_once() {
        let study = "kind = \"study\"\nscenario = \"s.toml\"\n[arm]\na = {}\n\
            b = { set = { \"cell_type.a.divid\" = \"1 /day\" } }\nc = { set = { \"cell_type.a.push\" = \"x\" } }\n\
            [subjects]\ndraw.\"cell_type.z.divide\" = { dist = \"uniform\", low = \"1 /day\", high = \"2 /day\" }\n";
        let report = checked(("study.toml", study));
        let errors: Vec<&str> = report
            .problems
            .iter()
            .filter(|p| p.severity == Severity::Error)
            .map(|p| p.message.as_str())
            .collect();
        assert_eq!(errors.len(), 3, "{errors:?}");
        for part in ["divid`", "push", "`cell_type` has no `z`"] {
            assert!(errors.iter().any(|e| e.contains(part)), "{part}: {errors:?}");
        }
    }

    #[test]
    fn what_an_enabled_switch_would_change_is_checked() {
        let scenario = format!(
            "{SCENARIO}[mechanism]\npath = {{ off = {{ \"cell_type.a.divid\" = \"1 /day\" }} }}\n\
             unit = {{ off = {{ \"cell_type.a.divide\" = \"1 mm\" }} }}\n\
             sign = {{ off = {{ \"cell_type.a.divide\" = \"-1 /day\" }} }}\n\
             fine = {{ off = {{ \"cell_type.a.divide\" = \"0 /day\" }} }}\n"
        );
        let report = checked(("s.toml", &scenario));
        let errors = report.problems.iter().filter(|p| p.severity == Severity::Error);
        let told: Vec<(usize, &str)> = errors.map(|p| (p.line, p.message.as_str())).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        for ((line, message), (expected, part)) in
            told.iter().zip([(5, "has no `divid`"), (6, "must be a rate"), (7, "must not be negative")])
        {
            assert!(*line == expected && message.contains(part), "{told:?}");
        }
    }

    #[test]
    fn zeros_units_and_what_a_study_looks_at_are_no_quantities() {
        let model = MODEL.replace("push = 2", "push = { value = 0 }\nmove.speed = \"0 um/min\"")
            + "[trait.t]\nunit = \"1\"\n";
        let report = checked(("m.toml", &model));
        assert_eq!(report.unsourced, Vec::<String>::new());
        let study = "kind = \"study\"\nscenario = \"s.toml\"\nreplicates = 2\n[arm]\n\
            a = { set = { \"cell_type.a.push\" = 3, \"cell_type.a.enabled\" = true } }\n[subjects]\nn = 5\n\
            draw.\"cell_type.a.divide\" = { dist = \"uniform\", low = \"1 /day\", high = \"2 /day\" }\n\
            draw.\"covariate.x\" = { dist = \"normal\", mean = 5, sd = 1, source = \"A\" }\n";
        let report = checked(("study.toml", study));
        let expected = ["arm.a.set.cell_type.a.push", "cell_type.a.push", "subjects.draw.cell_type.a.divide"];
        assert_eq!(report.unsourced, expected);
    }

    #[test]
    fn every_level_of_a_sweep_is_built() {
        let sweep = "kind = \"sweep\"\nbase = \"s.toml\"\ndesign = { kind = \"grid\" }\n[factor]\n\
            d = { path = \"cell_type.a.divide\", values = [\"1 /day\", \"2 um\"] }\n";
        let report = checked(("sweep.toml", sweep));
        assert!(
            report.problems.iter().any(|p| p.message.contains("cell_type.a.divide")),
            "{:?}",
            report.problems
        );
    }

    #[test]
    fn what_is_shipped_has_no_errors() {
        for name in ["gbm/study.toml", "gbm/dose_by_antigen.toml", "minimal/study.toml"] {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name);
            let report = check(&load(&path, &[]).unwrap());
            assert!(
                report.problems.iter().all(|p| p.severity == Severity::Warning),
                "{name}: {:?}",
                report.problems
            );
        }
    }
}
