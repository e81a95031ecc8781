//! Comparisons of a study: which kinds there are, what each reads, and whether what it names can be compared.
//!
//! Everything that makes a comparison impossible is found here, before anything is run: an endpoint of the wrong sort, an
//! observable that is not recorded, a band in the wrong unit, a key that the kind does not read.

mod kinds;

use super::compile::build;
use super::diagnostics::suggest;
use super::reader::Reader;
use super::study::{ArmSpec, Top};
use super::study_fields::COMPARISON;
use super::subjects::Subjects;
use super::tree::{Node, Span, Value};
use crate::model::{EndpointKind, Setup};
use crate::units::{Unit, number, parse_unit};
use kinds::{Estimated, MANY, NULLS, Of};
pub use kinds::{KINDS, Kind};

/// A statistic over arms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComparisonSpec {
    pub id: String,
    pub kind: String,
    pub arms: Vec<String>,
    pub control: Option<String>,
    pub endpoint: Option<String>,
    pub observable: Option<String>,
    /// Minutes from day 0.
    pub at: Option<f64>,
    pub null: String,
    pub weight: String,
    pub ties: String,
    /// A drawn path: subjects that drew the same value are a stratum.
    pub strata: Option<String>,
    pub trial: Option<u64>,
    pub expect: Option<Expect>,
}

/// Band for an estimate, in its unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub role: String,
}

/// Comparisons in the order in which they are written, checked against the arms they name.
pub(super) fn comparisons(top: &Top, arms: &[ArmSpec], subjects: &Subjects) -> Vec<ComparisonSpec> {
    let things = top.things("comparison");
    // Setups of the arms that some comparison names, each compiled once; none where the arm has problems of its own.
    let both = |r: &Reader<'_>| -> Vec<String> {
        let texts = ["arms", "control"].into_iter().filter_map(|k| r.get(k)).flat_map(texts);
        texts.collect()
    };
    let named: Vec<String> = things.iter().flat_map(|(_, _, r)| both(r)).collect();
    let setup = |arm: &ArmSpec| {
        let used = named.contains(&arm.id);
        used.then(|| build(&arm.scenario, &arm.set).setup).flatten()
    };
    let cohort = Cohort { top, arms, setups: arms.iter().map(setup).collect(), subjects };
    let mut out = Vec::new();
    for (id, entry, r) in things {
        if r.bool("enabled")
            && let Some(spec) = cohort.comparison(id, &r)
        {
            out.push((entry.key, spec));
        }
    }
    out.sort_by_key(|c| c.0);
    out.into_iter().map(|c| c.1).collect()
}

/// Texts of a value: itself, or those of its list. What is no text is told where the value is read.
fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Array(list) => list.iter().filter_map(Node::text).map(String::from).collect(),
        _ => node.text().map(String::from).into_iter().collect(),
    }
}

struct Cohort<'a> {
    top: &'a Top<'a>,
    arms: &'a [ArmSpec],
    setups: Vec<Option<Setup>>,
    subjects: &'a Subjects,
}

