//! `tme new`: a commented model, scenario and study, from inside the program.

use super::outcome::Failure;
use crate::record::{StorageError, write_atomic};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Example: tme new my_tumor && tme compare my_tumor/study.toml")]
pub struct Args {
    /// Name of the new folder
    name: PathBuf,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let dir = &args.name;
    if dir.exists() {
        return Err(Failure::Usage(format!("{} exists already; choose another name", dir.display())));
    }
    std::fs::create_dir_all(dir).map_err(StorageError::at("create the folder", dir))?;
    for (name, text) in crate::spec::template() {
        write_atomic(&dir.join(name), text.as_bytes())?;
        eprintln!("{}", dir.join(name).display());
    }
    Ok(())
}
