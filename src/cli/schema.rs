//! `tme schema`: JSON Schema of a kind of document.

use super::outcome::Failure;
use crate::spec::{self, DocumentKind};

#[derive(clap::Args)]
#[command(after_help = "Example: tme schema scenario > scenario.schema.json")]
pub struct Args {
    /// model, scenario, study or sweep
    kind: String,
}

pub fn run(args: &Args) -> Result<(), Failure> {
    let kind = DocumentKind::ALL.into_iter().find(|k| k.name() == args.kind).ok_or_else(|| {
        let names: Vec<_> = DocumentKind::ALL.iter().map(|k| k.name()).collect();
        Failure::Usage(format!(
            "there is no document kind `{}`; choose one of {}",
            args.kind,
            names.join(", ")
        ))
    })?;
    println!("{}", spec::schema(kind));
    Ok(())
}
