//! `tme plot`: figures again, from tables.

use super::outcome::Failure;
use super::words::counted;
use crate::record::{Manifest, remove_stale};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Example: tme plot output/study")]
pub struct Args {
    /// A result folder
    dir: PathBuf,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    if !args.dir.join("runs.csv").is_file() {
        let dir = args.dir.display();
        return Err(Failure::Usage(format!("{dir} holds no results: there is no runs.csv in it")));
    }
    let drawn = crate::plot::draw_all(&args.dir).map_err(Failure::Figures)?;
    tidy(&args.dir, &drawn.files)?;
    if !args.quiet {
        let folder = args.dir.join("figures");
        eprintln!("{} in {}", counted(drawn.files.len() / 2, "figure"), folder.display());
        drawn.left_out.iter().for_each(|why| eprintln!("{why}"));
    }
    Ok(())
}

/// Figures of the manifest that are no longer drawn go, new ones are listed: it stays the list of what is ours.
fn tidy(dir: &Path, drawn: &[PathBuf]) -> Result<(), Failure> {
    let Ok(Some(mut manifest)) = Manifest::read(dir) else { return Ok(()) };
    let name = |f: &PathBuf| Some(f.strip_prefix(dir).ok()?.to_string_lossy().into_owned());
    let mut files: Vec<String> =
        manifest.files.iter().filter(|f| !f.starts_with("figures/")).cloned().collect();
    files.extend(drawn.iter().filter_map(name));
    files.sort();
    if files != manifest.files {
        remove_stale(dir, &manifest.files, &files)?;
        manifest.files = files;
        manifest.write(dir)?;
    }
    Ok(())
}
