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

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let columns = source.present(&source.captions.groups.cell_counts);
        Ok(draw(source, self.id(), "Cells over time, in all", &columns).into_iter().collect())
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

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let columns = source.present(&source.captions.groups.specificities);
        let title = match columns.as_slice() {
            [one] => format!("{} over time", source.captions.axis(one)),
            _ => "T cells by specificity over time".to_owned(),
        };
        Ok(draw(source, self.id(), &title, &columns).into_iter().collect())
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
    let arms: Vec<usize> = (0..source.groups.len()).filter(|&a| any.of_group(a).next().is_some()).collect();
    let ranges: Vec<(f64, f64)> = found.iter().filter_map(|(_, c)| c.range()).collect();
    let high = ranges.iter().fold(1.0, |h, r| if r.1 > h { r.1 } else { h });
    // Counts: one cell is the smallest that can be seen, and zero stands on the axis.
    let low = ranges.iter().fold(f64::INFINITY, |l, r| if r.0 < l { r.0 } else { l });
    let y = multiples::scale(if low < 1.0 { 1.0 } else { low }, high);
    let x = multiples::days(&any.days);
    let headings: Vec<String> = arms.iter().map(|&a| source.groups[a].label.clone()).collect();
    let keys: Vec<(String, Key)> = found
        .iter()
        .map(|(i, _)| (source.captions.name(&columns[*i]), Key::Line(LineLook::nth(*i))))
        .collect();
    let by = if arms.len() > 1 { format!(", by {}", source.group_word()) } else { String::new() };
    let (canvas, top) = page::open(source, &format!("{shown}{by}"));
    // One column says itself what it counts.
    let label = if columns.len() == 1 { source.captions.axis(&columns[0]) } else { "Cells".to_owned() };
    let keys = if columns.len() == 1 { Vec::new() } else { keys };
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
            // On a logarithmic axis a type that an arm does not have is no line; on a linear one it is at zero.
            if matches!(y, Scale::Linear { .. }) || rows.iter().any(|row| row.1 > 0.0) {
                multiples::fading_curve(canvas, panel, &rows, &stroke);
            }
        }
    });
    let floor = if matches!(y, Scale::Log { .. }) { " Zero is drawn on the lower axis." } else { "" };
    let several = any.runs.len() > arms.len();
    let fading = multiples::still_watched(source);
    let note = format!("{}{floor}", if several { &fading } else { "" }).trim_start().to_owned();
    Some(Drawing { name: name.to_owned(), canvas: page::close(canvas, source, &[note], bottom) })
}
