//! A document as sentences, formulas and sources, 80 columns wide, values in the units in which they were written.
//!
//! The sentences follow the tables; nothing is computed, so that a reader finds each number in the files.

use super::check::check;
use super::compile::build;
use super::diagnostics::{Problem, Severity};
use super::documents::DocumentKind;
use super::explain_words::{Page, behavior, list};
use super::merge::Document;
use super::overrides::Override;
use super::resolved::describe;
use super::study::{StudySpec, study};
use super::study_comparisons::ComparisonSpec;
use super::sweep::sweep;
use super::toml_text::written;
use super::tree::{Node, Table, Value};

/// The document in words.
///
/// # Errors
/// Every problem, if the document has errors.
pub fn explain(document: &Document) -> Result<String, Vec<Problem>> {
    let problems = check(document).problems;
    if problems.iter().any(|p| p.severity == Severity::Error) {
        return Err(problems);
    }
    let mut page = Page::default();
    page.title(document.title.as_deref().unwrap_or(document.kind.name()));
    if let Some(note) = &document.note {
        page.paragraph(note);
    }
    match document.kind {
        DocumentKind::Model | DocumentKind::Scenario => situation(&mut page, document, &[]),
        DocumentKind::Study => experiment(&mut page, &study(document)?, document),
        DocumentKind::Sweep => {
            let spec = sweep(document)?;
            page.heading("Factors");
            for factor in &spec.factors {
                let levels: Vec<&str> = factor.levels.iter().map(|l| l.text.as_str()).collect();
                page.item(&format!("{} is varied over {}.", factor.column, levels.join(", ")));
            }
            experiment(&mut page, &spec.base, document);
        }
    }
    Ok(page.finish())
}

fn experiment(page: &mut Page, spec: &StudySpec, document: &Document) {
    page.heading("Arms");
    for arm in &spec.arms {
        let set: Vec<String> = arm.set.iter().map(describe).collect();
        let what = if set.is_empty() { "the scenario as it is".to_string() } else { set.join("; ") };
        page.item(&format!("{}{}: {what}.", arm.id, if arm.control { " (control)" } else { "" }));
    }
    page.heading("Subjects");
    let n = spec.subjects.n;
    page.item(&format!("{n}, every one in every arm; runs per subject and arm: {}.", spec.replicates));
    if let Some(Value::Table(draws)) = document.tree.at(&["subjects", "draw"]).map(|n| &n.value) {
        for (path, entry) in written(draws) {
            let value = page.value(&entry.node);
            page.item(&format!("{path} is drawn: {value}."));
        }
    }
    if !spec.comparisons.is_empty() {
        page.heading("Comparisons");
        for c in &spec.comparisons {
            let table = document.tree.at(&["comparison", &c.id]);
            let text = comparison(page, c, table);
            page.item(&text);
        }
    }
    if let Some(arm) = spec.arms.first() {
        page.paragraph(&format!("The scenario, with the values of arm {}:", arm.id));
        situation(page, &arm.scenario, &arm.set);
    }
}

/// A comparison: of what, between whom, when, against which law, and the band it is held against.
fn comparison(page: &mut Page, c: &ComparisonSpec, table: Option<&Node>) -> String {
    let of = c.endpoint.as_ref().or(c.observable.as_ref()).map_or("", String::as_str);
    let mut out = format!("{}: {} of {of}, {}", c.id, c.kind.replace('_', " "), c.arms.join(" against "));
    let mut key = |before: &str, key: &str, after: &str| {
        let value = table.map(|t| page.key(t, key)).filter(|v| !v.is_empty());
        value.map_or(String::new(), |v| format!("{before}{v}{after}"))
    };
    out += &key(" over the control ", "control", "");
    if c.kind == "synergy" {
        out += &format!(", beyond {}", c.null.replace('_', " "));
    }
    out += &key(", at ", "at", "");
    if c.at.is_none() && c.observable.is_some() {
        out += ", on the last day with all subjects";
    }
    out += &key(", weights ", "weight", "");
    out += &key(", within strata of ", "strata", "");
    out += &key(", as the share of significant trials of ", "trial", " per arm");
    let Some(expect) = table.and_then(|t| t.get("expect")) else { return out + "." };
    let band = match (page.key(expect, "low"), page.key(expect, "high")) {
        (low, high) if high.is_empty() => format!("above {low}"),
        (low, high) if low.is_empty() => format!("below {high}"),
        (low, high) => format!("between {low} and {high}"),
    };
    let role = c.expect.as_ref().map_or("", |e| e.role.as_str());
    out + &format!("; expected {band} ({role}){}.", page.cite(expect))
}

