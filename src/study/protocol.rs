//! What is measured in a run and what can end it: all that tables and comparisons need of a setup.
//!
//! Runs of one plan may differ in it (scenarios as arms, an arm that switches an endpoint off, a sweep over a threshold),
//! so nothing here goes by position: columns are found by name.

use crate::model::{
    Endpoint, EndpointId, EndpointKind, Observable, ObservableId, Scale, Setup, Signal, SubstrateId,
};

/// The part of a setup that decides what its records hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Protocol {
    pub endpoints: Vec<Endpoint>,
    pub observables: Vec<Observable>,
    pub recorded: Vec<ObservableId>,
    /// What the rates of hazards read.
    pub signals: Vec<Signal>,
    /// Whether the weight of a section is recorded.
    pub section: bool,
    /// Substrates with a field.
    pub fields: Vec<(SubstrateId, String)>,
    pub cell_types: Vec<String>,
}

impl Protocol {
    pub fn of(setup: &Setup) -> Protocol {
        let fields = setup.substrates.iter().enumerate().filter(|(_, s)| s.diffusion.is_some());
        Protocol {
            endpoints: setup.endpoints.clone(),
            observables: setup.observables.clone(),
            recorded: setup.recording.observables.clone(),
            signals: setup.signals.clone(),
            section: setup.domain.as_ref().is_some_and(|d| matches!(d.scale, Scale::Section { .. })),
            fields: fields.map(|(i, s)| (SubstrateId(i as u16), s.id.clone())).collect(),
            cell_types: setup.cell_types.iter().map(|t| t.id.clone()).collect(),
        }
    }

    pub fn endpoint(&self, id: &str) -> Option<EndpointId> {
        self.endpoints.iter().position(|e| e.id == id).map(|i| EndpointId(i as u16))
    }

    pub fn observable(&self, id: &str) -> Option<ObservableId> {
        self.observables.iter().position(|o| o.id == id).map(|i| ObservableId(i as u16))
    }

    /// Recorded observables, in the order of their columns.
    pub fn recorded(&self) -> impl Iterator<Item = (ObservableId, &Observable)> {
        self.recorded.iter().map(|o| (*o, &self.observables[o.index()]))
    }

    /// Whether an endpoint is a day.
    pub fn is_time(kind: &EndpointKind) -> bool {
        match kind {
            EndpointKind::Cross { .. }
            | EndpointKind::Change { .. }
            | EndpointKind::Hazard { .. }
            | EndpointKind::First { .. }
            | EndpointKind::All { .. } => true,
            EndpointKind::Response { .. } | EndpointKind::Summary { .. } | EndpointKind::Grade { .. } => {
                false
            }
        }
    }
}

/// The protocols of a plan, each once, and which run follows which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Protocols {
    pub list: Vec<Protocol>,
    /// By planned run: place in the list.
    pub of_run: Vec<usize>,
}

impl Protocols {
    /// Notes the setup of the next planned run.
    pub fn push(&mut self, setup: &Setup) {
        let protocol = Protocol::of(setup);
        let known = self.list.iter().position(|p| *p == protocol);
        self.of_run.push(known.unwrap_or(self.list.len()));
        if known.is_none() {
            self.list.push(protocol);
        }
    }

    pub fn of(&self, run: usize) -> &Protocol {
        &self.list[self.of_run[run]]
    }

    /// Recorded observables of all protocols with the protocol they are of, each column once.
    pub fn recorded(&self) -> Vec<(&Protocol, ObservableId)> {
        let columns = self.list.iter().map(|p| p.recorded().map(|(_, o)| o.column()).collect());
        let find = |column: &String| {
            self.list.iter().find_map(|p| {
                let (id, _) = p.recorded().find(|(_, o)| o.column() == *column)?;
                Some((p, id))
            })
        };
        merged(columns).iter().filter_map(find).collect()
    }
}

/// Every name once. Those that a later list adds come after what precedes them there, so that lists which agree in order
/// are merged in that order.
pub fn merged(lists: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for list in lists {
        let mut next = 0;
        for name in list {
            match out.iter().position(|known| *known == name) {
                Some(at) => next = at + 1,
                None => {
                    out.insert(next, name);
                    next += 1;
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{TUMOR, count, setup};

    #[test]
    fn lists_are_merged_in_their_common_order() {
        let list = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(merged([list("a c"), list("a b c d"), list("z a")].into_iter()), list("z a b c d"));
        assert_eq!(merged([list("a b"), list("b a")].into_iter()), list("a b"));
        assert!(merged(std::iter::empty()).is_empty());
    }

    #[test]
    fn equal_protocols_are_kept_once() {
        let mut s = setup(2, 2);
        count(&mut s, "cells", TUMOR);
        let mut protocols = Protocols::default();
        protocols.push(&s);
        s.clock.end = 1.0;
        protocols.push(&s);
        s.observables[0].limit = Some(3.0);
        protocols.push(&s);
        assert_eq!((protocols.list.len(), protocols.of_run.as_slice()), (2, &[0, 0, 1][..]));
        assert_eq!(protocols.of(2).observables[0].limit, Some(3.0));
    }
}
