//! Interactions: who does what to whom, through which gate.

use super::Compiler;
use super::gauge::Gauge;
use super::rules::states;
use crate::model::{
    Attention, Binds, CellType, CellTypeId, Gate, Interaction, InteractionKind, ReceptorId, States, TraitId,
};
use crate::random::Purpose;
use crate::spec::reader::Reader;
use crate::units::Dimension;

impl<'a> Compiler<'a> {
    pub(super) fn read_interactions(&self, types: &[CellType]) -> Vec<Interaction> {
        let mut out = Vec::new();
        for (id, r) in self.things("interaction") {
            self.mechanism(&r);
            let actors = self.types(&r, "cell");
            let targets = self.types(&r, "on");
            let (live, dead) = states(&r, "on_states");
            let base = r.quantity("rate").unwrap_or(0.0);
            let kind = self.interaction_kind(&r, types, &targets);
            if dead && matches!(kind, Some(InteractionKind::Kill { .. })) {
                let message = format!("{}: what is dead cannot be killed", r.path);
                self.cx.error(r.key_span("on_states"), message, "on_states = [\"live\"]");
            }
            let gate = self.gate(&r, types, &actors, &targets);
            let to_target = self.changes(&r, "to_target", types, &targets, "target");
            let to_self = self.changes(&r, "to_self", types, &actors, "actor");
            let take = self.take(&r, types, &targets);
            let cooldown = r.quantity("cooldown").unwrap_or(0.0);
            let attention = match r.choice("attend") {
                Some("one") => Attention::One,
                Some(_) => Attention::All,
                None if kind == Some(InteractionKind::Touch) => Attention::All,
                None => Attention::One,
            };
            if kind == Some(InteractionKind::Touch)
                && to_target.is_empty()
                && to_self.is_empty()
                && take.is_empty()
            {
                let given = ["to_target", "to_self", "take"].iter().any(|k| !r.entries(k).is_empty());
                if !given && !r.get("abstract").is_some_and(|n| n.is(true)) {
                    let help = "give it `to_target`, `to_self` or `take`";
                    self.cx.error(r.span, format!("{} touches without any effect", r.path), help);
                }
            }
            if self.names.interaction.index(id).is_none() {
                continue;
            }
            let Some(kind) = kind else { continue };
            let gauge = Gauge::base(Dimension::RATE);
            let address = format!("interaction.{id}");
            let rate = actors.iter().map(|a| self.law(&address, Some(a.0), base, &gauge)).collect();
            out.push(Interaction {
                id: id.to_string(),
                purpose: Purpose::of(&address),
                kind,
                actors,
                targets,
                on: States { live, dead },
                gate,
                attention,
                rate,
                cooldown,
                to_target,
                to_self,
                take,
            });
        }
        out
    }

    /// Types of a list of names, kinds resolved.
    pub(super) fn types(&self, r: &Reader, key: &str) -> Vec<CellTypeId> {
        self.names.cell_type.many(self.cx, &r.names(key)).into_iter().map(CellTypeId).collect()
    }

    fn interaction_kind(
        &self,
        r: &Reader,
        types: &[CellType],
        targets: &[CellTypeId],
    ) -> Option<InteractionKind> {
        let kind = r.choice("kind")?;
        if kind != "kill" {
            for key in ["damage", "hit", "lethal"].into_iter().filter(|k| r.has(k)) {
                self.cx.error(
                    r.key_span(key),
                    format!("{}: `{key}` belongs to interactions that kill", r.path),
                    "",
                );
            }
            return Some(if kind == "engulf" { InteractionKind::Engulf } else { InteractionKind::Touch });
        }
        let Some((name, span)) = r.name("damage") else {
            self.cx.error(
                r.span,
                format!("{} kills: it needs `damage`, the trait that hits add to", r.path),
                "",
            );
            return None;
        };
        let damage = TraitId(self.names.traits.one(self.cx, name, span)?);
        if !targets.is_empty() && !targets.iter().any(|t| carries(&types[t.index()], damage)) {
            let message = format!("{}: no target carries `{name}`", r.path);
            self.cx.error(span, message, format!("add it to the target: traits = {{ {name} = 0 }}"));
        }
        let unit = &self.trait_units[damage.index()];
        let Some(lethal) = r.in_unit("lethal", unit) else {
            if !r.has("lethal") {
                self.cx.error(
                    r.span,
                    format!("{} kills: it needs `lethal`, the damage that kills", r.path),
                    "",
                );
            }
            return None;
        };
        Some(InteractionKind::Kill { damage, hit: r.in_unit("hit", unit).unwrap_or(1.0), lethal })
    }

