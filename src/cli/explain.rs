//! `tme explain`: a document as sentences, formulas and sources.

use super::load;
use super::outcome::Failure;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Example: tme explain configs/gbm/model.toml")]
pub struct Args {
    /// A model, scenario, study or sweep
    document: PathBuf,
    /// Override a value: path=value, repeatable
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let document = load(&args.document, &args.set)?;
    print!("{}", crate::spec::explain(&document).map_err(Failure::Input)?);
    Ok(())
}
