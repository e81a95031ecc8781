//! Exposure: what a product secretes, in the tumor against the blood, one panel per substance.

use super::multiples::{self, Multiples};
use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::Key;
use crate::plot::paper::style::{INK, Marker};
use crate::plot::paper::{Canvas, Color, LineLook, Panel, Scale, Stroke};
use crate::plot::read::{Curves, Source, captions::words};

pub struct Exposure;

/// Dashes of the places: tumor solid, blood dashed, further ones dotted.
const PLACES: [&[f64]; 4] = [&[], &[6.0, 3.0], &[1.5, 2.5], &[8.0, 2.0, 2.0, 2.0]];

impl Figure for Exposure {
    fn id(&self) -> &'static str {
        "exposure"
    }

    fn about(&self) -> &'static str {
        "cytokines in the tumor and in the blood over time"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["series.csv", "figures.json"]
    }

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let columns = source.present(&source.captions.groups.exposure);
        Ok(draw(source, &columns).into_iter().collect())
    }
}

/// Substance and place of a column: the first word, and the rest of its name.
fn parts(source: &Source, column: &str) -> (String, String) {
    let name = source.captions.name(column);
    match name.split_once(' ') {
        Some((first, rest)) => (first.to_owned(), words(rest)),
        None => (name, String::new()),
    }
}

fn draw(source: &Source, columns: &[String]) -> Option<Drawing> {
    let mut substances: Vec<String> = Vec::new();
    let mut places: Vec<String> = Vec::new();
    let mut lines: Vec<(usize, usize, Curves)> = Vec::new();
    let at = |list: &mut Vec<String>, item: String| {
        list.iter().position(|known| *known == item).unwrap_or_else(|| {
            list.push(item);
            list.len() - 1
        })
    };
    for column in columns {
        let Some(curves) = Curves::read(source, column).filter(|c| c.range().is_some()) else { continue };
        let (substance, place) = parts(source, column);
        lines.push((at(&mut substances, substance), at(&mut places, place), curves));
    }
    let (_, _, any) = lines.first()?;
    let x = multiples::days(&any.days);
    // The axis follows the medians: single peaks and the first traces of a substance would stretch it.
    let medians: Vec<f64> = lines
        .iter()
        .flat_map(|(_, _, curves)| (0..source.groups.len()).flat_map(|a| curves.median_alive(a)))
        .map(|row| row.1)
        .filter(|v| *v > 0.0)
        .collect();
    let high = medians.iter().fold(f64::NEG_INFINITY, |h, v| if *v > h { *v } else { h });
    let least = medians.iter().fold(f64::INFINITY, |l, v| if *v < l { *v } else { l });
    if !high.is_finite() {
        return None;
    }
    let low = if least < 1e-5 * high { 1e-5 * high } else { least };
    let exposed: Vec<usize> = (0..source.groups.len())
        .filter(|&a| lines.iter().any(|(_, _, c)| c.of_group(a).any(|r| r.points.iter().any(|p| p.1 > low))))
        .collect();
    let look = |arm: usize| LineLook { dash: &[], ..source.groups[arm].look };
    let mut keys: Vec<(String, Key)> =
        exposed.iter().map(|&a| (source.groups[a].label.clone(), Key::Point(look(a)))).collect();
    for (i, place) in places.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
        keys.push((place.clone(), Key::Rule(Stroke::new(INK, 1.3).dash(PLACES[i % PLACES.len()]))));
    }
    let unit = source.captions.unit(&columns[0]);
    let label = if unit.is_empty() { "Amount".to_owned() } else { format!("Concentration ({unit})") };
    let title = match &substances[..] {
        [one] => format!("Exposure over time: {one}"),
        _ => "Exposure over time, by substance".to_owned(),
    };
    let (canvas, top) = page::open(source, &title);
    let (canvas, bottom) = Multiples {
        canvas,
        top,
        x,
        y: multiples::scale(low, high),
        x_label: "Time (days)",
        y_label: &label,
        headings: &substances,
        legend: &keys,
    }
    .draw(|canvas, panel, index| {
        for (_, place, curves) in lines.iter().filter(|line| line.0 == index) {
            for &arm in &exposed {
                let look = look(arm);
                let stroke = Stroke::new(look.color, look.width).dash(PLACES[place % PLACES.len()]);
                let rows = curves.median_alive(arm);
                // An arm without the substance is not a line on the floor.
                if rows.iter().any(|r| r.1 > low) {
                    multiples::fading_curve(canvas, panel, &rows, &stroke);
                    markers(canvas, panel, &rows, look.marker, look.color, arm);
                }
            }
        }
    });
    let mut note = match lines.iter().any(|l| l.2.runs.len() > source.groups.len()) {
        true => format!("{} ", multiples::still_watched(source)),
        false => String::new(),
    };
    if exposed.len() < source.groups.len() {
        note += &format!("Every {} without the substance is left out. ", source.group_word());
    }
    if matches!(multiples::scale(low, high), Scale::Log { .. }) {
        note += "What lies below the axis is drawn on it.";
    }
    Some(Drawing {
        name: "exposure".to_owned(),
        canvas: page::close(canvas, source, &[note.trim_end().to_owned()], bottom),
    })
}

/// A few markers along a curve, shifted by group: colors alone do not tell curves apart in gray.
fn markers(
    canvas: &mut Canvas,
    panel: &Panel,
    rows: &[(f64, f64, f64)],
    marker: Marker,
    color: Color,
    group: usize,
) {
    const COUNT: usize = 5;
    let step = (rows.len() / COUNT).max(1);
    let above = |r: &&(f64, f64, f64)| r.1 > panel.y.low();
    for row in rows.iter().skip((group * step / 8 + step / 2) % step).step_by(step).filter(above) {
        canvas.marker(panel.point(row.0, row.1), marker, 2.6, color, false);
    }
}
