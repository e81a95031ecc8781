//! Figures from the tables of an output folder: SVG for print, PNG for the eye, the same bytes every time.
//!
//! This is the analysis wing: it reads CSV files and pure statistics and knows neither engine nor model; arms and
//! columns are named by the tables and by `figures.json`. A figure is one file in `figure/` and one catalog line.

pub mod figure;
pub mod paper;
pub mod read;

#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};

pub use figure::{CATALOG, Drawing, Figure};
pub use read::Source;

/// Why figures could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write {}: {source}", path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{}: {problem}", path.display())]
    Table { path: PathBuf, problem: String },
    #[error("figure {figure}: {problem}")]
    Render { figure: String, problem: String },
}

/// Draw every figure whose tables are in `dir` into `dir/figures` and return the files written, in catalog order.
///
/// # Errors
/// A table that is there but cannot be read, or trouble with writing. Absent tables only leave figures out.
pub fn draw_all(dir: &Path) -> Result<Vec<PathBuf>, PlotError> {
    let source = Source::open(dir)?;
    let out = dir.join("figures");
    let mut written = Vec::new();
    for figure in CATALOG {
        if !figure.needs().iter().all(|file| dir.join(file).is_file()) {
            continue;
        }
        for drawing in figure.draw(&source)? {
            std::fs::create_dir_all(&out).map_err(|e| PlotError::Write { path: out.clone(), source: e })?;
            let svg = drawing.canvas.into_svg();
            let png = paper::png::render(&svg)
                .map_err(|problem| PlotError::Render { figure: drawing.name.clone(), problem })?;
            for (ending, bytes) in [("svg", svg.as_bytes()), ("png", &png)] {
                let path = out.join(format!("{}.{ending}", drawing.name));
                write_whole(&path, bytes)?;
                written.push(path);
            }
        }
    }
    Ok(written)
}

/// Write under a temporary name, sync and rename, so that a reader never sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), PlotError> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".part");
    let temporary = PathBuf::from(temporary);
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    };
    write().map_err(|source| PlotError::Write { path: path.to_owned(), source })
}
