//! One run: a setup and a seed become a record.

use crate::engine::{Ended, Fault, Simulation};
use crate::model::Setup;
use crate::observe::Recorder;
use crate::random::Streams;
use crate::record::RunRecord;

/// Simulates to the end of the clock, to an endpoint that stops the run, or until `interrupted` says so.
/// `pictures`: keep snapshots of the lattice.
pub fn simulate(setup: &Setup, seed: u64, pictures: bool, interrupted: &dyn Fn() -> bool) -> RunRecord {
    let streams = Streams { seed };
    let mut recorder = Recorder::new(setup, streams, pictures);
    match Simulation::new(setup, streams) {
        Ok(mut simulation) => {
            let ended = simulation.run(&mut recorder, interrupted);
            recorder.finish(setup, &simulation.state, ended)
        }
        // `spec` refuses such fields; should one slip through, this run fails and others go on.
        Err(e) => {
            let fault = Fault { step: 0, what: e.to_string() };
            recorder.finish(setup, &crate::engine::State::new(setup), Ended::Failed(fault))
        }
    }
}
