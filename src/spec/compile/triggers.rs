//! Triggers: the one idea of "when", how often it comes, and how long the clock runs.

use super::Compiler;
use crate::model::Trigger;
use crate::spec::reader::Reader;
use crate::spec::scenario_fields::TRIGGER;
use crate::spec::tree::{Node, Value};
use crate::units::{Dimension, Unit, number};

/// A number of things in a message: three digits of a large one.
pub fn about(n: f64) -> String {
    if n < 1e7 { number(n) } else { format!("{n:.2e}") }
}

/// How often anything may fall due in a run.
pub const MOST_TIMES: f64 = 100_000.0;

impl<'a> Compiler<'a> {
    /// When: a time, a list of times, or a table.
    pub(super) fn trigger(&self, r: &Reader, key: &str) -> Option<Trigger> {
        let node = self.cx.bare(r.get(key)?);
        let what = format!("`{}.{key}`", r.path);
        let time = |n: &Node| self.cx.in_unit(n, &what, &Unit::base(Dimension::TIME));
        let trigger = match &node.value {
            Value::Array(list) if list.is_empty() => {
                let help = match r.node.get("enabled").is_some() || key == "at" {
                    true => "name a time, or switch the thing off: enabled = false",
                    false => "name a time, or remove the key",
                };
                self.cx.wrong(node, format!("{what} is an empty list: it would never come"), help);
                return None;
            }
            Value::Array(list) => {
                let mut times = list.iter().map(time).collect::<Option<Vec<f64>>>()?;
                times.sort_by(f64::total_cmp);
                Trigger::At(times)
            }
            Value::Table(_) => self.trigger_table(r, key, node)?,
            _ => Trigger::At(vec![time(node)?]),
        };
        if let Trigger::Every { every, from, times } = trigger {
            let from = if from > self.clock.start { from } else { self.clock.start };
            let often = self.often(every, from);
            let often = times.map_or(often, |n| if f64::from(n) < often { f64::from(n) } else { often });
            self.bounded_often(node, &what, often, MOST_TIMES);
        }
        Some(trigger)
    }

    /// How often something with a period comes from a time to the end of the clock.
    pub(super) fn often(&self, every: f64, from: f64) -> f64 {
        let span = self.clock.end - from;
        if span < 0.0 { 0.0 } else { (span / every).floor() + 1.0 }
    }

    /// Notes what would come more often than can be counted; whether it would not.
    pub(super) fn bounded_often(&self, node: &Node, what: &str, often: f64, most: f64) -> bool {
        if often > most {
            let message = format!("{what} would come {} times; at most {most} are allowed", about(often));
            self.cx.wrong(node, message, "a longer `every`");
        }
        often <= most
    }

    fn trigger_table(&self, r: &Reader, key: &str, node: &'a Node) -> Option<Trigger> {
        let path = format!("{}.{key}", r.path);
        let t = Reader::open(self.cx, node, TRIGGER, path, r.key_span(key), false)?;
        let times = if t.has("times") { Some(t.whole("times")? as u32) } else { None };
        let delay = t.quantity("delay").unwrap_or(0.0);
        let only = |keys: &[&str]| {
            for (k, entry) in node.table().into_iter().flat_map(|t| &t.entries) {
                if !keys.contains(&k.as_str()) && TRIGGER.iter().any(|f| f.key == k) {
                    let message = format!("{}: `{k}` does not go with `{}`", t.path, keys[0]);
                    self.cx.error(entry.key, message, format!("keys beside it: {}", keys[1..].join(", ")));
                }
            }
        };
        if let Some((name, span)) = t.name("when") {
            only(&["when", "above", "below", "every", "delay", "times"]);
            let observable = self.observable(r, name, span)?;
            let above = t.has("above");
            if above == t.has("below") {
                self.cx.error(t.span, format!("{} needs either `above` or `below`", t.path), "");
                return None;
            }
            let key = if above { "above" } else { "below" };
            let threshold = self.observable_gauge(observable.index()).field(&t, key)?;
            let every = t.quantity("every").unwrap_or(0.0);
            return Some(Trigger::When {
                observable,
                above,
                threshold,
                every,
                delay,
                times: times.unwrap_or(1),
            });
        }
        if let Some((name, span)) = t.name("after") {
            only(&["after", "delay"]);
            return Some(Trigger::After { event: self.event(name, span)?, delay });
        }
        if !t.has("every") {
            self.cx.error(t.span, format!("{} needs `every`, `after` or `when`", t.path), "");
            return None;
        }
        only(&["every", "from", "times"]);
        let from = if t.has("from") { t.quantity("from")? } else { 0.0 };
        Some(Trigger::Every { every: t.quantity("every")?, from, times })
    }
}
