//! Checking without running: every problem of a document and of all it leads to, and where its values come from.

use super::compile::build;
use super::diagnostics::{Problem, Problems};
use super::documents::DocumentKind;
use super::fields::{self, Field, Kind};
use super::merge::Document;
use super::overrides::Override;
use super::study::{StudySpec, study};
use super::sweep::{SweepSpec, sweep};
use super::tree::{Node, Value};
use crate::units;
use std::collections::{BTreeMap, BTreeSet};

/// What checking a document found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Errors and warnings, each once.
    pub problems: Vec<Problem>,
    /// How many values have a source with the tag S, D, K or A, and how many have none (`none`).
    pub sources: BTreeMap<String, usize>,
    /// Paths of values whose source says that they are placeholders.
    pub placeholders: Vec<String>,
}

/// Settings of a run, which have no source.
const SETTINGS: [&str; 7] = ["clock", "record", "stop", "design", "replicates", "seed", "lattice"];

/// Reads, merges and compiles a document and everything it names: a model or scenario itself, all arms of a study, all
/// levels of all factors of a sweep (one at a time).
pub fn check(document: &Document) -> Report {
    let mut found = Found::default();
    document.warnings.iter().for_each(|w| found.problems.push(w.clone()));
    match document.kind {
        DocumentKind::Model | DocumentKind::Scenario => found.scenario(document, &[]),
        DocumentKind::Study => {
            found.values(document, &document.tree);
            match study(document) {
                Ok(spec) => found.arms(&spec, &[]),
                Err(problems) => problems.into_iter().for_each(|p| found.problems.push(p)),
            }
        }
        DocumentKind::Sweep => {
            found.values(document, &document.tree);
            match sweep(document) {
                Ok(spec) => found.points(&spec),
                Err(problems) => problems.into_iter().for_each(|p| found.problems.push(p)),
            }
        }
    }
    Report {
        problems: found.problems.into_sorted(),
        sources: found.sources,
        placeholders: found.placeholders.into_iter().collect(),
    }
}

#[derive(Default)]
struct Found {
    problems: Problems,
    sources: BTreeMap<String, usize>,
    placeholders: BTreeSet<String>,
    /// Documents whose values are counted already.
    counted: BTreeSet<std::path::PathBuf>,
}

impl Found {
    fn scenario(&mut self, document: &Document, set: &[Override]) {
        let built = build(document, set);
        built.problems.into_iter().for_each(|p| self.problems.push(p));
        self.values(document, &built.tree);
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
        for level in spec.factors.iter().flat_map(|f| &f.levels).filter(|l| l.arm.is_none()) {
            self.arms(&spec.base, &level.set);
        }
    }

    /// Counts the values of a document once.
    fn values(&mut self, document: &Document, tree: &Node) {
        if !self.counted.insert(document.path.clone()) {
            return;
        }
        for field in document.kind.body().filter(|f| !SETTINGS.contains(&f.key)) {
            if let Some(node) = tree.get(field.key) {
                self.value(field.kind, node, field.key, None);
            }
        }
    }

    fn value(&mut self, kind: Kind, node: &Node, path: &str, around: Option<&str>) {
        let source = node.get("source").and_then(Node::text).or(around);
        match (kind, &node.value) {
            (Kind::Quantity(_) | Kind::Number | Kind::Whole | Kind::InUnit(_) | Kind::Drawn(_), _) => {
                self.count(path, source);
            }
            (Kind::Special(_), _) if measured(node) => self.count(path, source),
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
            if let Some(kind) = fields::lookup(fields, &[key]) {
                self.value(kind, &entry.node, &format!("{path}.{key}"), source);
            }
        }
    }

    fn count(&mut self, path: &str, source: Option<&str>) {
        *self.sources.entry(tag(source).to_string()).or_default() += 1;
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

/// Whether an entry that is read by hand holds a value: with a source, a number, or a text with a number and a unit.
fn measured(node: &Node) -> bool {
    node.get("value").is_some()
        || node.number().is_some()
        || node.text().is_some_and(|t| units::quantity(t).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::diagnostics::Severity;
    use super::super::merge::load;
    use super::*;
    use std::path::Path;

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