impl Cohort<'_> {
    fn error(&self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.top.cx.error(span, message, help);
    }

    fn comparison(&self, id: String, r: &Reader) -> Option<ComparisonSpec> {
        let word = r.choice("kind")?;
        let kind = KINDS.iter().find(|k| k.name == word)?;
        self.keys(r, kind);
        let listed = r.names("arms");
        for (i, (name, span)) in listed.iter().enumerate() {
            self.known((name, *span));
            if listed[..i].iter().any(|(before, _)| before == name) {
                self.error(
                    *span,
                    format!("{}: arm `{name}` stands twice in `arms`", r.path),
                    "name each arm once",
                );
            }
        }
        let (least, most) = kind.arms;
        if !(least..=most).contains(&listed.len()) {
            let many = if most == MANY { format!("at least {least}") } else { least.to_string() };
            let arms = if many == "1" { "arm" } else { "arms" };
            let message = format!("{} of kind {word} needs {many} {arms} in `arms`", r.path);
            self.error(r.key_span("arms"), message, "the last one is the reference");
        }
        let control = r.name("control");
        control.iter().for_each(|name| self.known(*name));
        let null = r.choice("null").unwrap_or(NULLS[0]);
        if !NULLS.contains(&null) {
            let help = format!("available: {}", NULLS.join(", "));
            self.error(r.key_span("null"), format!("the null `{null}` is not built yet"), help);
        }
        let named: Vec<&str> = listed.iter().chain(&control).map(|a| a.0).collect();
        let unit = self.of(r, kind, &named);
        self.day(r, &named);
        Some(ComparisonSpec {
            kind: word.to_string(),
            arms: listed.iter().map(|a| a.0.to_string()).collect(),
            control: control.map(|c| c.0.to_string()),
            endpoint: r.name("endpoint").map(|e| e.0.to_string()),
            observable: r.name("observable").map(|o| o.0.to_string()),
            at: r.quantity("at").filter(|_| r.has("at")),
            null: null.to_string(),
            weight: r.choice("weight").unwrap_or("none").to_string(),
            ties: r.choice("ties").unwrap_or_default().to_string(),
            strata: self.strata(r),
            trial: r.whole("trial").filter(|_| r.has("trial")),
            expect: r.table("expect").map(|e| expect(&e, unit.as_ref())),
            id,
        })
    }

    /// Notes keys that this kind lacks or does not read.
    fn keys(&self, r: &Reader, kind: &Kind) {
        let own = |key: &str| {
            ["endpoint", "observable", "at", "control", "null", "weight", "strata", "trial", "ties"]
                .contains(&key)
        };
        let mut all: Vec<&str> =
            COMPARISON.iter().map(|f| f.key).filter(|k| own(k) && kind.reads(k)).collect();
        all.insert(0, "arms");
        for (key, entry) in r.node.table().into_iter().flat_map(|t| &t.entries) {
            if own(key) && !kind.reads(key) {
                let help = format!("keys of kind {}: {}", kind.name, all.join(", "));
                self.error(entry.key, format!("{} of kind {} has no `{key}`", r.path, kind.name), help);
            }
        }
        for key in kind.needs.iter().filter(|k| !r.has(k)) {
            self.error(r.span, format!("{} of kind {} needs `{key}`", r.path, kind.name), "");
        }
        if kind.of.contains(&Of::Observable) && r.has("endpoint") && r.has("at") {
            self.error(r.key_span("at"), format!("{}: `at` is the day of an observable", r.path), "");
        }
    }

    fn known(&self, (name, span): (&str, Span)) {
        if self.arms.iter().all(|a| a.id != name) {
            if self.top.document.tree.at(&["arm", name]).is_some() {
                let help = format!("arm.{name}.enabled = true, or switch the comparison off");
                return self.error(span, format!("arm `{name}` is switched off"), help);
            }
            let help = suggest(name, self.arms.iter().map(|a| a.id.as_str()));
            self.error(span, format!("there is no arm `{name}`"), help);
        }
    }

    /// What is compared must be there, and of the right sort, in every arm; returns the unit of the estimate.
    fn of(&self, r: &Reader, kind: &Kind, named: &[&str]) -> Option<Unit> {
        let (endpoint, observable) = (r.name("endpoint"), r.name("observable"));
        let wanted = |of: Of| kind.of.contains(&of);
        if endpoint.is_some() == observable.is_some() {
            let either = match (wanted(Of::Observable), wanted(Of::Time) || wanted(Of::Value)) {
                (true, true) => "an `endpoint` or an `observable`, not both",
                (true, false) => "an `observable`",
                _ => "an `endpoint`",
            };
            self.error(r.span, format!("{} needs {either}", r.path), "");
            return None;
        }
        let mut unit = None;
        for (arm, setup) in self.arms.iter().zip(&self.setups).filter(|(a, _)| named.contains(&a.id.as_str()))
        {
            let (part, name) =
                if endpoint.is_some() { ("endpoint", endpoint) } else { ("observable", observable) };
            let (id, span) = name?;
            let Some(setup) = setup else {
                // What is wrong with the arm is told elsewhere; at least the name is known.
                self.in_tree(arm, part, id, span);
                continue;
            };
            let found = match part {
                "endpoint" => self.endpoint(kind, arm, setup, id, span),
                _ => self.observable(kind, arm, setup, id, span),
            }?;
            match &unit {
                None => unit = Some(found),
                Some(first) if *first != found => {
                    let message =
                        format!("{}: `{id}` is in {first} in one arm and in {found} in another", r.path);
                    self.error(span, message, "");
                    return None;
                }
                Some(_) => {}
            }
        }
        match kind.unit {
            Estimated::None => Some(Unit::one()),
            Estimated::Same => parse_unit(&unit?).ok(),
        }
    }

    /// The day must lie within the clock of every arm; where the command line, or the arm, has cut
    /// the clock short, it is only told.
    fn day(&self, r: &Reader, named: &[&str]) {
        let (Some(at), Some(node)) = (r.quantity("at").filter(|_| r.has("at")), r.get("at")) else { return };
        if self.subjects.draws.iter().any(|d| d.path().starts_with("clock.")) {
            return;
        }
        for (arm, setup) in self.arms.iter().zip(&self.setups).filter(|(a, _)| named.contains(&a.id.as_str()))
        {
            let Some(clock) = setup.as_ref().map(|s| s.clock) else { continue };
            if (clock.start..=clock.end + 1e-6).contains(&at) {
                continue;
            }
            let day = |t: f64| number(t / 1440.0);
            let [start, end] = [clock.start, clock.end].map(day);
            let message = format!("{}.at is day {}, outside the clock of arm `{}`", r.path, day(at), arm.id);
            let help = format!("it runs from day {start} to day {end}");
            let span = self.top.cx.bare(node).span;
            if arm.scenario.overrides.iter().chain(&arm.set).any(|o| o.path.starts_with("clock.")) {
                self.top.cx.warning(span, message, help);
            } else {
                self.error(span, message, help);
            }
            return;
        }
    }

    fn in_tree(&self, arm: &ArmSpec, part: &str, id: &str, span: Span) {
        let table = arm.scenario.tree.get(part).and_then(Node::table);
        if table.is_none_or(|t| t.get(id).is_none()) {
            let ids = table.into_iter().flat_map(|t| t.entries.keys().map(String::as_str));
            self.error(span, format!("the scenario has no {part} `{id}`"), suggest(id, ids));
        }
    }

    fn endpoint(&self, kind: &Kind, arm: &ArmSpec, setup: &Setup, id: &str, span: Span) -> Option<String> {
        let Some(found) = setup.endpoints.iter().find(|e| e.id == id) else {
            let help = suggest(id, setup.endpoints.iter().map(|e| e.id.as_str()));
            self.error(span, format!("arm `{}` has no endpoint `{id}`", arm.id), help);
            return None;
        };
        let (of, words) = match &found.kind {
            EndpointKind::Summary { .. } | EndpointKind::Grade { .. } => (Some(Of::Value), "a value"),
            EndpointKind::Response { .. } => (None, "a category"),
            _ => (Some(Of::Time), "a time"),
        };
        if of.is_none_or(|of| !kind.of.contains(&of)) {
            let wanted = match (kind.of.contains(&Of::Time), kind.of.contains(&Of::Value)) {
                (true, true) => "a time or a value",
                (true, false) => "a time",
                _ => "a value",
            };
            let message = format!("endpoint `{id}` is {words}: kind {} compares {wanted}", kind.name);
            self.error(span, message, "");
            return None;
        }
        Some(if of == Some(Of::Time) { "day".to_string() } else { found.unit.clone() })
    }

    fn observable(&self, kind: &Kind, arm: &ArmSpec, setup: &Setup, id: &str, span: Span) -> Option<String> {
        let recorded = || setup.recording.observables.iter().map(|o| &setup.observables[o.index()]);
        let Some(found) = recorded().find(|o| o.id == id) else {
            let there = setup.observables.iter().any(|o| o.id == id);
            let (message, help) = if there {
                let help = "add it to record.observables".to_string();
                (format!("observable `{id}` is not recorded in arm `{}`", arm.id), help)
            } else {
                let help = suggest(id, recorded().map(|o| o.id.as_str()));
                (format!("arm `{}` has no observable `{id}`", arm.id), help)
            };
            self.error(span, message, help);
            return None;
        };
        if kind.name == "synergy" && found.limit.is_none_or(|l| l <= 0.0) {
            let help = "values below the limit enter logarithms as it";
            self.error(
                span,
                format!("synergy needs a detection limit: give `observable.{id}` a `limit`"),
                help,
            );
            return None;
        }
        Some(found.unit.clone())
    }

    /// A drawn path whose values many subjects share.
    fn strata(&self, r: &Reader) -> Option<String> {
        let (path, span) = r.name("strata")?;
        let draws = &self.subjects.draws;
        if path == "group" {
            self.error(span, "groups of subjects are not built yet", "strata: a path of subjects.draw");
            return None;
        }
        let Some(draw) = draws.iter().find(|d| d.path() == path) else {
            let help = suggest(path, draws.iter().map(|d| d.path()));
            self.error(span, format!("`{path}` is not drawn for each subject"), help);
            return None;
        };
        if !draw.is_discrete() {
            let message =
                format!("`{path}` is drawn from a continuous law: every subject would be a stratum");
            self.error(span, message, "strata need a draw of kind choice, bernoulli or table");
            return None;
        }
        Some(path.to_string())
    }
}

/// The band, in the unit of the estimate.
fn expect(r: &Reader, unit: Option<&Unit>) -> Expect {
    // Without a unit something else is wrong and has been told.
    let end = |key: &str| unit.filter(|_| r.has(key)).and_then(|unit| r.in_unit(key, unit));
    let (low, high) = (end("low"), end("high"));
    if let (Some(low), Some(high), Some(node)) = (low, high, r.get("high"))
        && low > high
    {
        let message = format!("{} is below `low`, which is {}", r.what("high"), number(low));
        r.cx.wrong(r.cx.bare(node), message, "a band goes from `low` up to `high`");
    }
    Expect { low, high, role: r.choice("role").unwrap_or("check").to_string() }
}

#[cfg(test)]
mod tests;
