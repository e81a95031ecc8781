//! Figures from the tables of an output folder: SVG for print, PNG for the eye, the same bytes every time.
//!
//! This is the analysis wing: it reads CSV files and pure statistics and knows neither engine nor model; arms and
//! columns are named by the tables and by `figures.json`. A figure is one file in `figure/` and one catalog line.

pub mod figure;
pub mod paper;
pub mod read;

#[cfg(test)]
mod tests;

use crate::record::{StorageError, write_atomic};
use std::path::{Path, PathBuf};

pub use figure::{CATALOG, Drawing, Figure, MOST_GROUPS};
pub use read::Source;

/// Why figures could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Write(#[from] StorageError),
    #[error("{}: {problem}", path.display())]
    Table { path: PathBuf, problem: String },
    #[error("figure {figure}: {problem}")]
    Render { figure: String, problem: String },
}

/// What has been drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawn {
    /// Files written, in catalog order.
    pub files: Vec<PathBuf>,
    /// Figures left out although their tables are there, and why.
    pub left_out: Option<String>,
}

/// Draw every figure whose tables are in `dir` into `dir/figures`.
///
/// # Errors
/// A table that is there but cannot be read (the figures of the other tables are drawn first, unless it is one on which
/// all rest: see [`Source::open`]), or trouble with writing. Absent tables only leave figures out.
pub fn draw_all(dir: &Path) -> Result<Drawn, PlotError> {
    let mut source = Source::open(dir)?;
    let out = dir.join("figures");
    let mut written = Vec::new();
    // One damaged table must not cost the figures of the others.
    let mut trouble = std::mem::take(&mut source.damaged).into_iter().next();
    let mut too_many = Vec::new();
    for figure in CATALOG {
        if !figure.needs().iter().all(|file| dir.join(file).is_file()) {
            continue;
        }
        if figure.by_group() && source.groups.len() > MOST_GROUPS {
            too_many.push(figure.id());
            continue;
        }
        match figure.draw(&source) {
            Ok(drawings) => {
                for drawing in drawings {
                    save(drawing, &out, &mut written)?;
                }
            }
            Err(error) => trouble = trouble.or(Some(error)),
        }
    }
    match trouble {
        Some(error) => Err(error),
        None => {
            let left_out = (!too_many.is_empty()).then(|| {
                let points = source.groups.len();
                format!(
                    "no figures of {}: they show each point of a sweep, this one has {points}, and more than \
                     {MOST_GROUPS} are not drawn",
                    too_many.join(", ")
                )
            });
            Ok(Drawn { files: written, left_out })
        }
    }
}

/// Write both files of a drawing.
fn save(drawing: Drawing, out: &Path, written: &mut Vec<PathBuf>) -> Result<(), PlotError> {
    let name = drawing.name;
    let svg = drawing.canvas.into_svg();
    let png =
        paper::png::render(&svg).map_err(|problem| PlotError::Render { figure: name.clone(), problem })?;
    for (ending, bytes) in [("svg", svg.as_bytes()), ("png", &png)] {
        let path = out.join(format!("{name}.{ending}"));
        write_atomic(&path, bytes)?;
        written.push(path);
    }
    Ok(())
}
