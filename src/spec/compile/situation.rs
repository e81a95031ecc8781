//! The situation: domain, clock, recording and what ends a run.

use super::Compiler;
use super::triggers::MOST_TIMES;
use crate::lattice::{Contact, Lattice};
use crate::model::{Checkpoints, Clock, Domain, EndpointId, ObservableId, Recording, Scale, Start, Trigger};
use crate::random::MAX_STEPS;
use crate::spec::documents::DocumentKind;
use crate::spec::overrides::UNTIL;
use crate::spec::reader::Reader;
use crate::spec::tree::Node;
use crate::units::{Dimension, number};

/// Most sites that a lattice may have: they are counted in 32 bits.
pub const MAX_SITES: f64 = 4_000_000_000.0;

/// Most rows of series.csv, and most bins of events.csv, of one run.
const MOST_ROWS: f64 = 1e6;
/// Most bytes of all pictures of one run.
const MOST_PICTURES: f64 = 4.0 * 1024.0 * 1024.0 * 1024.0;

/// Most checkpoints of one run that stay.
const MOST_CHECKPOINTS: f64 = 1000.0;

/// What is written and what ends a run.
pub struct Situation {
    pub recording: Recording,
    pub stop: Vec<EndpointId>,
}

impl<'a> Compiler<'a> {
    pub(super) fn read_domain(&self, contact: Contact) -> Option<Domain> {
        self.part("domain").and_then(|r| self.domain(&r, contact))
    }

    /// The lattice, where there is a domain that can be read.
    pub(super) fn lattice(&self) -> Option<Lattice> {
        self.domain.as_ref().map(|d| d.lattice)
    }

    pub(super) fn read_situation(&self) -> Situation {
        if let Some(host) = self.part("host") {
            for key in ["weight", "body_surface"] {
                host.quantity(key);
            }
            host.text("species");
        }
        let stop = self.part("stop").map(|r| self.events_of(&r, "endpoints")).unwrap_or_default();
        Situation { recording: self.recording(), stop }
    }

    fn domain(&self, r: &Reader, contact: Contact) -> Option<Domain> {
        let size = r.quantities("size", Dimension::LENGTH)?;
        if !(2..=3).contains(&size.len()) {
            self.cx.error(
                r.key_span("size"),
                format!("domain.size needs two or three lengths, not {}", size.len()),
                "",
            );
            return None;
        }
        let node = r.get("size")?;
        let spacing = self.root.at(&["lattice", "spacing"]);
        // Of size and spacing, the one that an override set is to blame.
        let span = self.cx.blame([node].into_iter().chain(spacing), r.key_span("size"));
        let mut sites = [1.0; 3];
        for (n, edge) in sites.iter_mut().zip(&size) {
            *n = (edge / self.spacing).round();
            if *n < 1.0 {
                let message = format!(
                    "domain.size: an edge of {edge} um is shorter than the spacing of {} um",
                    self.spacing
                );
                self.cx.error(span, message, "");
                return None;
            }
            if (*n * self.spacing - edge).abs() > 1e-6 * self.spacing {
                let message = format!(
                    "domain.size: an edge of {} um is no whole number of sites of {} um",
                    number(*edge),
                    number(self.spacing)
                );
                self.cx.error(span, message, format!("the nearest is {} um", number(*n * self.spacing)));
            }
        }
        let total = sites[0] * sites[1] * sites[2];
        if total > MAX_SITES {
            let message = format!(
                "the domain has {total:.3e} sites of {} um; at most 4e9 can be counted",
                self.spacing
            );
            let help = match size.len() {
                2 => "a smaller size, or a wider lattice.spacing",
                _ => "a smaller size, a wider lattice.spacing, or two lengths and scale = \"section\"",
            };
            self.cx.error(span, message, help);
            return None;
        }
        let flat = size.len() == 2;
        let scale = self.scale(r, flat)?;
        let [nx, ny, nz] = sites.map(|n| n as usize);
        Some(Domain { lattice: Lattice { nx, ny, nz, spacing: self.spacing }, contact, scale })
    }

