//! Signals: what a condition reads, where it may stand, and the unit of its thresholds.

use super::Compiler;
use super::gauge::{Gauge, unit_of};
use crate::model::{
    CellTypeId, CompartmentId, DoseId, EndpointId, Event, ObservableId, ReceptorId, RemovalId, Signal,
    SignalId, Species, SubstrateId, TraitId,
};
use crate::spec::diagnostics::suggest;
use crate::spec::tree::Span;
use crate::units::{Dimension, Unit, parse_unit};

/// From where a condition looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Eye {
    /// A cell.
    Cell,
    /// The vessel site of an `enter` or `exchange`.
    Vessel,
    /// A flow between pools.
    Pool,
    /// A hazard endpoint.
    Endpoint,
}

impl Eye {
    fn words(self) -> &'static str {
        match self {
            Eye::Cell => "a cell",
            Eye::Vessel => "the vessel site of an enter or exchange",
            Eye::Pool => "a flow between pools",
            Eye::Endpoint => "an endpoint",
        }
    }
}

/// One form of signal: its pattern, where it exists (c, v, p, e as in the language), and what it is.
pub struct SignalForm {
    pub pattern: &'static str,
    pub eyes: &'static [Eye],
    pub unit: &'static str,
    pub text: &'static str,
}

impl SignalForm {
    /// Where it exists, in words.
    pub fn seen_by(&self) -> String {
        self.eyes.iter().map(|e| e.words()).collect::<Vec<_>>().join(", ")
    }
}

const ALL: &[Eye] = &[Eye::Cell, Eye::Vessel, Eye::Pool, Eye::Endpoint];

const fn form(
    pattern: &'static str,
    eyes: &'static [Eye],
    unit: &'static str,
    text: &'static str,
) -> SignalForm {
    SignalForm { pattern, eyes, unit, text }
}

/// Every signal.
pub const SIGNALS: &[SignalForm] = &[
    form("substrate.S", &[Eye::Cell, Eye::Vessel], "unit of the substrate", "concentration at the site"),
    form(
        "gradient.S",
        &[Eye::Cell, Eye::Vessel],
        "unit of the substrate per um",
        "magnitude of the gradient at the site",
    ),
    form("trait.T", &[Eye::Cell], "unit of the trait", "own trait"),
    form("antigen.A", &[Eye::Cell], "unit of the antigen", "own antigen"),
    form(
        "contact.TYPE",
        &[Eye::Cell, Eye::Vessel],
        "1",
        "number of live touching cells of the type or its kinds",
    ),
    form("crowding", &[Eye::Cell], "1", "filled share of the touching sites in the own layer"),
    form(
        "receptor.R",
        &[Eye::Cell],
        "1",
        "activation of an own receptor by live touching cells, or by its ligand",
    ),
    form(
        "recognition",
        &[Eye::Cell],
        "1",
        "strongest activation among own antigen receptors that some gate names",
    ),
    form("age", &[Eye::Cell], "time", "time since the cell was placed, arrived or was born"),
    form(
        "cognate.K",
        &[Eye::Cell, Eye::Pool],
        "molecules",
        "amount in compartment K of the antigen that the clone binds",
    ),
    form("amount.K.X", ALL, "cells or molecules", "amount of X in compartment K"),
    form(
        "concentration.K.X",
        ALL,
        "cells/uL, or unit of the substrate",
        "concentration of X in compartment K",
    ),
    form("observable.O", ALL, "unit of the observable", "its last value, without noise"),
    form("since.ID", ALL, "time", "time since a dose, removal or endpoint; infinite before it"),
    form("time", ALL, "time", "simulated time"),
];

