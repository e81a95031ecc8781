//! Numbers of cells over time, one panel per arm; by cell type, or by specificity of the T cells.

use super::multiples::{self, Multiples};
use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::Key;
use crate::plot::paper::{LineLook, Scale, Stroke};
use crate::plot::read::{Curves, Source};

/// All cell types.
pub struct Populations;

/// T cells by what they recognize.
pub struct Specificities;

const FADED: &[f64] = &[1.5, 2.5];

impl Figure for Populations {
    fn id(&self) -> &'static str {
        "populations"
    }

    fn about(&self) -> &'static str {
        "cell counts over time by arm, median over subjects"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["series.csv", "figures.json"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let columns = source.present(&source.captions.groups.cell_counts);
        Ok(draw(source, self.id(), "Cells over time, by arm", &columns).into_iter().collect())
    }
}

impl Figure for Specificities {
    fn id(&self) -> &'static str {
        "specificities"
    }

    fn about(&self) -> &'static str {
        "T cells by specificity over time, median over subjects"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["series.csv", "figures.json"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let columns = source.present(&source.captions.groups.specificities);
        let title = "T cells by specificity over time, by arm";
        Ok(draw(source, self.id(), title, &columns).into_iter().collect())
    }
}

fn draw(source: &Source, name: &str, shown: &str, columns: &[String]) -> Option<Drawing> {
    let found: Vec<(usize, Curves)> = columns
        .iter()
        .enumerate()
        .filter_map(|(i, c)| Curves::read(source, c).map(|curves| (i, curves)))
        .filter(|(_, curves)| curves.range().is_some())
        .collect();
    let (_, any) = found.first()?;
    let arms: Vec<usize> = (0..source.arms.len()).filter(|&a| any.of_arm(a).next().is_some()).collect();
    let ranges: Vec<(f64, f64)> = found.iter().filter_map(|(_, c)| c.range()).collect();
    let high = ranges.iter().fold(1.0, |h, r| if r.1 > h { r.1 } else { h });
    // Counts: one cell is the smallest that can be seen, and zero stands on the axis.
    let low = ranges.iter().fold(f64::INFINITY, |l, r| if r.0 < l { r.0 } else { l });
    let y = multiples::scale(if low < 1.0 { 1.0 } else { low }, high);
    let x = Scale::linear(*any.days.first()?, *any.days.last()?);
    let headings: Vec<String> = arms.iter().map(|&a| source.arms[a].label.clone()).collect();
    let keys: Vec<(String, Key)> = found
        .iter()
        .map(|(i, _)| (source.captions.name(&columns[*i]), Key::Line(LineLook::nth(*i))))
        .collect();
    let (canvas, top) = page::open(source, shown);
    let unit = source.captions.unit(&columns[found[0].0]);
    let label = if unit.is_empty() { "Cells".to_owned() } else { unit };
    let (canvas, bottom) = Multiples {
        canvas,
        top,
        x,
        y,
        x_label: "Time (days)",
        y_label: &label,
        headings: &headings,
        legend: &keys,
    }
    .draw(|canvas, panel, index| {
        for (i, curves) in &found {
            let look = LineLook::nth(*i);
            let stroke = Stroke::new(look.color, look.width).dash(look.dash);
            let rows = curves.median_alive(arms[index]);
            // A type that an arm does not have is not a line on the axis.
            if rows.iter().any(|row| row.1 > 0.0) {
                multiples::fading_curve(canvas, panel, &rows, &stroke, FADED);
            }
        }
    });
    let floor = if matches!(y, Scale::Log { .. }) { " Zero is drawn on the lower axis." } else { "" };
    let note = format!("Medians over the subjects alive; dotted once fewer than half are left.{floor}");
    Some(Drawing { name: name.to_owned(), canvas: page::close(canvas, source, &[note], bottom) })
}