    fn scale(&self, r: &Reader, flat: bool) -> Option<Scale> {
        let of = self.types(r, "section_of");
        let section = r.get("scale").and_then(Node::text) == Some("section");
        if !of.is_empty() && !section {
            self.cx.error(r.key_span("section_of"), "`section_of` belongs to scale = \"section\"", "");
        }
        let Some(node) = r.get("scale") else { return Some(Scale::Whole) };
        let bare = self.cx.bare(node);
        match (bare.text(), bare.number()) {
            (Some("whole"), _) => Some(Scale::Whole),
            (Some("section"), _) => {
                if !flat {
                    self.cx.error(
                        bare.span,
                        "a section has two dimensions, this domain three",
                        "give `size` two lengths, or scale = \"whole\"",
                    );
                }
                if of.is_empty() {
                    self.cx.error(
                        bare.span,
                        "a section needs `section_of`: the types that define its radius",
                        "",
                    );
                }
                Some(Scale::Section { of })
            }
            (None, Some(w)) if w >= 1.0 => Some(Scale::Constant(w)),
            _ => {
                self.cx.wrong(
                    bare,
                    "domain.scale must be \"whole\", \"section\" or a number of at least 1",
                    "",
                );
                None
            }
        }
    }

    pub(super) fn read_clock(&self) -> (Clock, u64) {
        let nothing = Clock { start: 0.0, end: 0.0, step: 30.0, pool_steps: 1 };
        let Some(r) = self.part("clock") else { return (nothing, 1) };
        let seed = r.whole("seed").unwrap_or(1);
        let start = r.quantity("start").unwrap_or(0.0);
        let end = if r.has("end") { r.quantity("end") } else { None };
        let mut step = r.quantity("step").unwrap_or(30.0);
        let pools = if r.has("pools") { r.quantity("pools").unwrap_or(step) } else { step };
        if pools > step && !r.has("step") && !self.has_domain {
            // Compartments alone: their step is the step.
            step = pools;
        }
        let Some(end) = end else { return (nothing, seed) };
        let ends = || self.cx.blame(r.get("end").into_iter().chain(r.get("start")), r.key_span("end"));
        let span = end - start;
        if span <= 0.0 {
            // The end of the command line goes by the name of its option.
            let by_option = self.files().name(ends()) == UNTIL;
            let end = if by_option { UNTIL } else { "clock.end" };
            self.cx.error(ends(), format!("{end} is not after clock.start"), "");
            return (nothing, seed);
        }
        let ratio = step / pools;
        let pool_steps = ratio.round();
        if pool_steps < 1.0 || (ratio - pool_steps).abs() > 1e-6 * ratio {
            let near = step / if pool_steps < 1.0 { 1.0 } else { pool_steps };
            let message = match pools > step {
                true => format!("clock.pools is longer than clock.step, which is {step} min"),
                false => format!("clock.pools does not divide clock.step of {step} min"),
            };
            self.cx.error(r.key_span("pools"), message, format!("for example \"{near} min\""));
            return (nothing, seed);
        }
        let steps = span / step;
        let blame =
            self.cx.blame(["step", "end", "start"].into_iter().filter_map(|k| r.get(k)), r.key_span("step"));
        if steps >= f64::from(MAX_STEPS) {
            let most = number(f64::from(MAX_STEPS));
            let message = format!("the clock has {steps:.3e} steps; at most {most} can be counted");
            self.cx.error(blame, message, "a longer `step`, or an earlier `end`");
            return (nothing, seed);
        }
        if step > span * (1.0 + 1e-9) {
            let message = format!("one step of {step} min is longer than the whole clock of {span} min");
            self.cx.error(blame, message, "a shorter `step`, or a later `end`");
            return (nothing, seed);
        }
        let clock = Clock { start, end, step, pool_steps: pool_steps as u32 };
        let whole = f64::from(clock.steps()) * step;
        if (whole - span).abs() > 1e-6 * step {
            let day = |t: f64| number(((start + t) / 1440.0 * 1e6).round() / 1e6);
            let message = format!(
                "the clock of {} day is no multiple of clock.step of {step} min: it runs to day {}, not {}",
                number((span / 1440.0 * 1e6).round() / 1e6),
                day(whole),
                day(span)
            );
            self.cx.warning(blame, message, "");
        }
        (clock, seed)
    }

