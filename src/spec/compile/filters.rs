//! `where`: which of the cells an observable counts.

use super::Compiler;
use crate::model::{Binds, TraitId, Where};
use crate::spec::reader::Reader;

impl<'a> Compiler<'a> {
    /// Which of the cells count.
    pub(super) fn filter(&self, r: &Reader) -> Where {
        let Some(t) = r.table("where") else { return Where::default() };
        let of = t.name("trait").and_then(|(name, span)| self.names.traits.one(self.cx, name, span));
        if t.has("trait") && !t.has("above") && !t.has("below") {
            let message = format!("{} compares `trait` with nothing", t.path);
            self.cx.error(t.key_span("trait"), message, "give it `above` or `below`");
        }
        self.filter_fits(r, &t);
        let bound = |key: &str| {
            let node = t.get(key)?;
            let Some(of) = of else {
                if !t.has("trait") {
                    self.cx.error(
                        node.span,
                        format!("`{}.{key}` needs `trait`: what it compares", t.path),
                        "",
                    );
                }
                return None;
            };
            self.trait_gauge(usize::from(of)).read(self.cx, node, &format!("`{}.{key}`", t.path))
        };
        let (above, below) = (bound("above"), bound("below"));
        if let (Some(low), Some(high)) = (above, below)
            && low >= high
        {
            let message = format!("{}: no value is above `above` and below `below`", t.path);
            let nodes = ["above", "below"].into_iter().filter_map(|k| t.get(k));
            let span = self.cx.blame(nodes, t.key_span("below"));
            self.cx.error(span, message, "`above` must be the smaller one");
        }
        let state = t.choice("state").unwrap_or("live");
        let clone = t.name("clone").and_then(|(name, span)| {
            let antigen = TraitId(self.names.traits.one(self.cx, name, span)?);
            let place = self.receptors.iter().filter(|r| r.clonal).find_map(|r| match &r.binds {
                Binds::Antigens(list) => list.iter().position(|a| *a == antigen),
                Binds::Substrate(_) => None,
            });
            if place.is_none() {
                self.cx.error(span, format!("no clonal receptor binds `{name}`"), "");
            }
            place.map(|p| p as u8)
        });
        Where {
            origin: self.origin(&t),
            clone,
            live: state != "dead",
            dead: state != "live",
            of: of.map(TraitId),
            above,
            below,
        }
    }

    /// Pools know the origin and clone of live cells, nothing else.
    fn filter_fits(&self, r: &Reader, t: &Reader) {
        let place = r.name("place").filter(|p| p.0 != "tissue");
        if let Some((place, _)) = place {
            if let Some(key) = ["trait", "above", "below"].into_iter().find(|k| t.has(k)) {
                let message = format!("{}: cells in `{place}` have no traits", t.path);
                self.cx.error(t.key_span(key), message, "a compartment knows type, origin and clone");
            }
            if t.choice("state") == Some("dead") {
                let message = format!("{}: there are no dead cells in `{place}`", t.path);
                self.cx.error(t.key_span("state"), message, "");
            }
        }
    }
}
