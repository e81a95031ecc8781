//! `tme plot`: figures again, from tables.

use super::outcome::Failure;
use std::path::PathBuf;

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
    let files = crate::plot::draw_all(&args.dir).map_err(Failure::Figures)?;
    if !args.quiet {
        eprintln!("{} figures in {}", files.len(), args.dir.join("figures").display());
    }
    Ok(())
}