    fn gate(&self, r: &Reader, types: &[CellType], actors: &[CellTypeId], targets: &[CellTypeId]) -> Gate {
        let Some(t) = r.table("recognize") else { return Gate::default() };
        let list = |key: &str| -> Vec<ReceptorId> {
            let mut out = Vec::new();
            for (name, span) in t.names(key) {
                let Some(i) = self.names.receptor.one(self.cx, name, span) else { continue };
                let id = ReceptorId(i);
                let off = !self.receptor_acts(id);
                let borne = actors.iter().any(|a| types[a.index()].receptors.contains(&id));
                if !off && !actors.is_empty() && !borne {
                    let message = format!("{}: no acting cell bears the receptor `{name}`", r.path);
                    self.cx.error(span, message, "name it in the `receptors` of the cell type");
                }
                match &self.receptors[id.index()].binds {
                    Binds::Substrate(_) => {
                        let message = format!(
                            "{}: `{name}` binds a substrate: a gate reads antigens of the target",
                            r.path
                        );
                        self.cx.error(span, message, "let a rule on interact.ID read receptor.R");
                    }
                    Binds::Antigens(antigens) => {
                        let found =
                            targets.iter().any(|t| antigens.iter().any(|a| carries(&types[t.index()], *a)));
                        if key != "none" && !found && !targets.is_empty() && !off {
                            let message =
                                format!("{}: no target carries an antigen that `{name}` binds", r.path);
                            self.cx.error(span, message, "");
                        }
                        self.presented(r, types, targets, antigens);
                    }
                }
                out.push(id);
            }
            out
        };
        Gate { all: list("all"), any: list("any"), none: list("none") }
    }

    /// A target that carries a presented antigen needs its presenter.
    fn presented(&self, r: &Reader, types: &[CellType], targets: &[CellTypeId], antigens: &[TraitId]) {
        for target in targets {
            let cell = &types[target.index()];
            for antigen in antigens.iter().filter(|a| carries(cell, **a)) {
                let of = &self.traits[antigen.index()];
                if let Some(p) = of.presented_by.filter(|p| !carries(cell, *p)) {
                    let message = format!(
                        "{}: `{}` is presented by `{}`, which `{}` does not carry",
                        r.path,
                        of.id,
                        self.traits[p.index()].id,
                        cell.id
                    );
                    self.cx.error(r.key_span("recognize"), message, self.carry_help(&cell.id, p));
                }
            }
        }
    }

    fn changes(
        &self,
        r: &Reader,
        key: &str,
        types: &[CellType],
        cells: &[CellTypeId],
        who: &str,
    ) -> Vec<(TraitId, f64)> {
        let mut out = Vec::new();
        for (name, entry) in r.entries(key) {
            let what = format!("`{}.{key}.{name}`", r.path);
            let Some(list) = self.names.traits.resolve(self.cx, name, entry.key) else { continue };
            let found = list.iter().any(|t| cells.iter().any(|c| carries(&types[c.index()], TraitId(*t))));
            if !found && !cells.is_empty() {
                self.cx.error(entry.key, format!("{}: no {who} carries `{name}`", r.path), "");
            }
            for t in list {
                let value = self.trait_gauge(usize::from(*t)).read(self.cx, &entry.node, &what);
                out.extend(value.map(|v| (TraitId(*t), v)));
            }
        }
        out.sort_by_key(|(t, _)| *t);
        out
    }

    fn take(&self, r: &Reader, types: &[CellType], targets: &[CellTypeId]) -> Vec<(TraitId, f64)> {
        let mut out = Vec::new();
        for (name, entry) in r.entries("take") {
            let what = format!("`{}.take.{name}`", r.path);
            let Some(list) = self.names.traits.resolve(self.cx, name, entry.key) else { continue };
            let Some(share) = Gauge::plain().read(self.cx, &entry.node, &what) else { continue };
            if !(0.0..=1.0).contains(&share) {
                self.cx.wrong(&entry.node, format!("{what} must be between 0 and 1"), "");
            }
            let found = list.iter().any(|t| targets.iter().any(|c| carries(&types[c.index()], TraitId(*t))));
            if !found && !targets.is_empty() {
                self.cx.warning(
                    entry.key,
                    format!("{}: no target carries `{name}`", r.path),
                    "nothing is taken",
                );
            }
            out.extend(list.iter().map(|t| (TraitId(*t), share)));
        }
        out.sort_by_key(|(t, _)| *t);
        out
    }
}

/// Whether cells of a type carry a trait.
pub fn carries(cell: &CellType, of: TraitId) -> bool {
    cell.traits.binary_search_by_key(&of, |(t, _)| *t).is_ok()
}
