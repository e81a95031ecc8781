//! Sweeps: what is varied, over which values, on which base.

use super::compile::build;
use super::diagnostics::{Problem, suggest};
use super::documents::{self, DocumentKind};
use super::fields::Kind;
use super::merge::Document;
use super::overrides::Override;
use super::reader::{Context, Reader};
use super::study::{StudySpec, Top, alone, countable, gathered, read_study, sound};
use super::study_fields::MOST_LEVELS;
use super::subjects::plain;
use super::tree::{Node, Span, Value};
use crate::math;
use crate::record::is_own_of_runs;
use crate::units::{self, Quantity};
use std::collections::BTreeSet;

/// A sweep, ready to be planned.
#[derive(Clone, Debug)]
pub struct SweepSpec {
    pub title: String,
    pub seed: Option<u64>,
    pub replicates: u32,
    pub base: StudySpec,
    pub design: String,
    /// Endpoints and observables that the tables keep; none: all.
    pub endpoints: Option<Vec<String>>,
    pub observables: Option<Vec<String>>,
    /// In the order in which they are written.
    pub factors: Vec<Factor>,
}

/// One factor: its column in the tables and its levels.
#[derive(Clone, Debug)]
pub struct Factor {
    id: String,
    /// What it sets, and where that is written.
    paths: Vec<(String, Span)>,
    /// The path; the factor's id where several paths move together.
    pub column: String,
    pub levels: Vec<Level>,
    /// Whether the levels are evenly spread between two ends.
    ranged: bool,
}

impl Factor {
    /// Levels at which a mistake would show: of a range its ends.
    pub fn telling(&self) -> impl Iterator<Item = &Level> {
        let last = self.levels.len().saturating_sub(1);
        self.levels
            .iter()
            .enumerate()
            .filter(move |(i, _)| !self.ranged || [0, last].contains(i))
            .map(|l| l.1)
    }
}

/// One value of a factor.
#[derive(Clone, Debug)]
pub struct Level {
    /// As written in the tables.
    pub text: String,
    pub set: Vec<Override>,
    /// Where the factor is the arm.
    pub arm: Option<String>,
}

/// Reads a sweep and its base.
///
/// # Errors
/// Every problem of the sweep and of its base.
pub fn sweep(document: &Document) -> Result<SweepSpec, Vec<Problem>> {
    sound(read_sweep(document))
}

/// As [`sweep`]: what can be read of it, beside its problems.
pub(super) fn read_sweep(document: &Document) -> (Option<SweepSpec>, Vec<Problem>) {
    gathered(document, read)
}

fn read(cx: &Context, document: &Document, problems: &mut Vec<Problem>) -> Option<SweepSpec> {
    let top = Top { cx, document };
    top.check();
    let node = document.tree.get("base")?;
    let base = top.named(node, problems)?;
    let base = match base.kind {
        DocumentKind::Scenario => alone(base),
        DocumentKind::Study => {
            let (study, found) = read_study(&base);
            problems.extend(found);
            study?
        }
        other => {
            let message = format!("{} is a {}", base.path.display(), other.name());
            cx.error(node.span, message, "a sweep stands on a scenario or a study");
            return None;
        }
    };
    let mut factors = Vec::new();
    for (id, entry, r) in top.things("factor") {
        if r.bool("enabled")
            && let Some(factor) = factor(cx, &id, &r, &base)
        {
            factors.push((entry.key, factor));
        }
    }
    factors.sort_by_key(|f| f.0);
    let factors: Vec<Factor> = factors.into_iter().map(|f| f.1).collect();
    if factors.is_empty() && document.tree.get("factor").and_then(Node::table).is_some() && !cx.has_errors() {
        let span = document.tree.get("factor").map_or(document.tree.span, |n| n.span);
        cx.error(span, "a sweep needs at least one enabled `factor`", "add [factor.NAME]");
    }
    twins(cx, &factors);
    let replicates = top.whole("replicates").unwrap_or(1);
    size(cx, document, &base, &factors, replicates);
    let measured = Measured::of(&base);
    let endpoints = kept(&top, "endpoints", &measured.endpoints);
    let observables = kept(&top, "observables", &measured.recorded);
    Some(SweepSpec {
        title: document.title.clone().unwrap_or_default(),
        seed: top.whole("seed"),
        replicates: replicates as u32,
        base,
        // The only design there is, also where another is asked for: what else is wrong is told beside it.
        design: design(cx, document).unwrap_or_else(|| GRID.to_string()),
        endpoints,
        observables,
        factors,
    })
}

/// The design where none is written.
const GRID: &str = "grid";

