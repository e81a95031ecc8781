//! Values that cells or subjects draw: a constant, or a distribution.

use super::gauge::Gauge;
use crate::random::{Distribution, Draw};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::{Context, Reader};
use crate::spec::scenario_fields::DISTRIBUTION;
use crate::spec::tree::{Node, Value};
use crate::units::Unit;

/// A constant or a distribution in one unit.
pub fn draw(cx: &Context, node: &Node, what: &str, unit: &Unit) -> Option<Draw> {
    read_draw(cx, node, what, &Gauge::unit(unit.clone()))
}

/// A constant or a distribution in the units of a gauge.
pub(super) fn read_draw(cx: &Context, node: &Node, what: &str, gauge: &Gauge) -> Option<Draw> {
    if node.get("dist").is_none() {
        return gauge.read(cx, node, what).map(Draw::constant);
    }
    let r = Reader::open(cx, node, DISTRIBUTION, what.trim_matches('`').to_string(), node.span, false)?;
    let dist = r.choice("dist")?;
    own_keys(cx, &r, dist);
    let value = |key: &str| -> Option<f64> {
        match r.get(key) {
            Some(node) => gauge.read(cx, node, &format!("`{}.{key}`", r.path)),
            None => {
                cx.error(node.span, format!("{what} needs `{key}`"), "");
                None
            }
        }
    };
    let plain = |key: &str| -> Option<f64> {
        if !r.has(key) {
            cx.error(node.span, format!("{what} needs `{key}`"), "");
            return None;
        }
        r.number(key)
    };
    let list = |key: &str, gauge: &Gauge| -> Option<Vec<f64>> {
        match r.get(key).map(|n| &n.value) {
            Some(Value::Array(list)) => {
                list.iter().map(|n| gauge.read(cx, n, &format!("`{}.{key}`", r.path))).collect()
            }
            Some(_) => {
                cx.error(r.key_span(key), format!("`{}.{key}` must be a list", r.path), "");
                None
            }
            None => None,
        }
    };
    let distribution = match dist {
        "uniform" => both(value("low"), value("high")).map(|(low, high)| Distribution::Uniform { low, high }),
        "log_uniform" => {
            both(value("low"), value("high")).map(|(low, high)| Distribution::LogUniform { low, high })
        }
        "normal" => both(value("mean"), value("sd")).map(|(mean, sd)| Distribution::Normal { mean, sd }),
        "lognormal" => both(value("median"), plain("sigma"))
            .map(|(median, sigma)| Distribution::Lognormal { median, sigma }),
        "beta" => both(value("mean"), value("sd")).map(|(mean, sd)| Distribution::Beta { mean, sd }),
        "bernoulli" => plain("p").map(|p| Distribution::Bernoulli { p }),
        "choice" => {
            let Some(values) = list("values", gauge) else {
                cx.error(node.span, format!("{what} needs `values`"), "");
                return None;
            };
            let weights = list("weights", &Gauge::plain()).unwrap_or_else(|| vec![1.0; values.len()]);
            Some(Distribution::Choice { values, weights })
        }
        _ => column(cx, &r).map(|values| Distribution::Table { values }),
    }?;
    let bound = |key: &str| r.get(key).and_then(|n| gauge.read(cx, n, &format!("`{}.{key}`", r.path)));
    let draw = Draw {
        distribution,
        present: r.number("present").unwrap_or(1.0),
        min: bound("min"),
        max: bound("max"),
    };
    match draw.validate() {
        Ok(()) => Some(draw),
        Err(message) => {
            cx.error(node.span, format!("{what}: {message}"), "");
            None
        }
    }
}

fn both<T, U>(a: Option<T>, b: Option<U>) -> Option<(T, U)> {
    Some((a?, b?))
}

/// Parameters of each distribution.
const PARAMETERS: &[(&str, &[&str])] = &[
    ("uniform", &["low", "high"]),
    ("log_uniform", &["low", "high"]),
    ("normal", &["mean", "sd"]),
    ("lognormal", &["median", "sigma"]),
    ("beta", &["mean", "sd"]),
    ("bernoulli", &["p"]),
    ("choice", &["values", "weights"]),
    ("table", &["file", "column"]),
];

/// Notes parameters that belong to other distributions.
fn own_keys(cx: &Context, r: &Reader, dist: &str) {
    let Some((_, own)) = PARAMETERS.iter().find(|p| p.0 == dist) else { return };
    for (key, entry) in r.node.table().into_iter().flat_map(|t| &t.entries) {
        let key = key.as_str();
        if !own.contains(&key) && PARAMETERS.iter().any(|p| p.1.contains(&key)) {
            let help = format!("parameters of {dist}: {}, and min, max, present", own.join(", "));
            cx.error(entry.key, format!("`{}`: a {dist} has no `{key}`", r.path), help);
        }
    }
}

/// A column of a CSV file, in the unit of the value.
fn column(cx: &Context, r: &Reader) -> Option<Vec<f64>> {
    let (Some((file, span)), Some(name)) = (r.name("file"), r.text("column")) else {
        cx.error(r.node.span, format!("`{}` needs `file` and `column`", r.path), "");
        return None;
    };
    let csv = super::open_csv(cx, file, span)?;
    let Some(at) = csv.column(name) else {
        let help = suggest(name, csv.headers().iter().map(|h| h.0.as_str()));
        cx.error(r.key_span("column"), format!("{file} has no column `{name}`"), help);
        return None;
    };
    let mut values = Vec::new();
    for row in csv.rows() {
        match row.and_then(|row| csv.number(&row[at], name)) {
            Ok(value) => values.push(value),
            Err(fault) => {
                cx.with(|p| p.push(csv.problem(fault)));
                return None;
            }
        }
    }
    Some(values)
}
