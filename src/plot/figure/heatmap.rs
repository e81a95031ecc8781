//! Two factors of a sweep against the median of an endpoint; what was not run is hatched.

use super::sweep_values::{Center, Target, lower_first, targets};
use super::{Drawing, Figure, multiples, page};
use crate::plot::PlotError;
use crate::plot::paper::legend;
use crate::plot::paper::panel::GridLayout;
use crate::plot::paper::style::{GRAY, INK, LABEL, TICK, WHITE, viridis};
use crate::plot::paper::{Area, Canvas, Panel, Scale, Stroke, TextStyle, text, ticks};
use crate::plot::read::factors::{Factor, factors};
use crate::plot::read::{Source, Table};

pub struct Heatmap;

/// With more levels than this the design is a sample, not a grid.
const MOST_LEVELS: usize = 40;
const BAR_ROOM: f64 = 84.0;

impl Figure for Heatmap {
    fn id(&self) -> &'static str {
        "heatmap"
    }

    fn about(&self) -> &'static str {
        "median of an endpoint over two factors of a sweep"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["runs.csv"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let varied = factors(source);
        let (Some(runs), [x, y, ..]) = (&source.runs, varied.as_slice()) else { return Ok(Vec::new()) };
        if x.levels.len() > MOST_LEVELS || y.levels.len() > MOST_LEVELS {
            return Ok(Vec::new());
        }
        let drawn = targets(source, &varied).into_iter().enumerate().filter_map(|(i, target)| {
            let name = if i == 0 {
                "heatmap".to_owned()
            } else {
                format!("heatmap_{}", page::file_name(&target.id))
            };
            let canvas = draw(source, runs, x, y, &target, varied.len())?;
            Some(Drawing { name, canvas })
        });
        Ok(drawn.collect())
    }
}

/// Centers of one arm, levels of y by levels of x.
fn centers(runs: &Table, arm: &str, x: &Factor, y: &Factor, target: &Target) -> Vec<Option<Center>> {
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); x.levels.len() * y.levels.len()];
    for row in (0..runs.len()).filter(|&r| runs.named(r, "arm") == arm) {
        if let (Some(i), Some(j)) = (x.level(runs.text(row, x.column)), y.level(runs.text(row, y.column))) {
            rows[j * x.levels.len() + i].push(row);
        }
    }
    rows.iter().map(|rows| target.center(runs, rows)).collect()
}