/// No path may be set by two factors: the later one would win at every point.
fn twins(cx: &Context, factors: &[Factor]) {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for factor in factors {
        for (path, span) in &factor.paths {
            let below =
                |a: &str, b: &str| a == b || b.strip_prefix(a).is_some_and(|rest| rest.starts_with('.'));
            if let Some((twin, id)) = seen.iter().find(|(p, _)| below(p, path) || below(path, p)) {
                let message = format!("factor.{} sets `{path}`, but factor.{id} sets `{twin}`", factor.id);
                cx.error(*span, message, "each path belongs to one factor");
            }
            seen.push((path, &factor.id));
        }
    }
}

/// Notes a design with more runs than can be planned.
fn size(cx: &Context, document: &Document, base: &StudySpec, factors: &[Factor], replicates: u64) {
    let arms =
        if factors.iter().any(|f| f.levels.iter().any(|l| l.arm.is_some())) { 1 } else { base.arms.len() };
    let mut sizes: Vec<(&str, usize)> = factors.iter().map(|f| (f.id.as_str(), f.levels.len())).collect();
    sizes.extend([
        ("arms", arms),
        ("subjects", base.subjects.n as usize),
        ("replicates", replicates as usize),
    ]);
    countable(cx, document.tree.get("factor").unwrap_or(&document.tree), &sizes);
}

/// What the arms of a base measure: ids in order.
#[derive(Default)]
struct Measured {
    endpoints: BTreeSet<String>,
    recorded: BTreeSet<String>,
}

impl Measured {
    /// Arms that cannot be compiled are passed over: their problems are told elsewhere.
    fn of(base: &StudySpec) -> Measured {
        let mut out = Measured::default();
        for setup in base.arms.iter().filter_map(|a| build(&a.scenario, &a.set).setup) {
            out.endpoints.extend(setup.endpoints.iter().map(|e| e.id.clone()));
            let recorded = setup.recording.observables.iter().map(|o| &setup.observables[o.index()]);
            out.recorded.extend(recorded.map(|o| o.id.clone()));
        }
        out
    }
}

/// A list of what the tables keep; each must be there in some arm.
fn kept(top: &Top, key: &str, known: &BTreeSet<String>) -> Option<Vec<String>> {
    let node = top.document.tree.get(key)?;
    let names = top.cx.names(node, &format!("`{key}`"));
    for (name, span) in &names {
        if !known.is_empty() && !known.contains(*name) {
            let message = match key {
                "endpoints" => format!("no arm of the base has an endpoint `{name}`"),
                _ => format!("no arm of the base records an observable `{name}`"),
            };
            top.cx.error(*span, message, suggest(name, known.iter().map(String::as_str)));
        }
    }
    Some(names.into_iter().map(|n| n.0.to_string()).collect())
}

fn design(cx: &Context, document: &Document) -> Option<String> {
    let entry = document.tree.table()?.entries.get("design")?;
    let Some(Kind::Table(fields)) = documents::lookup(document.kind, &["design"]) else { return None };
    let r = Reader::open(cx, &entry.node, fields, "design".to_string(), entry.key, false)?;
    r.choice("kind").map(str::to_string)
}

fn factor(cx: &Context, id: &str, r: &Reader, base: &StudySpec) -> Option<Factor> {
    let paths: Vec<(&str, Span)> = r.names("path").into_iter().chain(r.names("paths")).collect();
    if r.has("path") && r.has("paths") {
        let help = "name all of them in `paths`, or make two factors";
        cx.error(r.key_span("paths"), format!("factor.{id} has both `path` and `paths`"), help);
    }
    if paths.is_empty() {
        cx.error(r.span, format!("factor.{id} needs `path` or `paths`"), "");
        return None;
    }
    if r.has("dist") {
        return None;
    }
    if r.has("values") == r.has("range") {
        let which = if r.has("values") { ", not both" } else { "" };
        cx.error(r.span, format!("factor.{id} needs either `values` or `range`{which}"), "");
        return None;
    }
    let values = if r.has("range") { range(cx, r)? } else { listed(cx, r)? };
    let of_arm = paths.len() == 1 && paths[0].0 == "arm";
    let levels = values
        .into_iter()
        .map(|(text, node)| {
            if of_arm {
                if base.arms.iter().all(|a| a.id != text) {
                    let help = suggest(&text, base.arms.iter().map(|a| a.id.as_str()));
                    cx.error(node.span, format!("there is no arm `{text}`"), help);
                }
                return Level { arm: Some(text.clone()), text, set: Vec::new() };
            }
            let one = |(path, span): &(&str, Span)| Override {
                path: (*path).to_string(),
                node: node.clone(),
                key: *span,
                inert: false,
            };
            Level { set: paths.iter().map(one).collect(), text, arm: None }
        })
        .collect();
    if paths.len() > 1 && is_own_of_runs(id) {
        cx.error(
            r.span,
            format!("factor.{id}: runs.csv has a column `{id}` for itself"),
            "give it another id",
        );
    }
    let column = if paths.len() == 1 { paths[0].0.to_string() } else { id.to_string() };
    let paths = paths.into_iter().map(|(path, span)| (path.to_string(), span)).collect();
    Some(Factor { id: id.to_string(), paths, column, levels, ranged: r.has("range") })
}

