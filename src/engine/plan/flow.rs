//! Where each flow takes from and gives to.

use crate::engine::Pools;
use crate::engine::program::Program;
use crate::model::{CellTypeId, Flow, FlowKind, FlowPlace, Origin, Pool, Setup, Species};
use crate::random::Purpose;

/// Where a flow takes from and gives to, as indices of pools. The lists of one flow run in step, but for a source
/// without `from`, which has destinations only.
#[derive(Default)]
pub struct FlowPlan {
    pub sources: Vec<usize>,
    /// Between pools: where each source's content arrives: same origin, and same clone where the arriving type has clones.
    pub destinations: Vec<Option<usize>>,
    /// The chains of a delayed flow on the way there.
    pub chains: Vec<Option<usize>>,
    /// Grow: the pools counted against the capacity.
    pub shared: Vec<usize>,
    /// Enter: what the cells of each source become, and the purpose that names that source: by ids, never by indices.
    pub kinds: Vec<Option<CellTypeId>>,
    pub purposes: Vec<Purpose>,
    /// Enter and exchange: the law of the rate, evaluated at door cells.
    pub program: Option<Program>,
}

impl FlowPlan {
    pub fn new(setup: &Setup, pools: &Pools, f: usize) -> FlowPlan {
        let flow = &setup.flows[f];
        let of_origin = |p: &usize| flow.origin.is_none_or(|o| pools.list[*p].origin == o);
        let mut plan = FlowPlan::default();
        if let FlowPlace::Pool { compartment, species } = &flow.from {
            plan.sources = pools.matching(*compartment, species).filter(of_origin).collect();
            plan.shared = pools.matching(*compartment, &flow.shared).collect();
        }
        plan.destinations = match (&flow.from, &flow.to) {
            (FlowPlace::Outside, FlowPlace::Pool { compartment, species }) => {
                let origin = flow.origin.unwrap_or(Origin::NATIVE);
                let of_origin = |p: &usize| pools.list[*p].origin == origin;
                pools.matching(*compartment, species).filter(of_origin).map(Some).collect()
            }
            _ => plan.sources.iter().map(|p| destination(setup, pools, flow, *p)).collect(),
        };
        let chain = |to: &Option<usize>| to.and_then(|to| pools.chain(f, to));
        plan.chains = plan.destinations.iter().map(chain).collect();
        if flow.kind == FlowKind::Enter {
            for p in &plan.sources {
                let pool = pools.list[*p];
                let kind = flow.counterpart(pool.species);
                plan.kinds.push(match kind {
                    Some(Species::Cell(kind)) => Some(kind),
                    _ => None,
                });
                plan.purposes.push(Purpose::of(&format!("{}.{}", flow.id, name_of(setup, pool))));
            }
        }
        if matches!(flow.kind, FlowKind::Enter | FlowKind::Exchange) {
            let mut program = Program::default();
            program.add(&flow.rate);
            plan.program = Some(program);
        }
        plan
    }
}

/// Where the content of a pool arrives.
fn destination(setup: &Setup, pools: &Pools, flow: &Flow, from: usize) -> Option<usize> {
    let pool = pools.list[from];
    let FlowPlace::Pool { compartment, species: among } = &flow.to else { return None };
    let species = flow.counterpart(pool.species).or_else(|| among.first().copied())?;
    let (origin, clone) = match species {
        Species::Cell(c) if setup.clones(c) > 1 => (pool.origin, pool.clone),
        Species::Cell(_) => (pool.origin, 0),
        _ => (Origin::NATIVE, 0),
    };
    pools.find(Pool { compartment: *compartment, species, origin, clone })
}

/// A pool's name by ids: species, origin, clone.
fn name_of(setup: &Setup, pool: Pool) -> String {
    let species = match pool.species {
        Species::Cell(c) => &setup.cell_types[c.index()].id,
        Species::Substrate(s) => &setup.substrates[s.index()].id,
        Species::Antigen(a) => &setup.traits[a.index()].id,
    };
    let origin = pool.origin.product().map_or("native", |p| &setup.products[p.index()].id);
    let antigen = match pool.species {
        Species::Cell(c) => setup.clonal_antigens(c).and_then(|a| a.get(usize::from(pool.clone))),
        _ => None,
    };
    let clone = antigen.map_or("", |a| &setup.traits[a.index()].id);
    format!("{species}.{origin}.{clone}")
}
