//! What a plan will cost, before anything is allocated.

use super::pictures;
use super::plan::Plan;
use crate::par;
use crate::spec::Problem;

/// Bytes per site and field: values, right-hand side, solver levels.
const FIELD_BYTES: f64 = 40.0;
/// Bytes per site and layer: index, claims, and a cell on a third of the sites.
const LAYER_BYTES: f64 = 40.0;
/// Nanoseconds per step, site and field, and per step and site for cells: the main study's 64 runs took 470 s of two cores
/// of an AMD EPYC.
const FIELD_NS: f64 = 5.5;
const CELL_NS: f64 = 16.0;
/// How many times longer a site takes in three dimensions, where fields do not fit the cache (campaign section_and_whole:
/// 432 s).
const BLOCK: f64 = 3.3;
/// Bytes of a table's cell, and of the events of a bin, in the tables and the store.
const CELL_BYTES: f64 = 12.0;
const BIN_BYTES: f64 = 700.0;
/// Bytes of all figures but maps, and of a map by picture.
const FIGURES_BYTES: f64 = 2e6;
const MAP_BYTES: f64 = 2e5;
/// Share of the clock that a run lasts, since endpoints end runs early.
const SHARE: f64 = 0.6;

#[derive(Clone, Debug, Default)]
pub struct Estimate {
    pub runs: usize,
    /// Bytes of one run, and of all that run at once.
    pub run_bytes: f64,
    pub bytes: f64,
    /// Bytes of the folder, and how many of them are pictures of the lattice.
    pub disk: f64,
    pub pictures: f64,
    /// Seconds of processor time, and by the clock.
    pub cpu_s: f64,
    pub wall_s: f64,
    /// Memory that is free, bytes; none where the system does not say.
    pub free: Option<f64>,
}

/// Estimates memory, time and disk of a plan; one run per arm and point is compiled.
///
/// # Errors
/// Every problem of a document.
pub fn estimate(plan: &Plan, threads: usize) -> Result<Estimate, Vec<Problem>> {
    let threads = if threads == 0 { par::processors() } else { threads };
    let mut out = Estimate { runs: plan.runs.len(), free: free_memory(), ..Estimate::default() };
    let per_first = plan.runs.iter().filter(|r| r.subject == 1 && r.replicate == 1).count().max(1);
    let copies = plan.runs.len() as f64 / per_first as f64;
    for run in plan.runs.iter().filter(|r| r.subject == 1 && r.replicate == 1) {
        let setup = plan.compile(run)?;
        let sites = setup.domain.as_ref().map_or(0.0, |d| d.lattice.sites() as f64);
        let fields = setup.substrates.iter().filter(|s| s.diffusion.is_some()).count() as f64;
        let bytes = sites * (fields * FIELD_BYTES + setup.layers.len() as f64 * LAYER_BYTES);
        if bytes > out.run_bytes {
            out.run_bytes = bytes;
        }
        let shown = run.pictures.expected(&setup);
        let (clock, recording) = (&setup.clock, &setup.recording);
        let cells = (clock.end - clock.start) / recording.every * (recording.observables.len() + 5) as f64;
        out.pictures += shown * (pictures::bytes(&setup) + MAP_BYTES);
        out.disk += copies * (cells * CELL_BYTES + (clock.end - clock.start) / recording.events * BIN_BYTES);
        // Before day 0 only compartments run.
        let steps = (setup.clock.end - setup.clock.start.max(0.0)) / setup.clock.step;
        let slower = if setup.domain.as_ref().is_some_and(|d| d.lattice.nz > 1) { BLOCK } else { 1.0 };
        out.cpu_s += copies * SHARE * slower * steps * sites * (fields * FIELD_NS + CELL_NS) * 1e-9;
    }
    out.disk += out.pictures + FIGURES_BYTES;
    let at_once = threads.min(plan.runs.len()) as f64;
    out.bytes = out.run_bytes * at_once;
    out.wall_s = out.cpu_s / at_once.max(1.0);
    Ok(out)
}

impl Estimate {
    /// Refuses what does not fit into 80 % of the free memory.
    ///
    /// # Errors
    /// One sentence with need and limit.
    pub fn fits(&self) -> Result<(), String> {
        match self.free.map(|f| 0.8 * f) {
            Some(limit) if self.bytes > limit => Err(format!(
                "this needs about {}, the limit is {} (80 % of the free memory); make the domain smaller or use fewer --threads",
                bytes(self.bytes),
                bytes(limit)
            )),
            _ => Ok(()),
        }
    }
}

/// "7.3 TiB".
pub fn bytes(n: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut n, mut unit) = (n, 0);
    while n >= 1024.0 && unit + 1 < units.len() {
        n /= 1024.0;
        unit += 1;
    }
    format!("{n:.1} {}", units[unit])
}

fn free_memory() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well_and_too_much_is_refused() {
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(bytes(8e12), "7.3 TiB");
        let big = Estimate { bytes: 8e12, free: Some(1e10), ..Estimate::default() };
        let text = big.fits().unwrap_err();
        assert!(text.contains("7.3 TiB") && text.contains("7.5 GiB"), "{text}");
        assert!(Estimate { bytes: 1.0, ..big }.fits().is_ok());
    }
}
