//! The cohort of a study: how many subjects, and what they draw.
//!
//! A draw must stay within what its path allows: a cohort that breaks on its hundredth mouse is refused before the first.

use super::compile::{build, draw};
use super::diagnostics::{Problem, Severity};
use super::documents::{self, DocumentKind};
use super::fields::{Field, Kind, Range, governing};
use super::overrides::Override;
use super::reader::{Context, Reader};
use super::study::{ArmSpec, Top};
use super::tree::{Entry, Node, Span, Value};
use crate::random::{Distribution, Draw};
use crate::units::{self, Quantity, Unit, number};
use std::sync::Arc;

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
    /// A choice among words or switches: what is drawn is a position in this list.
    words: Vec<Value>,
    span: Span,
}

impl SubjectDraw {
    pub fn path(&self) -> &str {
        &self.path
    }

    /// "1" where there is none.
    pub fn unit(&self) -> &str {
        &self.unit.text
    }

    /// Whether it is recorded and drives nothing.
    pub fn is_covariate(&self) -> bool {
        self.path.starts_with(COVARIATE)
    }

    /// Whether many subjects share a value, so that those who do are a stratum.
    pub fn is_discrete(&self) -> bool {
        let law = &self.draw.distribution;
        matches!(
            law,
            Distribution::Bernoulli { .. } | Distribution::Choice { .. } | Distribution::Table { .. }
        )
    }

    /// The subject's value in the unit of the draw, for two uniforms; of a choice among words its position in the list.
    pub fn value(&self, u: [f64; 2]) -> f64 {
        self.draw.sample(u)
    }

    /// The subject's value as a cell of a table: a number in the unit of the draw, or the word.
    pub fn text(&self, u: [f64; 2]) -> String {
        let value = self.value(u);
        match self.words.get(value as usize) {
            Some(Value::Text(word)) => word.clone(),
            Some(Value::Bool(on)) => on.to_string(),
            _ => number(value),
        }
    }

    /// The subject's value as an override.
    pub fn sample(&self, u: [f64; 2]) -> Override {
        self.set(self.value(u))
    }

    fn set(&self, value: f64) -> Override {
        let written = match self.words.get(value as usize) {
            Some(word) => word.clone(),
            None => plain(value, &self.unit),
        };
        let node = Node::new(self.span, written);
        Override { path: self.path.clone(), node, key: self.span, inert: self.is_covariate() }
    }
}

/// Paths that name nothing of the scenario.
const COVARIATE: &str = "covariate.";

/// A value as it would be written.
pub(super) fn plain(value: f64, unit: &Unit) -> Value {
    if *unit == Unit::one() {
        Value::Float(value)
    } else {
        Value::Text(Quantity { value, unit: unit.clone() }.to_string())
    }
}

/// Reads the cohort, and holds its draws against the scenarios of the arms.
pub(super) fn subjects(top: &Top, arms: &[ArmSpec]) -> Subjects {
    let mut out = Subjects { n: 1, draws: Vec::new() };
    let Some(Kind::Table(fields)) = documents::lookup(top.document.kind, &["subjects"]) else { return out };
    let Some(entry) = top.document.tree.table().and_then(|t| t.entries.get("subjects")) else { return out };
    let Some(r) = Reader::open(top.cx, &entry.node, fields, "subjects".to_string(), entry.key, false) else {
        return out;
    };
    out.n = r.whole("n").unwrap_or(1) as u32;
    r.choice("assign");
    let mut fine = true;
    for (path, entry) in r.entries("draw") {
        let found = one(top.cx, path, entry);
        fine &= found.as_ref().is_some_and(|draw| within(top.cx, draw));
        out.draws.extend(found);
    }
    if fine {
        far_draws(top.cx, &out.draws, arms);
    }
    out
}

fn one(cx: &Context, path: &str, entry: &Entry) -> Option<SubjectDraw> {
    let what = format!("`subjects.draw.{path}`");
    if path.strip_prefix(COVARIATE).is_some_and(|name| name.is_empty() || name.contains('.')) {
        cx.error(entry.key, format!("{what} must name one covariate"), "covariate.NAME");
        return None;
    }
    let (node, words) = numbered(&entry.node);
    if let Some(key) =
        ["min", "max", "present"].into_iter().find(|k| !words.is_empty() && node.get(k).is_some())
    {
        cx.error(entry.key, format!("{what}: a choice among words has no `{key}`"), "give them `weights`");
        return None;
    }
    let unit = unit_of(cx, &node);
    let draw = draw(cx, &node, &what, &unit)?;
    Some(SubjectDraw { path: path.to_string(), draw, unit, words, span: entry.key })
}