fn listed(cx: &Context, r: &Reader) -> Option<Vec<(String, Node)>> {
    let node = r.get("values")?;
    let Value::Array(list) = &cx.bare(node).value else {
        cx.wrong(node, format!("{}.values must be a list", r.path), "");
        return None;
    };
    if list.is_empty() {
        cx.wrong(node, format!("{}.values is empty", r.path), "");
    }
    if list.len() as f64 > MOST_LEVELS {
        let message =
            format!("{}.values has {} entries; at most {MOST_LEVELS} are allowed", r.path, list.len());
        cx.wrong(node, message, "");
        return None;
    }
    let out: Vec<(String, Node)> = list.iter().map(|n| (text(n), n.clone())).collect();
    for (i, (text, node)) in out.iter().enumerate() {
        if let Some((twin, _)) = out[..i].iter().find(|(_, before)| same(before, node)) {
            let message = format!("{}.values: `{text}` is the same as `{twin}` before it", r.path);
            cx.error(node.span, message, "each value once: `replicates` repeats runs");
        }
    }
    Some(out)
}

/// Whether two values of a list set the same: words as written, quantities whatever their unit.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Text(a), Value::Text(b)) => match (units::quantity(a), units::quantity(b)) {
            (Ok(a), Ok(b)) => a.unit.dimension == b.unit.dimension && a.base() == b.base(),
            _ => a == b,
        },
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => a.number().is_some_and(|a| b.number() == Some(a)),
    }
}

fn text(node: &Node) -> String {
    match &node.value {
        Value::Text(t) => t.clone(),
        Value::Integer(i) => i.to_string(),
        Value::Float(f) => units::number(*f),
        Value::Bool(b) => b.to_string(),
        Value::Array(_) | Value::Table(_) => "...".to_string(),
    }
}

/// Values from `from` to `to`, evenly in the value or in its logarithm.
fn range(cx: &Context, r: &Reader) -> Option<Vec<(String, Node)>> {
    let table = r.table("range")?;
    let end = |key: &str| -> Option<(Quantity, Span)> {
        let node = cx.bare(table.get(key)?);
        let quantity = match (&node.value, node.number()) {
            (Value::Text(text), _) => match units::quantity(text) {
                Ok(q) => q,
                Err(e) => {
                    cx.error(node.span, e.message, e.help.unwrap_or_default());
                    return None;
                }
            },
            (_, Some(number)) => Quantity::plain(number),
            _ => {
                cx.wrong(node, format!("{}.range.{key} must be a number or a quantity", r.path), "");
                return None;
            }
        };
        Some((quantity, node.span))
    };
    let ((from, span), (to, to_span)) = (end("from")?, end("to")?);
    if from.unit.dimension != to.unit.dimension {
        cx.error(to_span, format!("`{to}` and `{from}` have different dimensions"), "");
        return None;
    }
    let points = if table.has("points") { table.whole("points")? } else { 2 };
    let (low, high) = (from.value, to.to(&from.unit));
    if low > high {
        cx.error(to_span, format!("`{to}` is below `{from}`: a range rises"), "exchange `from` and `to`");
        return None;
    }
    if points > 1 && low == high {
        cx.error(to_span, format!("{points} points from `{from}` to `{to}` are all the same"), "");
        return None;
    }
    let log = table.choice("spacing") == Some("log");
    if log && (low <= 0.0 || high <= 0.0) {
        cx.error(span, "a logarithmic range needs positive ends", "");
        return None;
    }
    let at = |i: u64| {
        if i + 1 == points && points > 1 {
            return high;
        }
        let t = if points > 1 { i as f64 / (points - 1) as f64 } else { 0.0 };
        if log { rounded(low * math::pow(high / low, t)) } else { rounded(low + (high - low) * t) }
    };
    Some(
        (0..points)
            .map(|i| {
                let value = plain(at(i), &from.unit);
                let node = Node::new(span, value);
                (text(&node), node)
            })
            .collect(),
    )
}

/// To twelve digits, so that 0.1 to 0.4 in three logarithmic steps has 0.2 in the middle.
fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}