/// Tables and their headings, in the order of telling.
const CHAPTERS: &[(&str, &str)] = &[
    ("substrate", "Molecules"),
    ("trait", "Traits"),
    ("antigen", "Antigens"),
    ("receptor", "Receptors"),
    ("cell_type", "Cells"),
    ("rule", "Rules"),
    ("interaction", "Interactions"),
    ("compartment", "Compartments"),
    ("flow", "Flows"),
    ("product", "Products"),
    ("place", "Placed at the start"),
    ("dose", "Doses"),
    ("removal", "Removals"),
    ("observable", "What is measured"),
    ("endpoint", "Endpoints"),
    ("mechanism", "Mechanisms"),
];

fn situation(page: &mut Page, document: &Document, set: &[Override]) {
    let root = build(document, set).tree;
    for key in ["lattice", "host", "domain", "clock", "record", "stop"] {
        if let Some(node) = root.get(key) {
            let rest = page.rest(node, &[]);
            let cite = page.cite(node);
            page.paragraph(&format!("{}: {rest}{cite}.", capital(key)));
        }
    }
    for (part, heading) in CHAPTERS {
        let Some(Value::Table(things)) = root.get(part).map(|n| &n.value) else { continue };
        if things.entries.is_empty() {
            continue;
        }
        page.heading(heading);
        if *part == "interaction" {
            page.paragraph(
                "R is how far the gate opens for a target: all r multiplied, times 1 - (1 - r)(1 - r)... over any, times \
                 (1 - r) for each of none; 1 without a gate. Events are Poisson, at uniform times in the step.",
            );
        }
        if *part == "rule" {
            page.paragraph(
                "Each rule is shown as if it stood alone. Several increasing (or decreasing) rules of one behavior \
                 compete: b = (base + sum X to)/(1 + sum X), increases first; scaling rules multiply. \
                 Hill(s; half, power) = (s/half)^power/(1 + (s/half)^power).",
            );
        }
        for (id, entry) in written(things) {
            let node = &entry.node;
            let mut text = match *part {
                "cell_type" => cell_type(page, id, node),
                "rule" => page.rule(id, node),
                "interaction" => interaction(page, id, node),
                "flow" => flow(page, id, node),
                "dose" => dose(page, id, node),
                "product" => product(page, id, node),
                "mechanism" => mechanism(page, id, node, &root),
                _ => {
                    let rest = page.rest(node, &[]);
                    let colon = if rest.is_empty() { "" } else { ": " };
                    format!("{id}{}{colon}{rest}", parent(node))
                }
            };
            text += &page.cite(node);
            if let Some(off) = switched_off(node, &root) {
                text += &format!(" ({off})");
            }
            page.item(&(text + "."));
            match *part {
                "rule" => page.formula(node),
                "interaction" => page.contact(node),
                _ => {}
            }
        }
    }
}

