//! Receptors, and the responses that receptors and conditions share.

use super::Compiler;
use super::gauge::Gauge;
use crate::model::{Binds, Receptor, ReceptorId, Response, SubstrateId, TraitId};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;

impl<'a> Compiler<'a> {
    pub(super) fn read_receptors(&mut self) {
        for (_, r) in self.things("receptor") {
            let binds = self.binds(&r);
            let gauge = match &binds {
                Binds::Antigens(list) => {
                    list.first().map_or_else(Gauge::plain, |a| self.trait_gauge(a.index()))
                }
                Binds::Substrate(s) => self.concentration_gauge(s.index()),
            };
            let copies = r.name("copies").and_then(|(name, span)| self.names.traits.one(self.cx, name, span));
            let copies_at = match copies {
                Some(c) => r.in_unit("copies_at", &self.trait_units[usize::from(c)].clone()),
                None => Some(1.0),
            };
            if r.has("copies_at") && !r.has("copies") {
                let message = format!("`{}.copies_at` needs `copies`: the trait that counts them", r.path);
                self.cx.error(r.key_span("copies_at"), message, "");
            }
            let clonal = r.bool("clonal");
            let uptake = r.quantity("uptake").unwrap_or(0.0);
            if clonal && matches!(binds, Binds::Substrate(_)) {
                let message = format!("`{}`: a receptor of a substrate has no clones", r.path);
                self.cx.error(r.key_span("clonal"), message, "clonal receptors bind antigens");
            }
            if let Binds::Antigens(list) = &binds {
                if clonal && list.len() > 250 {
                    self.cx.error(r.key_span("binds"), "a clonal receptor binds at most 250 antigens", "");
                }
                if uptake > 0.0 {
                    self.cx.error(
                        r.key_span("uptake"),
                        format!("`{}.uptake` is for receptors of a substrate", r.path),
                        "",
                    );
                }
            }
            self.receptors.push(Receptor {
                id: r.path["receptor.".len()..].to_string(),
                binds,
                clonal,
                response: self.response(&r, &gauge).unwrap_or(Response::Hill { half: 1.0, power: 1.0 }),
                copies: copies.map(TraitId),
                copies_at: copies_at.unwrap_or(1.0),
                uptake,
            });
        }
    }

    fn binds(&self, r: &Reader) -> Binds {
        let names = r.names("binds");
        if let [(name, _)] = names[..]
            && let Some(s) = self.names.substrate.index(name)
        {
            return Binds::Substrate(SubstrateId(s));
        }
        let mut list = Vec::new();
        for (name, span) in &names {
            if self.names.antigen.knows(name) {
                list.extend(self.names.traits.all(name).iter().map(|t| TraitId(*t)));
            } else {
                let known = self.names.antigen.names().chain(self.names.substrate.names());
                self.cx.error(
                    *span,
                    format!("`{name}` is no antigen and no substrate"),
                    suggest(name, known),
                );
            }
        }
        list.sort_unstable();
        list.dedup();
        if let Some(first) = list.first()
            && list
                .iter()
                .any(|a| self.trait_units[a.index()].dimension != self.trait_units[first.index()].dimension)
        {
            self.cx.error(r.key_span("binds"), "the antigens of one receptor need one unit", "");
        }
        Binds::Antigens(list)
    }

    /// The one response of a receptor or condition, its numbers in the units of the gauge.
    pub(super) fn response(&self, r: &Reader, gauge: &Gauge) -> Option<Response> {
        let keys: Vec<&str> = ["hill", "linear", "step", "window"].into_iter().filter(|k| r.has(k)).collect();
        let [key] = keys[..] else {
            let message = match keys.len() {
                0 => format!("{} has no response", r.path),
                _ => format!("{} has several responses: {}", r.path, keys.join(", ")),
            };
            self.cx.error(r.span, message, "give one of hill, linear, step, window");
            return None;
        };
        let t = r.table(key)?;
        let value = |k: &str| gauge.field(&t, k);
        match key {
            "hill" => {
                let (half, power) = (value("half"), t.number("power"));
                Some(Response::Hill { half: half?, power: power? })
            }
            "linear" => {
                let (zero, one) = (value("zero")?, value("one")?);
                if zero == one {
                    self.cx.error(
                        t.span,
                        format!("`{}`: zero and one must differ", t.path),
                        "for a jump write step = { above = ... }",
                    );
                }
                Some(Response::Linear { zero, one })
            }
            "step" => match (t.has("above"), t.has("below")) {
                (true, false) => Some(Response::Above { above: value("above")? }),
                (false, true) => Some(Response::Below { below: value("below")? }),
                _ => {
                    self.cx.error(t.span, format!("`{}` needs either `above` or `below`", t.path), "");
                    None
                }
            },
            _ => {
                let v = [value("zero")?, value("one")?, value("one_end")?, value("zero_end")?];
                if v.windows(2).any(|w| w[0] > w[1]) {
                    self.cx.error(
                        t.span,
                        format!("`{}`: zero, one, one_end and zero_end must rise", t.path),
                        "",
                    );
                }
                Some(Response::Window { zero: v[0], one: v[1], one_end: v[2], zero_end: v[3] })
            }
        }
    }

    /// Whether a receptor is switched on. One that is off is borne by nobody: it is never activated and takes nothing up.
    pub(super) fn receptor_acts(&self, id: ReceptorId) -> bool {
        let name = &self.receptors[id.index()].id;
        self.root.at(&["receptor", name]).is_none_or(|n| self.names.acts(n))
    }
}