    fn recording(&self) -> Recording {
        let all = || {
            let ids = (0..self.observables.len()).map(|i| ObservableId(i as u16));
            ids.filter(|o| self.observes(*o)).collect::<Vec<_>>()
        };
        let day = 1440.0;
        let Some(r) = self.part("record") else {
            let observables = if self.document.kind == DocumentKind::Scenario { all() } else { Vec::new() };
            let checkpoints = self.checkpoints(None);
            return Recording { every: day, observables, events: day, snapshots: None, checkpoints };
        };
        let observables = if r.has("observables") {
            let mut list = Vec::new();
            for (name, span) in r.names("observables") {
                if let Some(o) = self.names.observable.one(self.cx, name, span)
                    && !list.contains(&ObservableId(o))
                {
                    list.push(ObservableId(o));
                }
            }
            list
        } else {
            all()
        };
        r.words("formats", crate::spec::SNAPSHOT_FORMATS);
        let period = |key: &str| {
            let every = r.quantity(key).unwrap_or(day);
            if let Some(node) = r.get(key).map(|n| self.cx.bare(n)) {
                let often = self.often(every, self.clock.start);
                let bounded = self.bounded_often(node, &r.what(key), often, MOST_ROWS);
                if bounded && every < self.clock.step * (1.0 - 1e-9) && often > 0.0 {
                    let message =
                        format!("{} is shorter than a step of {} min", r.what(key), self.clock.step);
                    self.cx.warning(node.span, message, "at most one row per step is written");
                }
            }
            every
        };
        let snapshots = if r.has("snapshots") { self.trigger(&r, "snapshots") } else { None };
        if let (Some(trigger), Some(node)) = (&snapshots, r.get("snapshots")) {
            self.check_pictures(trigger, node);
        }
        if r.has("snapshots") && !self.has_domain {
            let message = "`record.snapshots`: there is no `domain` to take pictures of";
            self.cx.error(r.key_span("snapshots"), message, "remove it");
        }
        if r.has("formats") && !r.has("snapshots") {
            let message = "nothing reads `record.formats` without `snapshots`";
            self.cx.error(r.key_span("formats"), message, "give it `snapshots`, or remove `formats`");
        }
        Recording {
            every: period("every"),
            observables: observables.into_iter().filter(|o| self.observes(*o)).collect(),
            events: period("events"),
            snapshots,
            checkpoints: self.checkpoints(r.table("checkpoints").as_ref()),
        }
    }

    fn checkpoints(&self, of: Option<&Reader>) -> Checkpoints {
        let time = |key: &str| of.filter(|r| r.has(key)).and_then(|r| r.quantity(key));
        let every = time("every");
        if let (Some(every), Some(node)) = (every, of.and_then(|r| r.get("every"))) {
            let what = "`record.checkpoints.every`";
            self.bounded_often(
                self.cx.bare(node),
                what,
                self.often(every, self.clock.start),
                MOST_CHECKPOINTS,
            );
        }
        Checkpoints { every, wall: Some(time("wall").unwrap_or(10.0)) }
    }

    /// The checkpoint from which the run starts, if it is a file; who reads it says more.
    pub(super) fn start(&self) -> Option<Start> {
        let r = self.part("clock").filter(|r| r.has("from"))?;
        let node = self.cx.bare(r.get("from")?);
        let file = self.files().folder(node.span).join(node.text()?);
        if !file.is_file() {
            self.cx.wrong(
                node,
                format!("no such file: {}", file.display()),
                "paths start at the folder of the document",
            );
            return None;
        }
        Some(Start { file, id: [0; 32], time: 0.0 })
    }

    /// Notes more pictures of the lattice than can be held.
    fn check_pictures(&self, trigger: &Trigger, node: &Node) {
        let Some(lattice) = self.lattice() else { return };
        let n = match trigger {
            Trigger::At(times) => times.len() as f64,
            Trigger::Every { every, from, times } => {
                let often =
                    self.often(*every, if *from > self.clock.start { *from } else { self.clock.start });
                times.map_or(often, |t| if f64::from(t) < often { f64::from(t) } else { often })
            }
            Trigger::After { .. } => 1.0,
            Trigger::When { times, .. } => f64::from(*times),
        };
        let fields = self.substrates.iter().filter(|s| s.diffusion.is_some()).count();
        if n > MOST_TIMES {
            return;
        }
        let bytes = n * lattice.sites() as f64 * (2 * self.names.layers.len() + 4 * fields) as f64;
        if bytes > MOST_PICTURES {
            let message = format!(
                "{} snapshots of {} sites need {:.1} GiB; at most {} GiB are held",
                number(n),
                lattice.sites(),
                bytes / MOST_PICTURES * 4.0,
                4
            );
            self.cx.wrong(self.cx.bare(node), message, "fewer snapshots, or a smaller domain");
        }
    }
}
