//! Amounts in the compartments: one real number per (compartment, species, origin, clone), and what is under way.

use super::columns::Columns;
use crate::model::{
    CompartmentId, DoseTarget, Flow, FlowKind, FlowPlace, Origin, Pool, ProductId, Setup, Species,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pools {
    /// Every pool the setup can fill, sorted.
    pub list: Vec<Pool>,
    /// Cells, molecules or unit * um^3, one per pool.
    pub amount: Vec<f64>,
    /// What is under way in delayed flows.
    pub chains: Vec<Chain>,
    /// By flow: what has left its source and what has arrived, since the start.
    pub turnover: Vec<[f64; 2]>,
    /// Cells written off because a pool fell below half a cell.
    pub written_off: f64,
}

/// The Erlang chain of one delayed flow into one pool: equal stages with exponential waiting times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    pub flow: u16,
    /// Index of the pool that receives.
    pub into: usize,
    /// Amount in each stage, first to last.
    pub stages: Vec<f64>,
}

impl Pools {
    /// All pools of a setup at their initial amounts.
    pub fn new(setup: &Setup) -> Pools {
        let mut filled: BTreeSet<(CompartmentId, Species)> = BTreeSet::new();
        for (pool, _) in &setup.initial {
            filled.insert((pool.compartment, pool.species));
        }
        for flow in &setup.flows {
            for place in [&flow.from, &flow.to] {
                if let FlowPlace::Pool { compartment, species } = place {
                    filled.extend(species.iter().map(|s| (*compartment, *s)));
                }
            }
            if let (FlowKind::Leave, FlowPlace::Pool { compartment, .. }) = (flow.kind, &flow.to) {
                filled.extend(flow.carry.iter().map(|a| (*compartment, Species::Antigen(*a))));
            }
        }
        for dose in &setup.doses {
            if let DoseTarget::Compartment(compartment) = dose.into {
                for part in &setup.products[dose.product.index()].parts {
                    filled.extend(part.cell.map(|c| (compartment, Species::Cell(c))));
                    filled.extend(part.substrate.map(|s| (compartment, Species::Substrate(s))));
                }
            }
        }
        let mut list = Vec::new();
        for (compartment, species) in filled {
            match species {
                Species::Cell(cell) => {
                    for origin in origins(setup) {
                        for clone in 0..setup.clones(cell) {
                            list.push(Pool { compartment, species, origin, clone });
                        }
                    }
                }
                _ => list.push(Pool::of(compartment, species)),
            }
        }
        list.sort_unstable();
        let mut pools = Pools {
            amount: vec![0.0; list.len()],
            list,
            chains: Vec::new(),
            turnover: vec![[0.0; 2]; setup.flows.len()],
            written_off: 0.0,
        };
        for (pool, amount) in &setup.initial {
            if let Some(i) = pools.find(*pool) {
                pools.amount[i] += amount;
            }
        }
        for (f, flow) in setup.flows.iter().enumerate() {
            if flow.delay > 0.0
                && let FlowPlace::Pool { compartment, species } = &flow.to
            {
                for into in 0..pools.list.len() {
                    let pool = pools.list[into];
                    if pool.compartment == *compartment && species.contains(&pool.species) {
                        let stages = vec![0.0; flow.stages as usize];
                        pools.chains.push(Chain { flow: f as u16, into, stages });
                    }
                }
            }
        }
        pools
    }

    /// Index of a pool, if the setup can fill it.
    pub fn find(&self, pool: Pool) -> Option<usize> {
        self.list.binary_search(&pool).ok()
    }

    /// Sum over origins and clones of these species in a compartment.
    pub fn total(&self, compartment: CompartmentId, species: &[Species]) -> f64 {
        self.matching(compartment, species).map(|i| self.amount[i]).sum()
    }

    /// Indices of the pools of these species in a compartment, in canonical order.
    pub fn matching<'a>(
        &'a self,
        compartment: CompartmentId,
        species: &'a [Species],
    ) -> impl Iterator<Item = usize> + 'a {
        self.list
            .iter()
            .enumerate()
            .filter(move |(_, p)| p.compartment == compartment && species.contains(&p.species))
            .map(|(i, _)| i)
    }

    /// What left the tissue by a flow arrives in a pool, or goes under way to it.
    pub fn deliver(&mut self, f: usize, flow: &Flow, into: usize, amount: f64) {
        if let Some(chain) = self.chain(f, into) {
            self.chains[chain].stages[0] += amount;
        } else {
            self.amount[into] += amount * flow.yield_;
            self.turnover[f][1] += amount * flow.yield_;
        }
    }

    /// Index of the chain of a delayed flow into a pool.
    pub fn chain(&self, f: usize, into: usize) -> Option<usize> {
        self.chains.iter().position(|c| usize::from(c.flow) == f && c.into == into)
    }

    pub fn visit(&self, columns: &mut dyn Columns) {
        columns.column("pools.amount", &mut self.amount.iter().flat_map(|v| v.to_le_bytes()));
        for chain in &self.chains {
            let name = format!("pools.chain.{}.{}", chain.flow, chain.into);
            columns.column(&name, &mut chain.stages.iter().flat_map(|v| v.to_le_bytes()));
        }
        let turnover = &mut self.turnover.iter().flatten().flat_map(|v| v.to_le_bytes());
        columns.column("pools.turnover", turnover);
        columns.column("pools.written_off", &mut self.written_off.to_le_bytes().into_iter());
    }
}

/// Native, then every product.
fn origins(setup: &Setup) -> impl Iterator<Item = Origin> {
    let products = (0..setup.products.len()).map(|p| Origin::of(ProductId(p as u16)));
    std::iter::once(Origin::NATIVE).chain(products)
}
