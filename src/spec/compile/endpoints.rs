//! Endpoints: times and values derived from observables.

use super::Compiler;
use super::gauge::Gauge;
use crate::model::{Endpoint, EndpointId, EndpointKind, From, ObservableId, Take, Watched};
use crate::random::Purpose;
use crate::spec::reader::Reader;
use crate::spec::tree::{Node, Span, Value};
use crate::units::{Dimension, Unit, parse_unit};

const KEYS: &[(&str, &[&str], &[&str])] = &[
    ("cross", &["observable"], &["above", "below", "for", "visits", "after"]),
    ("change", &["observable", "from", "fold"], &["at_least", "visits", "after"]),
    ("hazard", &["rate"], &[]),
    ("first", &["of"], &[]),
    ("all", &["of"], &["for"]),
    ("response", &["observable", "complete", "partial", "progress", "visits"], &["at_least"]),
    ("summary", &["observable", "take"], &["from", "to"]),
    ("grade", &["of", "cuts"], &[]),
    ("misfit", &["observable", "data", "x", "y"], &["rows", "sd"]),
];
const COMMON: &[&str] = &["kind", "enabled", "note", "source"];

impl<'a> Compiler<'a> {
    pub(super) fn read_endpoints(&self) -> Vec<Endpoint> {
        let mut out = Vec::new();
        for (id, r) in self.things("endpoint") {
            let Some(kind) = r.choice("kind") else { continue };
            self.keys_of_kind(&r, kind, KEYS, COMMON);
            let found = self.endpoint_kind(&r, id, kind);
            if self.names.endpoint.index(id).is_none() {
                continue;
            }
            let Some((kind, unit)) = found else { continue };
            let address = format!("endpoint.{id}");
            out.push(Endpoint { id: id.to_string(), purpose: Purpose::of(&address), unit, kind });
        }
        self.check_circles(&out);
        out
    }

    fn endpoint_kind(&self, r: &Reader, id: &str, kind: &str) -> Option<(EndpointKind, String)> {
        let day = || "day".to_string();
        let observed = || {
            let (name, span) = r.name("observable")?;
            self.observable(r, name, span)
        };
        let gauge = |o: ObservableId| self.observable_gauge(o.index());
        let value = |o: ObservableId, key: &str| gauge(o).field(r, key);
        let for_ = || r.quantity("for").unwrap_or(0.0);
        match kind {
            "cross" => {
                let watch = self.watched(r, observed()?)?;
                let above = match (r.has("above"), r.has("below")) {
                    (true, false) => true,
                    (false, true) => false,
                    _ => {
                        self.cx.error(r.span, format!("{} needs either `above` or `below`", r.path), "");
                        return None;
                    }
                };
                let threshold = value(watch.observable, if above { "above" } else { "below" })?;
                Some((EndpointKind::Cross { watch, above, threshold, for_: for_() }, day()))
            }
            "change" => {
                let watch = self.watched(r, observed()?)?;
                let from = match r.text("from")? {
                    "baseline" => From::Baseline,
                    "nadir" => From::Nadir,
                    other => {
                        let help = crate::spec::diagnostics::suggest(other, ["baseline", "nadir"]);
                        self.cx.error(
                            r.key_span("from"),
                            format!("`{}.from` cannot be `{other}`", r.path),
                            help,
                        );
                        return None;
                    }
                };
                let at_least = value(watch.observable, "at_least").unwrap_or(0.0);
                Some((EndpointKind::Change { watch, from, fold: r.number("fold")?, at_least }, day()))
            }
            "hazard" => {
                let base = r.quantity("rate").unwrap_or(0.0);
                let rate = self.law(&format!("endpoint.{id}"), None, base, &Gauge::base(Dimension::RATE));
                Some((EndpointKind::Hazard { rate }, day()))
            }
            "first" | "all" if r.names("of").is_empty() => {
                if r.has("of") {
                    self.cx.error(r.key_span("of"), format!("{} is empty", r.what("of")), "name endpoints");
                }
                None
            }
            "first" => Some((EndpointKind::First { of: self.events_of(r, "of") }, day())),
            "all" => Some((EndpointKind::All { of: self.events_of(r, "of"), for_: for_() }, day())),
            "response" => {
                let observable = observed()?;
                let visits = self.trigger(r, "visits")?;
                let kind = EndpointKind::Response {
                    observable,
                    complete: value(observable, "complete")?,
                    partial: r.number("partial")?,
                    progress: r.number("progress")?,
                    at_least: value(observable, "at_least").unwrap_or(0.0),
                    visits,
                };
                Some((kind, "1".to_string()))
            }
            "summary" => self.summary(r, observed()?),
            "grade" => self.grade(r),
            _ => self.misfit(r, observed()?),
        }
    }

    fn watched(&self, r: &Reader, observable: ObservableId) -> Option<Watched> {
        let visits = if r.has("visits") { Some(self.trigger(r, "visits")?) } else { None };
        Some(Watched { observable, visits, after: r.quantity("after") })
    }

