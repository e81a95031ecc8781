//! `tme verify`: does again what a folder claims, and compares.

use super::outcome::Failure;
use super::produce::{identity, listen};
use super::progress::Bar;
use super::words::counted;
use super::{load, plan};
use crate::par;
use crate::record::{FolderIdentity, Manifest, RESULTS_EPOCH, StorageError, Store};
use crate::study::{Plan, RESOLVED, SizeOptions, Trouble, conclude, execute};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  tme verify output/study
  tme verify output/study --runs 6")]
pub struct Args {
    /// A result folder
    dir: PathBuf,
    /// Do so many of the runs only, spread evenly, and compare their rows [default: all, and every table]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    /// Threads; 0: one per processor
    #[arg(long, default_value_t = 0)]
    threads: u16,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Tables in which every row belongs to a run.
const BY_RUN: [&str; 3] = ["runs.csv", "series.csv", "events.csv"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let manifest = claimed(&args.dir)?;
    let mut plan = planned(&args.dir, &manifest)?;
    let planned = plan.runs.len();
    let chosen = spread(planned, args.runs.map_or(planned, |n| n as usize));
    let mut index = 0;
    plan.runs.retain(|_| {
        index += 1;
        chosen.contains(&(index - 1))
    });
    let scratch = tempfile::Builder::new().prefix("tme-verify-").tempdir();
    let scratch = scratch.map_err(|e| StorageError::new("write", &std::env::temp_dir(), e))?;
    let threads = if args.threads == 0 { par::processors() } else { usize::from(args.threads) };
    let (stop, signal) = listen()?;
    let mut store = Store::open(scratch.path())?;
    let mut bar = Bar::new(args.quiet, format!("of {} again", args.dir.display()));
    let done = execute(&plan, &mut store, threads, &stop, &mut bar);
    bar.finish();
    let finished = done.map_err(|trouble| match trouble {
        Trouble::Input(problems) => Failure::Input(problems),
        Trouble::Storage(e) => Failure::Storage(e),
    })?;
    if finished.missing > 0 {
        let signal = signal.load(std::sync::atomic::Ordering::Relaxed);
        return Err(Failure::Interrupted(signal as i32));
    }
    let made = conclude(scratch.path(), &plan, &finished, &store)?.files;

    let mut differences = Vec::new();
    for table in BY_RUN.into_iter().filter(|t| made.iter().any(|m| m == t)) {
        let (told, again) = (read(&args.dir, table)?, read(scratch.path(), table)?);
        differences.extend(rows(table, &told, &again, &chosen, planned));
    }
    let mut tables = made.len();
    if chosen.len() == planned {
        let claims = manifest.files.iter().filter(|f| is_table(f) && !made.contains(f));
        differences.extend(claims.map(|f| format!("{f}: it is no table of these runs")));
        for table in made.iter().filter(|t| !BY_RUN.contains(&t.as_str())) {
            if read(&args.dir, table)? != read(scratch.path(), table)? {
                differences.push(format!("{table}: other bytes"));
            }
        }
    } else {
        tables = BY_RUN.len();
    }
    if !differences.is_empty() {
        let mut lines: Vec<String> =
            differences.iter().take(MOST_LINES).map(|d| format!("\n  {d}")).collect();
        lines.extend(
            differences.get(MOST_LINES).map(|_| {
                format!("\n  and {}", counted(differences.len() - MOST_LINES, "further difference"))
            }),
        );
        let here = args.dir.display();
        return Err(Failure::Failed(format!("{here} is not what its documents give:{}", lines.concat())));
    }
    if !args.quiet {
        let what = match chosen.len() == planned {
            true => counted(tables, "table"),
            false => format!("their rows of {}", counted(tables, "table")),
        };
        let (n, here) = (chosen.len(), args.dir.display());
        eprintln!("{here}: {n} of {} done again, the same bytes in {what}", counted(planned, "run"));
    }
    Ok(())
}

/// More differences than this are counted.
const MOST_LINES: usize = 20;

/// The manifest of a folder whose runs are all done, by this epoch.
fn claimed(dir: &Path) -> Result<Manifest, Failure> {
    let here = dir.display();
    let Some(manifest) = Manifest::read(dir)? else {
        return Err(Failure::Usage(format!("{here} holds no results: there is no manifest.json in it")));
    };
    if manifest.results_epoch != RESULTS_EPOCH {
        return Err(Failure::Usage(format!(
            "{here} is of results epoch {}, this program of {RESULTS_EPOCH}: verify it with the program that made it{}",
            manifest.results_epoch,
            manifest.commit.map_or_else(String::new, |c| format!(" (commit {c})"))
        )));
    }
    if manifest.end_unix_s.is_none() || manifest.runs_ok + manifest.runs_failed == 0 {
        return Err(Failure::Usage(format!("{here} is not finished: give its command again first")));
    }
    Ok(manifest)
}

/// The plan of a folder's own documents, which must be those of the manifest.
fn planned(dir: &Path, manifest: &Manifest) -> Result<Plan, Failure> {
    let document = load(&dir.join(RESOLVED), &[])?;
    let mut found = plan(&document, SizeOptions::default())?;
    if manifest.identity.kind == "run" {
        found = found.as_run();
    }
    let own = identity(&found, &manifest.identity.overrides, &found.resolved())?;
    let same = |of: &FolderIdentity| (of.document.clone(), of.seed, of.extent.clone());
    if same(&own) != same(&manifest.identity) {
        return Err(Failure::Failed(format!(
            "{}: its documents have changed since manifest.json was written",
            dir.display()
        )));
    }
    Ok(found)
}

/// `n` of `all` indices, evenly spread, the first among them.
fn spread(all: usize, n: usize) -> Vec<usize> {
    let n = n.min(all);
    (0..n).map(|i| i * all / n).collect()
}

fn is_table(file: &str) -> bool {
    !file.starts_with("figures/") && (file.ends_with(".csv") || file.ends_with(".npy"))
}

fn read(dir: &Path, table: &str) -> Result<Vec<u8>, Failure> {
    let path = dir.join(table);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes),
        // A table that is gone has no bytes.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(StorageError::new("read", &path, e).into()),
    }
}