fn draw(
    source: &Source,
    runs: &Table,
    x: &Factor,
    y: &Factor,
    target: &Target,
    varied: usize,
) -> Option<Canvas> {
    let arms: Vec<(String, Vec<Option<Center>>)> = source
        .arms
        .iter()
        .map(|arm| (arm.label.clone(), centers(runs, &arm.id, x, y, target)))
        .filter(|(_, cells)| cells.iter().any(Option::is_some))
        .collect();
    let numbers: Vec<f64> = arms.iter().flat_map(|(_, c)| c.iter().flatten().map(Center::number)).collect();
    let low = numbers.iter().fold(f64::INFINITY, |a, v| if *v < a { *v } else { a });
    let high = numbers.iter().fold(f64::NEG_INFINITY, |a, v| if *v > a { *v } else { a });
    if !low.is_finite() {
        return None;
    }
    let scale =
        if low > 0.0 && high > 100.0 * low { Scale::log(low, high) } else { Scale::linear(low, high) };
    let (mut canvas, top) = page::open(
        source,
        &format!("{} by {} and {}", target.label, lower_first(&x.name), lower_first(&y.name)),
    );
    let small = TextStyle::new(TICK);
    let widest = (0..y.levels.len())
        .map(|l| text::width(&y.label(l), &small))
        .fold(0.0, |a, b| if b > a { b } else { a });
    let widest = if widest < 110.0 { widest } else { 110.0 };
    let columns = if arms.len() == 1 { 1 } else { multiples::columns(arms.len()).min(3) };
    let layout = GridLayout {
        columns,
        left: 40.0 + widest,
        top: if arms.len() == 1 { top } else { top + 18.0 },
        right: BAR_ROOM,
        gap_x: 14.0,
        gap_y: 32.0,
        panel_height: [330.0, 220.0, 150.0][columns - 1],
    };
    let mut missing = 0;
    let mut beyond = 0;
    for (index, (label, cells)) in arms.iter().enumerate() {
        let area = layout.area(index, page::WIDTH);
        let panel = Panel {
            area,
            x: Scale::linear(0.0, x.levels.len() as f64),
            y: Scale::linear(0.0, y.levels.len() as f64),
        };
        let (w, h) = (area.width / x.levels.len() as f64, area.height / y.levels.len() as f64);
        for (place, center) in cells.iter().enumerate() {
            let (i, j) = (place % x.levels.len(), place / x.levels.len());
            let cell = Area::new(area.left + i as f64 * w, area.bottom() - (j + 1) as f64 * h, w, h);
            match center {
                Some(center) => {
                    let color = viridis(scale.share(center.number()));
                    canvas.rect(&cell, color, 1.0);
                    let open = matches!(center, Center::Beyond { .. });
                    beyond += usize::from(open);
                    let sign = if open { ">" } else { "" };
                    let number = format!("{sign}{}", ticks::compact(center.number(), 3));
                    let style = TextStyle::new(TICK).middle().color(if color.lightness() > 0.5 {
                        INK
                    } else {
                        WHITE
                    });
                    if text::width(&number, &style) < w - 4.0 && h > TICK + 3.0 {
                        canvas.text_centered(cell.center(), &number, &style);
                    }
                }
                None => {
                    missing += 1;
                    canvas.rect(&cell, WHITE, 1.0);
                    canvas.hatch(&cell, GRAY.pale(0.3));
                }
            }
            canvas.frame(&cell, &Stroke::new(WHITE, 0.8));
        }
        canvas.frame(&area, &Stroke::new(INK, 0.8));
        if arms.len() > 1 {
            panel.heading(&mut canvas, label);
        }
        if layout.is_lowest(index, arms.len()) {
            level_labels(&mut canvas, &area, x, w);
        }
        if index % columns == 0 {
            let skip = stride(y.levels.len(), TICK + 2.0, h);
            for l in (0..y.levels.len()).step_by(skip) {
                let at = (area.left - 6.0, area.bottom() - (l as f64 + 0.5) * h);
                canvas.text_centered(at, &text::fit(&y.label(l), &small, 110.0), &small.end());
            }
        }
    }
    let bottom = layout.bottom(arms.len());
    let label = TextStyle::new(LABEL).middle();
    let middle = (layout.left + page::WIDTH - layout.right) / 2.0;
    canvas.text((middle, bottom + 32.0), &x.axis(), &label);
    canvas.text_centered((page::LEFT + 4.0, (layout.top + bottom) / 2.0), &y.axis(), &label.upright());
    let tall = if bottom - layout.top < 220.0 { bottom - layout.top } else { 220.0 };
    let bar = Area::new(page::WIDTH - BAR_ROOM + 16.0, layout.top, 13.0, tall);
    // One number everywhere has no scale.
    if high > low {
        legend::color_bar(&mut canvas, &bar, &scale, "", viridis);
    }
    let mut notes = Vec::new();
    if missing > 0 {
        notes.push(format!(
            "Hatched: no runs ({missing} of {} cells).",
            arms.len() * x.levels.len() * y.levels.len()
        ));
    }
    if beyond > 0 {
        notes.push(format!(
            "\">\": the median was not reached within the time simulated ({beyond} of {} cells).",
            arms.len() * x.levels.len() * y.levels.len() - missing
        ));
    }
    if varied > 2 {
        notes.push(format!("Each cell takes together the levels of the other {} factors.", varied - 2));
    }
    Some(page::close(canvas, source, &notes, bottom + 36.0))
}

/// Every how many levels a label fits.
fn stride(levels: usize, need: f64, room: f64) -> usize {
    ((need / room).ceil() as usize).clamp(1, levels.max(1))
}

fn level_labels(canvas: &mut Canvas, area: &Area, x: &Factor, w: f64) {
    let small = TextStyle::new(TICK).middle();
    let widest = (0..x.levels.len())
        .map(|l| text::width(&x.label(l), &small))
        .fold(0.0, |a, b| if b > a { b } else { a });
    let need = if x.numbers.is_some() { widest + 6.0 } else { w };
    for l in (0..x.levels.len()).step_by(stride(x.levels.len(), need, w)) {
        let at = (area.left + (l as f64 + 0.5) * w, area.bottom() + 6.0 + TICK);
        let room = if x.numbers.is_some() { widest + 1.0 } else { w - 2.0 };
        canvas.text(at, &text::fit(&x.label(l), &small, room), &small);
    }
}