/// A choice among words or switches with their positions in place of them.
fn numbered(node: &Node) -> (Node, Vec<Value>) {
    let mut out = node.clone();
    let Value::Table(table) = &mut out.value else { return (out, Vec::new()) };
    let Some(Entry { node: Node { value: Value::Array(list), .. }, .. }) = table.entries.get_mut("values")
    else {
        return (out, Vec::new());
    };
    let word = |n: &Node| match &n.value {
        Value::Bool(_) => true,
        // A text that begins like a number is a quantity, perhaps a wrong one.
        Value::Text(text) => {
            !text.trim_start().starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        }
        _ => false,
    };
    if list.is_empty() || !list.iter().all(word) {
        return (out, Vec::new());
    }
    let words = list.iter().map(|n| n.value.clone()).collect();
    list.iter_mut().enumerate().for_each(|(i, n)| n.value = Value::Integer(i as i64));
    (out, words)
}

/// Unit in which a distribution (or value) is written: that of its first quantity.
fn unit_of(cx: &Context, node: &Node) -> Unit {
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

/// Whether every value that can be drawn is one that the path allows; if not, why is noted.
fn within(cx: &Context, draw: &SubjectDraw) -> bool {
    let keys: Vec<&str> = draw.path.split('.').collect();
    // Covariates and paths that do not exist have no field: the latter are told when the scenario is built.
    let Some(field) = governing(DocumentKind::Scenario.body(), &keys) else { return true };
    if !draw.words.is_empty() {
        return true;
    }
    let [low, high] = draw.draw.support();
    let reach = format!("from {} to {}", written(low, &draw.unit), written(high, &draw.unit));
    let what = format!("`subjects.draw.{}`", draw.path);
    if let Some((end, words)) = outside(field, low, high) {
        let message = format!("{what} reaches {reach}, but `{}` {words}", draw.path);
        let bound = match (end, field.range) {
            ("min", Range::Positive) => "a `min` above 0".to_string(),
            ("min", Range::AtLeastOne) => "min = 1".to_string(),
            ("min", Range::Bias) => "min = -1".to_string(),
            ("min", _) => format!("min = {}", quoted(0.0, &draw.unit)),
            (_, Range::Share | Range::Bias) => "max = 1".to_string(),
            _ => format!("max = {}", quoted(field.most, &draw.unit)),
        };
        cx.error(
            draw.span,
            message,
            format!("give the draw {bound}; draws beyond it are redrawn by quantile"),
        );
        return false;
    }
    let whole = match &draw.draw.distribution {
        Distribution::Constant(v) => v.fract() == 0.0,
        Distribution::Bernoulli { .. } => true,
        Distribution::Choice { values, .. } | Distribution::Table { values } => {
            values.iter().all(|v| v.fract() == 0.0)
        }
        _ => false,
    };
    if matches!(field.kind, Kind::Whole) && !whole {
        let help = "draw it with dist = \"choice\" from whole numbers";
        cx.error(draw.span, format!("{what}: `{}` is a whole number", draw.path), help);
        return false;
    }
    true
}

/// Which end of the support the field refuses, and why. An end at which no value lies (the 0 of a lognormal) may be a
/// bound that must not be met.
fn outside(field: &Field, low: f64, high: f64) -> Option<(&'static str, String)> {
    let inner = if low == 0.0 { f64::MIN_POSITIVE } else { low };
    let low = if field.range == Range::Positive { inner } else { low };
    field.refuses(low).map(|w| ("min", w)).or_else(|| field.refuses(high).map(|w| ("max", w)))
}

fn written(value: f64, unit: &Unit) -> String {
    match value {
        f64::INFINITY => "infinity".to_string(),
        f64::NEG_INFINITY => "-infinity".to_string(),
        _ => Quantity { value, unit: unit.clone() }.to_string(),
    }
}

fn quoted(value: f64, unit: &Unit) -> String {
    if *unit == Unit::one() { number(value) } else { format!("\"{}\"", written(value, unit)) }
}

/// Uniforms far out in both tails: about one subject in a thousand million lies beyond.
const TAILS: [f64; 2] = [1e-9, 1.0 - 1e-9];

/// Builds the first arm of each scenario with each draw in turn at its far values: a base that a draw can take past the
/// target of a rule, or a word that does not exist, is found here.
fn far_draws(cx: &Context, draws: &[SubjectDraw], arms: &[ArmSpec]) {
    for (i, arm) in arms.iter().enumerate() {
        if arms[..i].iter().any(|a| Arc::ptr_eq(&a.scenario, &arm.scenario)) {
            continue;
        }
        let errors = |draw: Option<Override>| {
            let set: Vec<Override> = draw.into_iter().chain(arm.set.iter().cloned()).collect();
            let problems = build(&arm.scenario, &set).problems;
            problems.into_iter().filter(|p| p.severity == Severity::Error).collect::<Vec<_>>()
        };
        // What is wrong without draws is told elsewhere.
        if !errors(None).is_empty() {
            continue;
        }
        for draw in draws.iter().filter(|d| !d.is_covariate()) {
            let found: Vec<(f64, Vec<Problem>)> =
                draw.far_values().into_iter().map(|v| (v, errors(Some(draw.set(v))))).collect();
            // What is wrong with every value (a path, a unit) is a mistake of the draw itself and told with the arms.
            let always = |p: &Problem| found.iter().all(|(_, all)| all.contains(p));
            for (value, problem) in found.iter().flat_map(|(v, all)| all.iter().map(move |p| (*v, p))) {
                if always(problem) {
                    continue;
                }
                let drawn = draw.word(value);
                let message = format!("`subjects.draw.{}` can be {drawn}: {}", draw.path, problem.message);
                let help = if draw.words.is_empty() { "give the draw a `min` or a `max`" } else { "" };
                cx.error(draw.span, message, help);
            }
        }
    }
}

impl SubjectDraw {
    /// A value as messages write it.
    fn word(&self, value: f64) -> String {
        match self.words.get(value as usize) {
            Some(Value::Bool(b)) => b.to_string(),
            Some(Value::Text(t)) => format!("`{t}`"),
            // Four digits are enough to see where it lies.
            _ => written(format!("{value:.3e}").parse().unwrap_or(value), &self.unit),
        }
    }

    /// Values at which mistakes would show: the tails of a law, or every entry of a short list.
    fn far_values(&self) -> Vec<f64> {
        match &self.draw.distribution {
            Distribution::Choice { values, .. } if values.len() <= 32 => {
                let [low, high] = self.draw.support();
                values.iter().copied().filter(|v| *v >= low && *v <= high).collect()
            }
            _ => TAILS.iter().map(|u| self.value([*u, 0.0])).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::super::study::study;
    use super::*;

    fn read(draws: &str) -> Result<Subjects, Vec<Problem>> {
        let folder = tempfile::tempdir().unwrap();
        let scenario = "kind = \"scenario\"\nlattice = { layers = [\"t\"] }\nclock = { end = \"1 day\" }\n\
            domain = { size = [\"0.1 mm\", \"0.1 mm\"] }\ncell_type.a = { layer = \"t\", divide = \"1 /day\" }\n\
            place.a = { cell = \"a\", share = 0.1 }\nmechanism.m = { off = { \"cell_type.a.divide\" = \"0 /day\" } }\n";
        std::fs::write(folder.path().join("s.toml"), scenario).unwrap();
        let text = format!("kind = \"study\"\nscenario = \"s.toml\"\narm.x = {{}}\n[subjects.draw]\n{draws}");
        std::fs::write(folder.path().join("study.toml"), text).unwrap();
        study(&load(&folder.path().join("study.toml"), &[]).unwrap()).map(|s| s.subjects)
    }

    #[test]
    fn words_and_switches_are_drawn_as_they_are_written() {
        let draws = "\"place.a.pattern\" = { dist = \"choice\", values = [\"packed\", \"random\"], weights = [1, 3] }\n\
            \"mechanism.m.enabled\" = { dist = \"choice\", values = [true, false] }\n";
        let subjects = read(draws).unwrap();
        let [switch, pattern] = &subjects.draws[..] else { panic!("{subjects:?}") };
        let drawn = |d: &SubjectDraw, u: f64| d.sample([u, 0.0]).node;
        assert_eq!(drawn(pattern, 0.2).text(), Some("packed"));
        assert_eq!(drawn(pattern, 0.3).text(), Some("random"));
        assert!(drawn(switch, 0.2).is(true) && drawn(switch, 0.7).is(false));
        assert!(pattern.is_discrete() && pattern.value([0.3, 0.0]) == 1.0);
    }

    #[test]
    fn a_covariate_is_drawn_and_sets_nothing() {
        let subjects = read("\"covariate.age\" = { dist = \"normal\", mean = 50, sd = 10 }\n").unwrap();
        let age = &subjects.draws[0];
        assert!(age.is_covariate() && (age.value([0.5, 0.0]) - 50.0).abs() < 1e-9);
        let set = age.sample([0.5, 0.0]);
        assert!(set.inert && set.path == "covariate.age");
    }

    #[test]
    fn the_far_values_of_a_draw_must_be_legal() {
        let told = |draw: &str| {
            let problems = read(&format!("{draw}\n")).map(|_| ()).unwrap_err();
            let [problem] = &problems[..] else { panic!("{problems:?}") };
            assert_eq!((problem.line, problem.column), (5, 1), "{problem}");
            format!("{} {}", problem.message, problem.help.join(" "))
        };
        let rate = "\"cell_type.a.divide\" = { dist = \"normal\", mean = \"1 /day\", sd = \"0.1 /day\"";
        let text = told(&format!("{rate} }}"));
        assert!(text.contains("from -infinity to infinity") && text.contains("min = \"0 /day\""), "{text}");
        assert!(read(&format!("{rate}, min = \"0 /day\" }}\n")).is_ok());
        let share = "\"place.a.share\" = { dist = \"uniform\", low = 0.5, high = 1.5";
        assert!(told(&format!("{share} }}")).contains("max = 1"));
        assert!(read(&format!("{share}, max = 1 }}\n")).is_ok());
        let push =
            |values: &str| format!("\"cell_type.a.push\" = {{ dist = \"choice\", values = {values} }}");
        assert!(told(&push("[1, 2.5]")).contains("is a whole number"));
        assert!(read(&format!("{}\n", push("[1, 2]"))).is_ok());
        assert!(told(&push("[1, 100000]")).contains("at most 10000 are allowed"));
    }
}