fn cell_type(page: &mut Page, id: &str, node: &Node) -> String {
    let mut out = format!("{id}{}", parent(node));
    if let Some(layer) = node.get("layer").and_then(Node::text) {
        out += &format!(" lives in layer {layer}");
    }
    let receptors = list(node.get("receptors"), " and ");
    if !receptors.is_empty() {
        out += &format!(", bears {receptors}");
    }
    let mut parts = Vec::new();
    for (key, entry) in node.table().map(written).unwrap_or_default() {
        match (key.as_str(), &entry.node.value) {
            ("is_a" | "abstract" | "layer" | "receptors" | "label" | "note" | "source" | "enabled", _) => {}
            ("traits" | "antigens", Value::Table(values)) => {
                for (name, entry) in written(values) {
                    parts.push(format!("{name} {}", page.value(&entry.node)));
                }
            }
            (_, Value::Table(values)) if !entry.node.is_leaf() => behaviors(page, key, values, &mut parts),
            _ => parts.push(format!("{} {}", behavior(key), page.value(&entry.node))),
        }
    }
    if parts.is_empty() { out } else { format!("{out}: {}", parts.join("; ")) }
}

fn behaviors(page: &mut Page, path: &str, values: &Table, parts: &mut Vec<String>) {
    for (name, entry) in written(values) {
        let path = format!("{path}.{name}");
        match &entry.node.value {
            Value::Table(_) if path.starts_with("supply.") => {
                let (rate, to) = (page.key(&entry.node, "rate"), page.key(&entry.node, "to"));
                parts.push(format!("{} {rate} x ({to} - c)", behavior(&path)));
            }
            Value::Table(inner) if !entry.node.is_leaf() => behaviors(page, &path, inner, parts),
            _ => parts.push(format!("{} {}", behavior(&path), page.value(&entry.node))),
        }
    }
}

fn interaction(page: &mut Page, id: &str, node: &Node) -> String {
    let verb = node.get("kind").and_then(Node::text).map_or(String::new(), |k| format!("{k} "));
    let (cell, on) = (list(node.get("cell"), " or "), list(node.get("on"), " or "));
    let mut out = format!("{id}{}", parent(node));
    if !cell.is_empty() {
        out += format!(": {cell} {verb}{on}").trim_end();
    }
    for (key, words) in [("all", "all of"), ("any", "any of"), ("none", "none of")] {
        let gate = list(node.at(&["recognize", key]), ", ");
        if !gate.is_empty() {
            out += &format!(", if {words} {gate} sees its antigen");
        }
    }
    let rest = page.rest(node, &["kind", "is_a", "cell", "on", "recognize"]);
    if rest.is_empty() { out } else { format!("{out}; {rest}") }
}

fn flow(page: &mut Page, id: &str, node: &Node) -> String {
    let (from, to) = (list(node.get("from"), ", "), list(node.get("to"), ", "));
    let mut out = format!("{id}{}: {}", parent(node), list(node.get("kind"), ""));
    if !from.is_empty() {
        out += &format!(" from {from}");
    }
    if !to.is_empty() {
        out += &format!(" to {to}");
    }
    let rest = page.rest(node, &["kind", "is_a", "from", "to"]);
    if rest.is_empty() { out } else { format!("{out}; {rest}") }
}

fn dose(page: &mut Page, id: &str, node: &Node) -> String {
    let (amount, at) = (page.key(node, "amount"), page.key(node, "at"));
    let (product, into) = (list(node.get("product"), ""), list(node.get("into"), ""));
    let rest = page.rest(node, &["product", "amount", "into", "at"]);
    let out = format!("{id}: {amount} of {product} into {into} at {at}");
    if rest.is_empty() { out } else { format!("{out}; {rest}") }
}

fn product(page: &mut Page, id: &str, node: &Node) -> String {
    let mut parts = Vec::new();
    for (part, entry) in node.get("parts").and_then(Node::table).map(written).unwrap_or_default() {
        parts.push(format!("{part}: {}", page.rest(&entry.node, &[])));
    }
    let rest = page.rest(node, &["parts"]);
    format!("{id} holds {}{}{rest}", parts.join("; "), if rest.is_empty() { "" } else { "; " })
}

