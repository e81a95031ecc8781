//! `tme list`: what the language knows, from the same catalogs that the program runs on.

use super::outcome::Failure;
use crate::{observe, plot, record, spec, study};

#[derive(clap::Args)]
#[command(after_help = "Example: tme list signals")]
pub struct Args {
    /// What to list; without it, what there is to list
    what: Option<String>,
}

/// Lists that other floors own: name and rows of (word, explanation).
fn own(what: &str) -> Option<Vec<(String, String)>> {
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    Some(match what {
        "observables" => observe::OBSERVABLES.iter().map(|e| pair(e.name, e.doc)).collect(),
        "endpoints" => observe::ENDPOINTS.iter().map(|e| pair(e.name, e.doc)).collect(),
        "comparisons" => study::COMPARISONS.iter().map(|k| pair(k.name, k.doc)).collect(),
        "designs" => study::DESIGNS.iter().map(|d| pair(d.name, d.doc)).collect(),
        "figures" => plot::CATALOG.iter().map(|f| pair(f.id(), f.about())).collect(),
        "formats" => formats(),
        "columns" => study::columns().iter().map(|(column, text)| pair(column, text)).collect(),
        _ => return None,
    })
}

/// How results are written: what documents may name, and what they need not.
fn formats() -> Vec<(String, String)> {
    let pictures = spec::SNAPSHOT_FORMATS
        .iter()
        .map(|f| (*f, "pictures of the lattice: what `record.formats` may name"));
    let tables = record::format::FORMATS.iter().map(|f| (f.name(), "all tables: nothing to choose"));
    pictures.chain(tables).map(|(name, text)| (name.to_string(), text.to_string())).collect()
}

const OWN: &[&str] = &["observables", "endpoints", "comparisons", "designs", "figures", "formats", "columns"];

pub fn run(args: &Args) -> Result<(), Failure> {
    let mut names: Vec<String> = OWN.iter().map(ToString::to_string).chain(spec::lists()).collect();
    names.sort();
    names.dedup();
    let Some(what) = &args.what else {
        println!("{}", names.join("\n"));
        return Ok(());
    };
    let Some(rows) = own(what).or_else(|| spec::list(what)) else {
        let help = spec::suggest(what, names.iter().map(String::as_str));
        return Err(Failure::Usage(format!("there is no list `{what}`; {help}")));
    };
    let width = rows.iter().map(|r| r.0.len()).max().unwrap_or(0).min(28);
    for (name, text) in rows {
        println!("{name:<width$}  {text}");
    }
    Ok(())
}
