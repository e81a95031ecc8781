//! Values that cells or subjects draw: a constant, or a distribution.

use super::gauge::Gauge;
use crate::random::{Distribution, Draw};
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
    let distribution = match r.choice("dist")? {
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

/// A column of a CSV file, in the unit of the value.
fn column(cx: &Context, r: &Reader) -> Option<Vec<f64>> {
    let (Some((file, span)), Some(name)) = (r.name("file"), r.text("column")) else {
        cx.error(r.node.span, format!("`{}` needs `file` and `column`", r.path), "");
        return None;
    };
    let path = cx.files.folder(span).join(file);
    let fail = |message: String| {
        cx.error(span, format!("cannot read {file}: {message}"), "");
        None
    };
    let mut reader = match csv::Reader::from_path(&path) {
        Ok(reader) => reader,
        Err(e) => return fail(e.to_string()),
    };
    let at = match reader.headers() {
        Ok(headers) => headers.iter().position(|h| h.trim() == name),
        Err(e) => return fail(e.to_string()),
    };
    let Some(at) = at else { return fail(format!("no column `{name}`")) };
    let mut values = Vec::new();
    for (row, record) in reader.records().enumerate() {
        let text = match &record {
            Ok(record) => record.get(at).unwrap_or_default().trim(),
            Err(e) => return fail(e.to_string()),
        };
        match text.parse::<f64>() {
            Ok(v) if v.is_finite() => values.push(v),
            _ => return fail(format!("row {} of column `{name}` is no number: `{text}`", row + 1)),
        }
    }
    Some(values)
}