/// The first difference of each run between a table and the same made again, in which run `k` is run `chosen[k]`.
fn rows(table: &str, told: &[u8], again: &[u8], chosen: &[usize], planned: usize) -> Vec<String> {
    let (told, again) = (by_run(told), by_run(again));
    let (Some(told), Some(again)) = (told, again) else { return vec![format!("{table}: it cannot be read")] };
    if told.head != again.head {
        return vec![format!("{table}: other columns")];
    }
    let mut out = Vec::new();
    for (k, run) in chosen.iter().enumerate() {
        let none = Vec::new();
        let (was, is) = (told.rows.get(run).unwrap_or(&none), again.rows.get(&k).unwrap_or(&none));
        let differs = was.iter().zip(is).find_map(|(was, is)| {
            let cells = told.head.iter().zip(was.iter().zip(is));
            let mut differing = cells.filter(|(name, (a, b))| *name != "run" && a != b);
            differing.next().map(|(name, (a, b))| format!("{name} is {a} and was made again as {b}"))
        });
        let longer = || (was.len() != is.len()).then(|| format!("{} rows and not {}", was.len(), is.len()));
        out.extend(differs.or_else(longer).map(|what| format!("{table}, run {run}: {what}")));
    }
    let beyond = told.rows.keys().filter(|run| **run >= planned);
    out.extend(beyond.map(|run| format!("{table}, run {run}: there is no such run")));
    out
}

struct ByRun {
    head: Vec<String>,
    rows: BTreeMap<usize, Vec<Vec<String>>>,
}

/// None where it is no table with a first column `run`.
fn by_run(bytes: &[u8]) -> Option<ByRun> {
    let mut reader = csv::Reader::from_reader(bytes);
    let head: Vec<String> = reader.headers().ok()?.iter().map(str::to_string).collect();
    let mut rows: BTreeMap<usize, Vec<Vec<String>>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.ok()?;
        let run = row.get(0)?.parse().ok()?;
        rows.entry(run).or_default().push(row.iter().map(str::to_string).collect());
    }
    (head.first().map(String::as_str) == Some("run")).then_some(ByRun { head, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_spread_over_all() {
        assert_eq!(spread(64, 4), [0, 16, 32, 48]);
        assert_eq!(spread(3, 9), [0, 1, 2]);
    }

    #[test]
    fn the_first_difference_of_each_run_is_named() {
        let told = b"run,arm,cells\n0,a,1\n1,a,2\n2,b,3\n2,b,4\n7,b,1\n";
        let again = b"run,arm,cells\n0,a,1\n1,b,3\n";
        assert!(rows("t", told, told, &[0, 1, 2], 8).is_empty());
        let expected = ["t, run 2: 2 rows and not 1", "t, run 7: there is no such run"];
        assert_eq!(rows("t", told, again, &[0, 2], 3), expected);
        let changed = b"run,arm,cells\n0,a,1\n1,b,3\n1,b,5\n";
        let expected = ["t, run 2: cells is 4 and was made again as 5", "t, run 7: there is no such run"];
        assert_eq!(rows("t", told, changed, &[0, 2], 3), expected);
        assert_eq!(rows("t", b"", again, &[0], 3), ["t: it cannot be read"]);
        assert_eq!(rows("t", b"run,arm\n", again, &[0], 3), ["t: other columns"]);
    }
}
