//! Rules: read once, then attached to every law they bend.

use super::Compiler;
use super::gauge::Gauge;
use super::signals::Eye;
use crate::model::{Condition, Law, Term};
use crate::spec::diagnostics::suggest;
use crate::spec::reader::Reader;
use crate::spec::tree::{Node, Span, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Behaviors, as patterns, with the table that holds the base and what they are.
pub const BEHAVIORS: &[(&str, &str, &str)] = &[
    ("divide", "/T", "division"),
    ("die.CAUSE", "/T", "death of a named cause"),
    ("convert.TYPE", "/T", "change into another type"),
    ("move.speed", "L/T", "speed of crawling"),
    ("move.persistence", "T", "how long a direction is kept"),
    ("move.toward.S", "-1..1", "bias toward rising concentration"),
    ("secrete.S", "molecules/T, or unit/T in the site", "secretion"),
    ("uptake.S", "/T", "uptake"),
    ("supply.S", "/T", "rate at which a site is pulled to the vessel's concentration"),
    ("gain.T", "unit/T", "gain of a trait"),
    ("loss.T", "/T", "loss of a trait"),
    ("interact.ID", "/T", "rate of an interaction"),
    ("flow.ID", "rate of the flow", "rate of a flow"),
    ("endpoint.ID", "/T", "rate of a hazard endpoint"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Increase,
    Decrease,
    Scale,
}

pub struct Rule<'a> {
    pub reader: Reader<'a>,
    pub effect: Effect,
    to: Option<&'a Node>,
    fold: Option<f64>,
    /// Types it is restricted to.
    cells: Option<Vec<u16>>,
    term: Term,
}

impl Rule<'_> {
    /// Every signal its conditions read.
    pub fn signals(&self) -> impl Iterator<Item = crate::model::SignalId> {
        self.term.signals()
    }
}

/// All acting rules, by what they bend.
#[derive(Default)]
pub struct Rules<'a> {
    pub list: Vec<Rule<'a>>,
    /// `cell_type.ID.BEHAVIOR`, `interaction.ID`, `flow.ID`, `endpoint.ID` -> rules in order of id.
    at: BTreeMap<String, Vec<usize>>,
    /// Behaviors that rules of mechanisms which are off, or switched off themselves, would bend.
    dormant: BTreeSet<&'a str>,
    used: RefCell<BTreeSet<usize>>,
}

impl<'a> Compiler<'a> {
    pub(super) fn read_rules(&mut self) {
        let mut rules = Rules::default();
        for (id, r) in self.things("rule") {
            self.mechanism(&r);
            if !self.names.acts(r.node) {
                rules.dormant.extend(r.get("behavior").and_then(Node::text));
                continue;
            }
            let Some((behavior, span)) = r.name("behavior") else { continue };
            // The rest of the rule is read all the same, so that its mistakes are told beside those of what it bends.
            let found = self.addresses(&r, behavior, span);
            let (addresses, eye, cells) = found.unwrap_or_else(|| (Vec::new(), self.eye(behavior), None));
            if let Some(rule) = self.rule(id, r, eye, cells) {
                for address in addresses {
                    rules.at.entry(address).or_default().push(rules.list.len());
                }
                rules.list.push(rule);
            }
        }
        self.rules = rules;
    }

    /// Notes a mechanism that does not exist.
    pub(super) fn mechanism(&self, r: &Reader) {
        if let Some((name, span)) = r.name("mechanism")
            && !self.names.mechanism.knows(name)
        {
            self.names.mechanism.unknown(self.cx, name, span);
        }
    }

