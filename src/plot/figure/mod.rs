//! The figures: an open set. A figure is a file here and a line in [`CATALOG`].

mod burden;
mod comparisons;
mod exposure;
mod growth;
mod heatmap;
mod kills;
mod maps;
mod multiples;
mod page;
mod populations;
mod response;
mod survival;
mod sweep_values;

use super::PlotError;
use super::paper::Canvas;
use super::read::Source;

/// A finished picture and the name of its files, without ending.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub name: String,
    pub canvas: Canvas,
}

/// A kind of figure.
pub trait Figure: Sync {
    /// Name of its files and of `tme list figures`.
    fn id(&self) -> &'static str;
    /// One sentence on what it shows.
    fn about(&self) -> &'static str;
    /// Files of the output folder without which it is left out.
    fn needs(&self) -> &'static [&'static str];
    /// Whether it has a panel, line or bar for every group of the source: a sweep of many points has too many.
    fn by_group(&self) -> bool {
        false
    }
    /// Draw; an empty list where the tables hold nothing to show.
    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError>;
}

/// Groups that a figure with something for each of them can hold.
pub const MOST_GROUPS: usize = 12;

/// All figures, in the order in which they are drawn.
pub const CATALOG: &[&dyn Figure] = &[
    &growth::Growth,
    &survival::Survival,
    &burden::Burden,
    &populations::Populations,
    &kills::Kills,
    &populations::Specificities,
    &exposure::Exposure,
    &maps::Maps,
    &comparisons::Comparisons,
    &heatmap::Heatmap,
    &response::Response,
];