    /// Acting endpoints of a list of events; those switched off are passed over.
    pub(super) fn events_of(&self, r: &Reader, key: &str) -> Vec<EndpointId> {
        let names = r.names(key);
        for (name, span) in &names {
            self.check_event(name, *span);
        }
        self.names.endpoint.many(self.cx, &names).into_iter().map(EndpointId).collect()
    }

    /// An endpoint that is a value has no time: nothing can wait for it.
    pub(super) fn check_event(&self, name: &str, span: Span) {
        let kind = self.root.at(&["endpoint", name, "kind"]).and_then(Node::text).unwrap_or_default();
        if ["summary", "grade", "response", "misfit"].contains(&kind) {
            let message = format!("endpoint `{name}` is a {kind}: it does not occur at a time");
            self.cx.error(span, message, "name one of kind cross, change, hazard, first or all");
        }
    }

    fn summary(&self, r: &Reader, observable: ObservableId) -> Option<(EndpointKind, String)> {
        let unit = &self.observables[observable.index()].unit;
        let (take, unit) = match r.choice("take")? {
            "max" => (Take::Max, unit.clone()),
            "min" => (Take::Min, unit.clone()),
            "mean" => (Take::Mean, unit.clone()),
            "last" => (Take::Last, unit.clone()),
            "auc" if unit == "1" => (Take::Auc, "day".to_string()),
            "auc" => (Take::Auc, format!("{unit}*day")),
            "time_of_max" => (Take::TimeOfMax, "day".to_string()),
            _ => (Take::Rate, "1/day".to_string()),
        };
        let time = |key: &str| Gauge::base(Dimension::TIME).field(r, key);
        // Open ends are the ends of the clock, which watchers meet by themselves.
        let from = time("from").unwrap_or(f64::MIN);
        let to = time("to").unwrap_or(f64::MAX);
        if from >= to {
            self.cx.error(r.key_span("to"), format!("`{}`: `to` is not after `from`", r.path), "");
        }
        Some((EndpointKind::Summary { observable, take, from, to }, unit))
    }

    fn grade(&self, r: &Reader) -> Option<(EndpointKind, String)> {
        let (name, span) = r.name("of")?;
        let of = EndpointId(self.names.endpoint.one(self.cx, name, span)?);
        let source = self.root.at(&["endpoint", name])?;
        if source.get("kind").and_then(Node::text) != Some("summary") {
            self.cx.error(
                span,
                format!("{}: `{name}` is no summary", r.path),
                "a grade cuts the value of a summary",
            );
            return None;
        }
        let observable = source.get("observable").and_then(Node::text)?;
        let observable = self.names.observable.index(observable)?;
        let mut gauge = self.observable_gauge(usize::from(observable));
        match source.get("take").and_then(Node::text) {
            Some("time_of_max") => gauge = Gauge::unit(parse_unit("day").unwrap_or_else(|_| Unit::one())),
            Some("rate") => gauge = Gauge::unit(parse_unit("1/day").unwrap_or_else(|_| Unit::one())),
            Some("auc") => {
                let text = format!("{}*day", gauge.first().text);
                gauge = Gauge::unit(parse_unit(&text).unwrap_or_else(|_| Unit::one()));
            }
            _ => {}
        }
        let node = r.get("cuts")?;
        let Value::Array(list) = &node.value else {
            self.cx.error(node.span, format!("`{}.cuts` must be a list", r.path), "");
            return None;
        };
        let cuts: Option<Vec<f64>> =
            list.iter().map(|n| gauge.read(self.cx, n, &format!("`{}.cuts`", r.path))).collect();
        let cuts = cuts?;
        if cuts.is_empty() || cuts.windows(2).any(|w| w[0] >= w[1]) {
            self.cx.error(node.span, format!("`{}.cuts` must rise", r.path), "");
        }
        Some((EndpointKind::Grade { of, cuts }, "1".to_string()))
    }

    /// Endpoints made of each other in a circle.
    fn check_circles(&self, endpoints: &[Endpoint]) {
        let of = |i: usize| -> &[EndpointId] {
            let index = self.names.endpoint.ids.get(i);
            let found = endpoints.iter().find(|e| Some(&e.id) == index);
            match found.map(|e| &e.kind) {
                Some(EndpointKind::First { of } | EndpointKind::All { of, .. }) => of,
                _ => &[],
            }
        };
        for start in 0..self.names.endpoint.ids.len() {
            let mut reach: Vec<usize> = of(start).iter().map(|e| e.index()).collect();
            let mut k = 0;
            while k < reach.len() {
                for next in of(reach[k]) {
                    if !reach.contains(&next.index()) {
                        reach.push(next.index());
                    }
                }
                k += 1;
            }
            if reach.contains(&start) {
                let id = &self.names.endpoint.ids[start];
                let span = self.root.at(&["endpoint", id]).map_or(self.root.span, |n| n.span);
                self.cx.error(span, format!("`endpoint.{id}` is made of itself"), "");
            }
        }
    }
}