    /// What a rule bends, from where its conditions look, and the types it is restricted to.
    fn addresses(
        &self,
        r: &Reader,
        behavior: &str,
        span: Span,
    ) -> Option<(Vec<String>, Eye, Option<Vec<u16>>)> {
        let (n, cx) = (&self.names, self.cx);
        let cells =
            r.name("cell").map(|(name, span)| n.cell_type.resolve(cx, name, span).map(<[u16]>::to_vec));
        // An unknown cell is told; the behavior is looked at all the same.
        let lost = matches!(cells, Some(None));
        let cells = cells.flatten();
        let (head, rest) = behavior.split_once('.').unwrap_or((behavior, ""));
        let of = |part: &str, kinds: &super::names::Kinds| {
            let list = kinds.resolve(cx, rest, span)?;
            Some(list.iter().map(|i| format!("{part}.{}", kinds.ids[usize::from(*i)])).collect::<Vec<_>>())
        };
        match head {
            "interact" => {
                let list = of("interaction", &n.interaction)?;
                (!lost).then_some((list, Eye::Cell, cells))
            }
            "flow" | "endpoint" if r.has("cell") => {
                cx.error(
                    r.key_span("cell"),
                    format!("`{behavior}` is not the behavior of a cell"),
                    "leave out `cell`",
                );
                None
            }
            "flow" => Some((of("flow", &n.flow)?, self.eye(behavior), None)),
            "endpoint" => Some((of("endpoint", &n.endpoint)?, self.eye(behavior), None)),
            _ => {
                let known = BEHAVIORS.iter().any(|(pattern, _, _)| matches_pattern(pattern, behavior));
                if !known {
                    let help = suggest(behavior, BEHAVIORS.iter().map(|b| b.0));
                    cx.error(span, format!("no behavior `{behavior}`"), help);
                    return None;
                }
                self.check_argument(head, rest, span)?;
                if lost {
                    return None;
                }
                let Some(cells) = cells else {
                    cx.error(r.span, format!("{} needs `cell`: whose `{behavior}` it bends", r.path), "");
                    return None;
                };
                let list = cells
                    .iter()
                    .map(|c| format!("cell_type.{}.{behavior}", n.cell_type.ids[usize::from(*c)]));
                Some((list.collect(), Eye::Cell, Some(cells)))
            }
        }
    }

    fn check_argument(&self, head: &str, rest: &str, span: Span) -> Option<()> {
        let n = &self.names;
        match head {
            "convert" => n.cell_type.one(self.cx, rest, span).map(|_| ()),
            "secrete" | "uptake" | "supply" => n.substrate.one(self.cx, rest, span).map(|_| ()),
            "gain" | "loss" => n.traits.one(self.cx, rest, span).map(|_| ()),
            "move" => match rest.strip_prefix("toward.") {
                Some(s) => n.substrate.one(self.cx, s, span).map(|_| ()),
                None => Some(()),
            },
            _ => Some(()),
        }
    }

    /// From where the conditions of a rule on this behavior look.
    fn eye(&self, behavior: &str) -> Eye {
        match behavior.split_once('.') {
            Some(("endpoint", _)) => Eye::Endpoint,
            Some(("flow", id)) => match self.root.at(&["flow", id, "kind"]).and_then(Node::text) {
                Some("enter" | "exchange") => Eye::Vessel,
                Some("leave") => Eye::Cell,
                _ => Eye::Pool,
            },
            _ => Eye::Cell,
        }
    }