impl Compiler<'_> {
    /// The signal of a text, interned, with the units of its thresholds. Problems are noted.
    pub(super) fn signal(&self, text: &str, span: Span, eye: Eye) -> Option<(SignalId, Gauge)> {
        let (head, rest) = text.split_once('.').unwrap_or((text, ""));
        let found = SIGNALS.iter().find(|s| {
            let (h, args) = s.pattern.split_once('.').unwrap_or((s.pattern, ""));
            h == head && args.is_empty() == rest.is_empty()
        });
        let Some(found) = found else {
            let help = suggest(text, SIGNALS.iter().map(|s| s.pattern));
            self.cx.error(span, format!("no signal `{text}`"), help);
            return None;
        };
        if !found.eyes.contains(&eye) {
            let places: Vec<&str> = found.eyes.iter().map(|e| e.words()).collect();
            let message = format!("signal `{text}` does not exist for {}", eye.words());
            self.cx.error(span, message, format!("it exists for {}", places.join(", ")));
            return None;
        }
        let (signal, gauge) = self.meaning(head, rest, span)?;
        let mut signals = self.signals.borrow_mut();
        let index = signals.iter().position(|s| *s == signal).unwrap_or_else(|| {
            signals.push(signal);
            signals.len() - 1
        });
        Some((SignalId(index as u16), gauge))
    }

    fn meaning(&self, head: &str, rest: &str, span: Span) -> Option<(Signal, Gauge)> {
        let (cx, n) = (self.cx, &self.names);
        let time = || Gauge::base(Dimension::TIME);
        Some(match head {
            "substrate" | "gradient" => {
                let s = n.substrate.one(cx, rest, span)?;
                let substrate = &self.substrates[usize::from(s)];
                if substrate.diffusion.is_none() {
                    let message = format!("`{rest}` has no field on the lattice");
                    cx.error(
                        span,
                        message,
                        "give it a `diffusion`, or read concentration.COMPARTMENT.SUBSTRATE",
                    );
                }
                let unit = unit_of(substrate);
                if head == "substrate" {
                    (Signal::Substrate(SubstrateId(s)), Gauge::unit(unit))
                } else {
                    let per = parse_unit(&format!("{}/um", unit.text)).unwrap_or_else(|_| Unit::one());
                    (Signal::Gradient(SubstrateId(s)), Gauge::unit(per))
                }
            }
            "trait" | "antigen" => {
                let t = n.traits.one(cx, rest, span)?;
                if (head == "antigen") != self.traits[usize::from(t)].antigen {
                    let other = if head == "antigen" { "trait" } else { "antigen" };
                    cx.error(span, format!("`{rest}` is no {head}"), format!("write {other}.{rest}"));
                }
                (Signal::Trait(TraitId(t)), self.trait_gauge(usize::from(t)))
            }
            "contact" => {
                let types = n.cell_type.resolve(cx, rest, span)?;
                (Signal::Contact(types.iter().map(|t| CellTypeId(*t)).collect()), Gauge::plain())
            }
            "crowding" => (Signal::Crowding, Gauge::plain()),
            "receptor" => (Signal::Receptor(ReceptorId(n.receptor.one(cx, rest, span)?)), Gauge::plain()),
            "recognition" => (Signal::Recognition, Gauge::plain()),
            "age" => (Signal::Age, time()),
            "time" => (Signal::Time, time()),
            "cognate" => {
                let k = n.compartment.one(cx, rest, span)?;
                (Signal::Cognate(CompartmentId(k)), Gauge::base(Dimension::MOLECULES))
            }
            "amount" | "concentration" => {
                let (k, name) = rest.split_once('.').unwrap_or((rest, ""));
                let compartment = CompartmentId(n.compartment.one(cx, k, span)?);
                let species = self.species(name, span);
                let first = *species.first()?;
                if head == "amount" {
                    let gauge = self.amount_gauge(first, Some(compartment));
                    (Signal::Amount { compartment, species }, gauge)
                } else {
                    let gauge = match first {
                        Species::Substrate(s) => self.concentration_gauge(s.index()),
                        Species::Cell(_) => Gauge::base(Dimension::CELL_DENSITY),
                        Species::Antigen(_) => Gauge::base(Dimension::MOLAR),
                    };
                    (Signal::Concentration { compartment, species }, gauge)
                }
            }
            "observable" => {
                let o = n.observable.one(cx, rest, span)?;
                if !self.observes(ObservableId(o)) {
                    let message = format!("a rule reads observable `{rest}`, which is switched off");
                    cx.error(
                        span,
                        message,
                        format!("observable.{rest}.enabled = true, or switch the rule off"),
                    );
                }
                (Signal::Observable(ObservableId(o)), self.observable_gauge(usize::from(o)))
            }
            _ => (Signal::Since(self.event(rest, span)?), time()),
        })
    }

    /// A dose, removal or endpoint by id.
    pub(super) fn event(&self, id: &str, span: Span) -> Option<Event> {
        let n = &self.names;
        let found: Vec<Event> = [
            n.dose.index(id).map(|i| Event::Dose(DoseId(i))),
            n.removal.index(id).map(|i| Event::Removal(RemovalId(i))),
            n.endpoint.index(id).map(|i| Event::Endpoint(EndpointId(i))),
        ]
        .into_iter()
        .flatten()
        .collect();
        match found[..] {
            [event] => {
                if matches!(event, Event::Endpoint(_)) {
                    self.check_event(id, span);
                }
                Some(event)
            }
            [] if n.endpoint.knows(id) => {
                let help = format!("endpoint.{id}.enabled = true, or switch off what waits for it");
                self.cx.error(span, format!("endpoint `{id}` is switched off"), help);
                None
            }
            [] => {
                let known = n.dose.names().chain(n.removal.names()).chain(n.endpoint.names());
                self.cx.error(span, format!("no dose, removal or endpoint `{id}`"), suggest(id, known));
                None
            }
            _ => {
                let message = format!("`{id}` is the id of more than one dose, removal or endpoint");
                self.cx.error(span, message, "give one of them another id");
                None
            }
        }
    }
}
