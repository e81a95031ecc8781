//! What a plan will cost, before anything is allocated.

use super::pictures;
use super::plan::Plan;
use crate::model::{FlowKind, Placement, Scale, Setup};
use crate::par;
use crate::spec::Problem;

/// Bytes of the program itself with its tables.
const PROGRAM: f64 = 10e6;
/// Bytes per site: claims, and whether it lies at a wall.
const SITE: f64 = 9.0;
/// Bytes per site and layer: which cell sits there.
const OCCUPANCY: f64 = 4.0;
/// Bytes per cell beside its traits: columns, their spare, what it decides.
const CELL: f64 = 110.0;
/// By how much cells grow in number, and between which shares of the sites of a layer they then lie; in a section, whose cells
/// at the start are not known before it is simulated, they hold `SECTION`.
const GROWTH: f64 = 8.0;
const HELD: [f64; 2] = [0.05, 0.25];
const SECTION: f64 = 0.2;
/// Bytes per site where a field is solved: loss, source and residual, and three columns on each level of the multigrid solver;
/// with doors to compartments the mean over the step and a trial.
const SOLVED: f64 = 10.0;
const LEVELS: f64 = 12.0;
const DOORS: f64 = 20.0;
/// How often a picture stands in memory when a run ends: kept, written out, and compressed.
const COPIES: f64 = 3.2;
/// Bytes of drawing figures.
const DRAWING: f64 = 30e6;
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
pub fn estimate(plan: &Plan, threads: usize, figures: bool) -> Result<Estimate, Vec<Problem>> {
    let threads = if threads == 0 { par::processors() } else { threads };
    let at_once = threads.min(plan.runs.len());
    let inner = (threads / at_once.max(1)).max(1);
    let mut out = Estimate { runs: plan.runs.len(), free: free_memory(), ..Estimate::default() };
    let per_first = plan.runs.iter().filter(|r| r.subject == 1 && r.replicate == 1).count().max(1);
    let copies = plan.runs.len() as f64 / per_first as f64;
    for run in plan.runs.iter().filter(|r| r.subject == 1 && r.replicate == 1) {
        let setup = plan.compile(run)?;
        let sites = setup.domain.as_ref().map_or(0.0, |d| d.lattice.sites() as f64);
        let fields = setup.substrates.iter().filter(|s| s.diffusion.is_some()).count() as f64;
        let shown = run.pictures.expected(&setup);
        let bytes = memory(&setup, shown, inner);
        if bytes > out.run_bytes {
            out.run_bytes = bytes;
        }
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
    let at_once = at_once as f64;
    // Drawing begins when the runs are over.
    let drawing = if figures { DRAWING } else { 0.0 };
    let runs = out.run_bytes * at_once;
    out.bytes = PROGRAM + if runs > drawing { runs } else { drawing };
    out.wall_s = out.cpu_s / at_once.max(1.0);
    Ok(out)
}

/// Bytes of one run while it is done: fields, cells, what a field is solved with on each of its threads, and the pictures
/// that it keeps until its end.
fn memory(setup: &Setup, pictures: f64, inner: usize) -> f64 {
    let Some(domain) = &setup.domain else { return 0.0 };
    let sites = domain.lattice.sites() as f64;
    let fields = setup.substrates.iter().filter(|s| s.diffusion.is_some()).count();
    let layers = setup.layers.len() as f64;
    let levels = if domain.lattice.nz > 1 { 8.0 / 7.0 } else { 4.0 / 3.0 };
    let doors = if setup.flows.iter().any(|f| f.kind == FlowKind::Exchange) { DOORS } else { 0.0 };
    let rooms = inner.min(fields) as f64 * (SOLVED + LEVELS * levels + doors);
    let cells: f64 = (0..setup.layers.len())
        .map(|l| {
            let of = setup.cell_types.iter().filter(|t| t.layer.index() == l);
            held(setup, l, sites) * (CELL + 8.0 * of.map(|t| t.traits.len()).max().unwrap_or(0) as f64)
        })
        .sum();
    let picture = 2.0 * layers + 4.0 * fields as f64;
    let state = SITE + layers * OCCUPANCY + 4.0 * fields as f64 + cells;
    sites * (state + rooms + COPIES * pictures * picture)
}

/// Share of the sites of a layer that cells are taken to hold.
fn held(setup: &Setup, layer: usize, sites: f64) -> f64 {
    if setup.domain.as_ref().is_some_and(|d| matches!(d.scale, Scale::Section { .. })) {
        return SECTION;
    }
    let here = setup.places.iter().filter(|p| setup.cell_types[p.cell.index()].layer.index() == layer);
    let placed: f64 = here
        .map(|p| match &p.placement {
            Placement::Count(n) => n / sites,
            Placement::Share(share) => *share,
            Placement::Table(list) => list.len() as f64 / sites,
        })
        .sum();
    let grown = GROWTH * placed;
    if grown < HELD[0] {
        HELD[0]
    } else if grown > HELD[1] {
        HELD[1]
    } else {
        grown
    }
}

impl Estimate {
    /// Refuses what does not fit into the memory that may be used: `most`, or 80 % of what is free.
    ///
    /// # Errors
    /// One sentence with need and limit.
    pub fn fits(&self, most: Option<f64>) -> Result<(), String> {
        let (limit, whose) = match most {
            Some(most) => (Some(most), "--max-memory"),
            None => (self.free.map(|f| 0.8 * f), "80 % of the free memory; --max-memory sets another"),
        };
        match limit {
            Some(limit) if self.bytes > limit => Err(format!(
                "this needs about {}, the limit is {} ({whose}): make the domain smaller, keep fewer snapshots or use fewer --threads",
                bytes(self.bytes),
                bytes(limit)
            )),
            _ => Ok(()),
        }
    }
}

/// Reads `8 GiB`, `500 MB` or a number of bytes.
///
/// # Errors
/// What may be written.
pub fn parse_bytes(text: &str) -> Result<f64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic()).trim_end();
    let unit = text[digits.len()..].trim();
    let factor = match unit {
        "" | "B" => Some(1.0),
        _ => unit.split_at_checked(1).and_then(|(prefix, rest)| {
            let power = 1 + "KMGTP".find(&prefix.to_ascii_uppercase())?;
            let times = |base: f64| (0..power).map(|_| base).product();
            match rest {
                "iB" | "" => Some(times(1024.0)),
                "B" => Some(times(1000.0)),
                _ => None,
            }
        }),
    };
    match (digits.parse::<f64>(), factor) {
        (Ok(n), Some(factor)) if n > 0.0 && n.is_finite() => Ok(n * factor),
        _ => Err("write a size such as \"8 GiB\" or \"500 MB\"".to_string()),
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

/// What the system, and the control group of the process (a job of Slurm, a container), leave free.
fn free_memory() -> Option<f64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let text = read("/proc/meminfo")?;
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let free = line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? * 1024.0;
    let number = |path: String| read(&path)?.trim().parse::<f64>().ok();
    // Files that the system keeps in memory count as used and are given up when memory is needed.
    let files = |at: &str, key: &str| -> f64 {
        let text = read(&format!("{at}/memory.stat")).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix(key)?.trim().parse().ok());
        line.unwrap_or(0.0)
    };
    let group = |text: &str| -> Option<f64> {
        let line = |start: &str| text.lines().find_map(|l| Some(l.split_once(start)?.1.to_string()));
        let left = |at: String, limit: &str, used: &str, key: &str| {
            Some(number(format!("{at}/{limit}"))? - number(format!("{at}/{used}"))? + files(&at, key))
        };
        let v2 = line("0::").and_then(|group| {
            left(format!("/sys/fs/cgroup{group}"), "memory.max", "memory.current", "inactive_file ")
        });
        let v1 = line(":memory:").and_then(|group| {
            let at = format!("/sys/fs/cgroup/memory{group}");
            left(at, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
        });
        v2.into_iter().chain(v1).reduce(|a, b| if b < a { b } else { a })
    };
    let limit = read("/proc/self/cgroup").and_then(|text| group(&text));
    Some(limit.map_or(free, |l| if l < free { l } else { free }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well_and_too_much_is_refused() {
        assert_eq!(bytes(1536.0), "1.5 KiB");
        assert_eq!(bytes(8e12), "7.3 TiB");
        let big = Estimate { bytes: 8e12, free: Some(1e10), ..Estimate::default() };
        let text = big.fits(None).unwrap_err();
        assert!(text.contains("7.3 TiB") && text.contains("7.5 GiB"), "{text}");
        assert!(Estimate { bytes: 1.0, ..big.clone() }.fits(None).is_ok());
        assert!(big.fits(Some(9e12)).is_ok());
        assert!(big.fits(Some(1e6)).unwrap_err().contains("--max-memory"));
        for (text, n) in
            [("8 GiB", 8.0 * 1024.0 * 1024.0 * 1024.0), ("500MB", 5e8), ("2.5k", 2560.0), ("77", 77.0)]
        {
            assert_eq!(parse_bytes(text), Ok(n), "{text}");
        }
        for wrong in ["", "GiB", "-1 GiB", "8 GiBi", "8 X", "nan", "inf", "8 \u{b5}B"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}