    fn rule(&self, id: &str, r: Reader<'a>, eye: Eye, cells: Option<Vec<u16>>) -> Option<Rule<'a>> {
        let effect = r.choice("effect").map(|word| match word {
            "increase" => Effect::Increase,
            "decrease" => Effect::Decrease,
            _ => Effect::Scale,
        });
        let fold = r.number("fold");
        let to = r.get("to");
        let aimed = effect.is_some_and(|effect| self.aimed(&r, effect));
        let mut all = Vec::new();
        let grouped = ["all", "any", "none"].iter().any(|k| r.has(k));
        match (r.name("signal"), grouped) {
            (Some(_), true) => {
                let help = "put the inline condition into `all`";
                self.cx.error(
                    r.key_span("signal"),
                    format!("{} has both an inline condition and lists", r.path),
                    help,
                );
            }
            (Some((signal, span)), false) => all.extend(self.condition(&r, signal, span, eye)),
            (None, _) => {
                if let Some(key) = ["hill", "linear", "step", "window"].into_iter().find(|k| r.has(k)) {
                    self.cx.error(r.key_span(key), format!("{} has a response but no `signal`", r.path), "");
                }
            }
        }
        let group = |key: &str| -> Vec<Condition> {
            r.list(key)
                .iter()
                .filter_map(|c| {
                    let (signal, span) = c.name("signal")?;
                    self.condition(c, signal, span, eye)
                })
                .collect()
        };
        all.extend(group("all"));
        let (any, none) = (group("any"), group("none"));
        let states = r.words("states", &["live", "dead"]).unwrap_or_else(|| vec!["live"]);
        self.check_states(&r, &states);
        if fold.is_some_and(|f| {
            (f > 1.0 && effect == Some(Effect::Decrease)) || (f < 1.0 && effect == Some(Effect::Increase))
        }) {
            let message = format!("{}: fold is on the wrong side of 1 for this effect", r.path);
            self.cx.error(r.key_span("fold"), message, "increase needs fold above 1, decrease below 1");
        }
        let term = Term {
            rule: id.to_string(),
            all,
            any,
            none,
            target: 0.0,
            live: states.contains(&"live"),
            dead: states.contains(&"dead"),
        };
        effect.filter(|_| aimed).map(|effect| Rule { reader: r, effect, to, fold, cells, term })
    }

    /// Whether a rule says how far it bends in the way of its effect; if not, why is noted.
    fn aimed(&self, r: &Reader, effect: Effect) -> bool {
        let message = match (effect, r.has("to"), r.has("fold")) {
            (Effect::Scale, false, true) => return true,
            (Effect::Scale, ..) => format!("{} scales: it needs `fold`, and no `to`", r.path),
            (_, true, true) => format!("{} needs either `to` or `fold`, not both", r.path),
            (_, false, false) => format!("{} needs either `to` or `fold`, neither is there", r.path),
            _ => return true,
        };
        self.cx.error(r.span, message, "");
        false
    }

    /// Dead cells only give to and take from the fields.
    fn check_states(&self, r: &Reader, states: &[&str]) {
        if !r.has("states") {
            return;
        }
        let behavior = r.name("behavior").map_or("", |b| b.0);
        let head = behavior.split('.').next().unwrap_or_default();
        let (span, path) = (r.key_span("states"), &r.path);
        if ["flow", "endpoint"].contains(&head) {
            self.cx.error(
                span,
                format!("{path}: `{behavior}` is of no cell: it has no `states`"),
                "remove it",
            );
        } else if states.contains(&"dead") && !["secrete", "uptake", "supply"].contains(&head) {
            let message = format!("{path}: dead cells have no `{behavior}`");
            self.cx.error(span, message, "they have secrete.S, uptake.S and supply.S");
        } else if states.is_empty() {
            self.cx.error(span, format!("{path}: `states` is empty: the rule would never act"), "live, dead");
        }
    }

    /// Two rules that always act the same way would be averaged, which nobody means.
    fn check_twins(&self, terms: &[Term], address: &str) {
        let always = |t: &&Term| t.all.is_empty() && t.any.is_empty() && t.none.is_empty();
        let mut unconditional = terms.iter().filter(always);
        let Some(first) = unconditional.next() else { return };
        for twin in unconditional {
            let message = format!(
                "rule.{} and rule.{} both always bend `{address}` the same way: their targets would be averaged",
                first.rule, twin.rule
            );
            let help = "switch one off, or give them conditions";
            self.cx.error(self.at(&["rule", &twin.rule]), message, help);
        }
    }

    fn condition(&self, r: &Reader, signal: &str, span: Span, eye: Eye) -> Option<Condition> {
        let (signal, gauge) = self.signal(signal, span, eye)?;
        Some(Condition { signal, response: self.response(r, &gauge)? })
    }

    /// The law at an address: a base and the rules that bend it. `cell` picks the rules that act on this type.
    pub(super) fn law(&self, address: &str, cell: Option<u16>, base: f64, gauge: &Gauge) -> Law {
        let mut law = Law::constant(base);
        let idle = base == 0.0 && self.is_idle(address, cell);
        for index in self.rules.at.get(address).into_iter().flatten() {
            let rule = &self.rules.list[*index];
            if let (Some(cell), Some(cells)) = (cell, &rule.cells)
                && !cells.contains(&cell)
            {
                continue;
            }
            if !idle {
                self.rules.used.borrow_mut().insert(*index);
            }
            let Some(target) = self.target(rule, address, base, gauge) else { continue };
            let term = Term { target, ..rule.term.clone() };
            match rule.effect {
                Effect::Increase => law.increase.push(term),
                Effect::Decrease => law.decrease.push(term),
                Effect::Scale => law.scale.push(term),
            }
        }
        self.check_twins(&law.increase, address);
        self.check_twins(&law.decrease, address);
        law
    }

    /// Whether rules bend a behavior that nothing gives: it has no base, not even 0, and no rule raises it, not even one that
    /// is off.
    fn is_idle(&self, address: &str, cell: Option<u16>) -> bool {
        let path: Vec<&str> = address.split('.').collect();
        let ["cell_type", _, behavior @ ..] = path.as_slice() else { return false };
        let raises = |index: &usize| {
            let rule = &self.rules.list[*index];
            let acts = cell.is_none_or(|c| rule.cells.as_ref().is_none_or(|cells| cells.contains(&c)));
            acts && rule.effect == Effect::Increase
        };
        self.root.at(&path).is_none()
            && !self.rules.at.get(address).into_iter().flatten().any(raises)
            && !self.rules.dormant.contains(behavior.join(".").as_str())
    }

    /// Behaviors with a base of the cells that a rule names.
    fn based(&self, rule: &Rule) -> Vec<String> {
        let mut out = Vec::new();
        for cell in rule.cells.iter().flatten() {
            let id = self.names.cell_type.ids[usize::from(*cell)].as_str();
            for (pattern, ..) in BEHAVIORS {
                let (head, argument) = pattern.rsplit_once('.').unwrap_or((pattern, ""));
                let path: Vec<&str> = ["cell_type", id].into_iter().chain(head.split('.')).collect();
                let Some(node) = self.root.at(&path) else { continue };
                match node.table() {
                    Some(table) if argument.chars().all(char::is_uppercase) && !argument.is_empty() => {
                        out.extend(table.entries.keys().map(|key| format!("{head}.{key}")));
                    }
                    Some(table) if !argument.is_empty() && table.get(argument).is_some() => {
                        out.push((*pattern).to_string());
                    }
                    _ if argument.is_empty() => out.push(head.to_string()),
                    _ => {}
                }
            }
        }
        out
    }

    fn target(&self, rule: &Rule, address: &str, base: f64, gauge: &Gauge) -> Option<f64> {
        let (r, cx) = (&rule.reader, self.cx);
        if rule.effect == Effect::Scale {
            return rule.fold;
        }
        if let Some(fold) = rule.fold {
            if base == 0.0 {
                let message = format!("{}: `fold` of a base of 0: `{address}` is 0", r.path);
                cx.error(r.key_span("fold"), message, "write `to` with a value instead");
                return None;
            }
            return Some(fold * base);
        }
        let node = rule.to?;
        let target = gauge.read(cx, node, &format!("`{}.to`", r.path))?;
        let wrong = match rule.effect {
            Effect::Increase => target < base,
            _ => target > base,
        };
        if wrong {
            let word = if rule.effect == Effect::Increase { "increase" } else { "decrease" };
            let side = if rule.effect == Effect::Increase { "below" } else { "above" };
            let message = format!("{}: cannot {word} `{address}` to a value {side} its base", r.path);
            let [base, target] = [base, target].map(|v| gauge.written(cx, v, node));
            cx.wrong(cx.bare(node), message, format!("its base is {base}, `to` is {target}"));
        }
        Some(target)
    }

    /// Addresses below a prefix that some rule bends, without the prefix.
    pub(super) fn bent(&self, prefix: &str) -> Vec<&str> {
        self.rules
            .at
            .range(prefix.to_string()..)
            .map_while(|(address, _)| address.strip_prefix(prefix))
            .collect()
    }

    /// Rules that no law asked for bend nothing.
    pub(super) fn unattached_rules(&self) {
        let used = self.rules.used.borrow();
        for (i, rule) in self.rules.list.iter().enumerate().filter(|(i, _)| !used.contains(i)) {
            let empty = !self.rules.at.values().any(|list| list.contains(&i));
            if empty {
                continue;
            }
            let behavior = rule.reader.get("behavior").and_then(Node::text).unwrap_or_default();
            let (message, help) = match behavior.split('.').next() {
                Some("gain" | "loss" | "supply") => (
                    format!("{} bends nothing: `{behavior}` does not exist there", rule.reader.path),
                    "gain and loss need a trait that the cell carries; supply needs its base in the cell type"
                        .into(),
                ),
                _ => (
                    format!(
                        "{} bends nothing: `{behavior}` has no base there, and no rule raises it",
                        rule.reader.path
                    ),
                    suggest(behavior, self.based(rule).iter().map(String::as_str)),
                ),
            };
            self.cx.error(rule.reader.key_span("behavior"), message, help);
        }
    }
}

/// Whether a dotted text has the form of a pattern whose capital parts stand for ids.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (mut p, mut t) = (pattern.split('.'), text.split('.'));
    loop {
        match (p.next(), t.next()) {
            (None, None) => return true,
            (Some(p), Some(t)) if p == t || (p.chars().all(|c| c.is_uppercase()) && !t.is_empty()) => {}
            _ => return false,
        }
    }
}

/// Whether a list of states holds a word, by default only live.
pub fn states(r: &Reader, key: &str) -> (bool, bool) {
    match r.words(key, &["live", "dead"]) {
        Some(words) => (words.contains(&"live"), words.contains(&"dead")),
        None => (true, false),
    }
}

/// Whether a node is the text `tissue`.
pub fn is_tissue(node: &Node) -> bool {
    matches!(&node.value, Value::Text(t) if t == "tissue")
}