fn mechanism(page: &mut Page, id: &str, node: &Node, root: &Node) -> String {
    let mut members = Vec::new();
    for part in ["rule", "interaction", "flow", "dose", "removal"] {
        for (thing, entry) in root.get(part).and_then(Node::table).map(written).unwrap_or_default() {
            if entry.node.get("mechanism").and_then(Node::text) == Some(id) {
                members.push(format!("{part}.{thing}"));
            }
        }
    }
    let note = node.get("note").and_then(Node::text).unwrap_or("a switch");
    let mut out = format!("{id} ({}): {note}", if enabled(node) { "on" } else { "off" });
    if !members.is_empty() {
        out += &format!("; members {}", members.join(", "));
    }
    let off: Vec<String> = node
        .get("off")
        .and_then(Node::table)
        .map(written)
        .unwrap_or_default()
        .into_iter()
        .map(|(path, entry)| format!("{path} = {}", page.value(&entry.node)))
        .collect();
    if off.is_empty() { out } else { format!("{out}; when off, {}", off.join(", ")) }
}

fn parent(node: &Node) -> String {
    let kind = node.get("is_a").and_then(Node::text).map_or(String::new(), |p| format!(", a kind of {p},"));
    kind.trim_end_matches(',').to_string()
}

fn enabled(node: &Node) -> bool {
    !node.get("enabled").is_some_and(|n| n.is(false))
}

/// Why a thing does nothing, if so.
fn switched_off(node: &Node, root: &Node) -> Option<String> {
    if !enabled(node) {
        return Some("switched off".to_string());
    }
    let mechanism = node.get("mechanism").and_then(Node::text)?;
    let off = root.at(&["mechanism", mechanism]).is_some_and(|m| !enabled(m));
    off.then(|| format!("switched off with mechanism {mechanism}"))
}

fn capital(key: &str) -> String {
    let mut letters = key.chars();
    letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::load;
    use super::*;
    use std::path::Path;

    fn explained(name: &str, set: &[&str]) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name);
        let set: Vec<String> = set.iter().map(ToString::to_string).collect();
        explain(&load(&path, &set).unwrap()).unwrap()
    }

    #[test]
    fn a_rule_is_a_sentence_with_its_formula_and_source() {
        let text = explained("minimal/model.toml", &[]);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("in tumor, oxygen from 15 mmHg to 5 mmHg scales division by 0"), "{text}");
        assert!(flat.contains("b = base x (1 - (1 - 0) r)"), "{text}");
        assert!(flat.contains("tumor lives in layer tissue"), "{text}");
        assert!(flat.contains("S: PhysiCell cancer-immune, doubling 16 h"), "{text}");
    }

    #[test]
    fn every_document_is_explained_within_80_columns() {
        for name in ["minimal/study.toml", "gbm/study.toml", "gbm/dose_by_antigen.toml", "gbm/triple.toml"] {
            let text = explained(name, &[]);
            let long = text.lines().find(|l| l.chars().count() > 80 && l.trim().contains(' '));
            assert_eq!(long, None, "{name}");
            assert!(text.contains("Sources") && text.contains("Weigelin") == name.contains("gbm"), "{name}");
        }
    }

    #[test]
    fn a_comparison_says_its_day_its_null_and_its_band() {
        let text = explained("gbm/study.toml", &[]);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = "more_than_additive: synergy of tumor_cells, car_ifn_il2 against car against ifn_il2 over the \
            control untreated, beyond log sum, at 24 day; expected between 0 and 10 (fit) [";
        assert!(flat.contains(expected), "{text}");
        assert!(flat.contains("as the share of significant trials of 10 per arm"), "{text}");
        assert!(
            flat.contains("host_kill, a kind of t_kill: host_t, if any of tcr sees its antigen"),
            "{text}"
        );
        assert!(flat.contains("dead at lytic_damage >= 2.2"), "{text}");
        assert!(flat.contains("- neo1, a kind of neo. - neo2, a kind of neo."), "{text}");
    }

    #[test]
    fn what_is_switched_off_says_so() {
        let text = explained("gbm/triple.toml", &["mechanism.hypoxia.enabled=false"]);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains("(switched off with mechanism hypoxia)"), "{text}");
        assert!(flat.contains("hypoxia (off)"), "{text}");
    }
}
