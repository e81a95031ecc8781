//! The situation: domain, clock, recording and what ends a run.

use super::Compiler;
use crate::lattice::{Contact, Lattice};
use crate::model::{Clock, Domain, EndpointId, ObservableId, Recording, Scale};
use crate::random::MAX_STEPS;
use crate::spec::documents::DocumentKind;
use crate::spec::reader::Reader;
use crate::units::Dimension;

/// Most sites that a lattice may have: they are counted in 32 bits.
pub const MAX_SITES: f64 = 4_000_000_000.0;

pub struct Situation {
    pub domain: Option<Domain>,
    pub clock: Clock,
    pub recording: Recording,
    pub stop: Vec<EndpointId>,
    pub seed: u64,
}

impl<'a> Compiler<'a> {
    pub(super) fn read_situation(&self, contact: Contact) -> Situation {
        let domain = self.part("domain").and_then(|r| self.domain(&r, contact));
        let (clock, seed) = self.clock();
        if let Some(host) = self.part("host") {
            for key in ["weight", "body_surface"] {
                host.quantity(key);
            }
            host.text("species");
        }
        let stop = self.part("stop").map(|r| self.endpoints_of(&r, "endpoints")).unwrap_or_default();
        Situation { domain, clock, recording: self.recording(), stop, seed }
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
        let mut sites = [1.0; 3];
        for (n, edge) in sites.iter_mut().zip(&size) {
            *n = (edge / self.spacing).round();
            if *n < 1.0 {
                let message = format!(
                    "domain.size: an edge of {edge} um is shorter than the spacing of {} um",
                    self.spacing
                );
                self.cx.error(r.key_span("size"), message, "");
                return None;
            }
        }
        let total = sites[0] * sites[1] * sites[2];
        if total > MAX_SITES {
            let message = format!(
                "the domain has {total:.3e} sites of {} um; at most 4e9 can be counted",
                self.spacing
            );
            self.cx.error(
                r.key_span("size"),
                message,
                "a smaller size, a wider lattice.spacing, or scale = \"section\"",
            );
            return None;
        }
        let flat = size.len() == 2;
        let scale = self.scale(r, flat)?;
        let [nx, ny, nz] = sites.map(|n| n as usize);
        Some(Domain { lattice: Lattice { nx, ny, nz, spacing: self.spacing }, contact, scale })
    }

    fn scale(&self, r: &Reader, flat: bool) -> Option<Scale> {
        let of = self.types(r, "section_of");
        let Some(node) = r.get("scale") else { return Some(Scale::Whole) };
        let bare = self.cx.bare(node);
        let section = bare.text() == Some("section");
        if !of.is_empty() && !section {
            self.cx.error(r.key_span("section_of"), "`section_of` belongs to scale = \"section\"", "");
        }
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

    fn clock(&self) -> (Clock, u64) {
        let nothing = Clock { start: 0.0, end: 0.0, step: 30.0, pool_steps: 1 };
        let Some(r) = self.part("clock") else { return (nothing, 1) };
        let seed = r.whole("seed").unwrap_or(1);
        let (start, end) = (r.quantity("start").unwrap_or(0.0), r.quantity("end").unwrap_or(0.0));
        let mut step = r.quantity("step").unwrap_or(30.0);
        let pools = if r.has("pools") { r.quantity("pools").unwrap_or(step) } else { step };
        if pools > step && !r.has("step") {
            // Compartments alone: their step is the step.
            step = pools;
        }
        if r.quantity("end").is_some_and(|_| r.has("end")) && end <= start {
            self.cx.error(r.key_span("end"), "clock.end is not after clock.start", "");
            return (nothing, seed);
        }
        let ratio = step / pools;
        let pool_steps = ratio.round();
        if pool_steps < 1.0 || (ratio - pool_steps).abs() > 1e-6 * ratio {
            let near = step / if pool_steps < 1.0 { 1.0 } else { pool_steps };
            let message = format!("clock.pools does not divide clock.step of {step} min");
            self.cx.error(r.key_span("pools"), message, format!("for example \"{near} min\""));
            return (nothing, seed);
        }
        let steps = (end - start) / step;
        if steps >= f64::from(MAX_STEPS) {
            let message = format!(
                "the clock has {steps:.3e} steps; at most {:.1e} can be counted",
                f64::from(MAX_STEPS)
            );
            self.cx.error(r.span, message, "a longer `step`, or an earlier `end`");
            return (nothing, seed);
        }
        (Clock { start, end, step, pool_steps: pool_steps as u32 }, seed)
    }

    fn recording(&self) -> Recording {
        let all = || (0..self.observables.len()).map(|i| ObservableId(i as u16)).collect::<Vec<_>>();
        let day = 1440.0;
        let Some(r) = self.part("record") else {
            let observables = if self.document.kind == DocumentKind::Scenario { all() } else { Vec::new() };
            return Recording { every: day, observables, events: day, snapshots: None };
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
        r.words("formats", &["npy", "vtk", "zarr"]);
        if let Some(c) = r.table("checkpoints") {
            c.quantity("every");
            c.quantity("wall");
        }
        Recording {
            every: r.quantity("every").unwrap_or(day),
            observables: observables.into_iter().filter(|o| self.observes(*o)).collect(),
            events: r.quantity("events").unwrap_or(day),
            snapshots: if r.has("snapshots") { self.trigger(&r, "snapshots") } else { None },
        }
    }

    /// Whether an observable is enabled.
    fn observes(&self, o: ObservableId) -> bool {
        let id = &self.observables[o.index()].id;
        self.root.at(&["observable", id]).is_none_or(|n| self.names.acts(n))
    }
}
