//! An endpoint against one factor of a sweep, with the interval of its median.

use super::sweep_values::{Center, Target, lower_first, targets};
use super::{Drawing, Figure, multiples, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::panel::Axis;
use crate::plot::paper::style::{INK, TICK};
use crate::plot::paper::{Area, Canvas, LineLook, Panel, Scale, Stroke, TextStyle, text};
use crate::plot::read::factors::{Factor, factors};
use crate::plot::read::{Source, Table};

pub struct Response;

/// More lines than this cannot be told apart.
const MOST_LINES: usize = 8;

impl Figure for Response {
    fn id(&self) -> &'static str {
        "response"
    }

    fn about(&self) -> &'static str {
        "an endpoint against one factor, lines by arm or by a second factor"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["runs.csv"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let varied = factors(source);
        let (Some(runs), Some(x)) = (&source.runs, varied.first()) else { return Ok(Vec::new()) };
        // Three factors and more have no single curve.
        if varied.len() > 2 {
            return Ok(Vec::new());
        }
        let lines = lines(source, runs, varied.get(1));
        if lines.is_empty() || lines.len() > MOST_LINES {
            return Ok(Vec::new());
        }
        let drawn = targets(source, &varied).into_iter().enumerate().filter_map(|(i, target)| {
            let name = if i == 0 {
                "response".to_owned()
            } else {
                format!("response_{}", page::file_name(&target.id))
            };
            Some(Drawing { name, canvas: draw(source, runs, x, &lines, &target)? })
        });
        Ok(drawn.collect())
    }
}

/// A line: its name and the rows of runs.csv that belong to it.
struct Line {
    name: String,
    look: LineLook,
    rows: Vec<usize>,
}

/// Lines by arm; with one arm and a second factor, by the levels of that.
fn lines(source: &Source, runs: &Table, second: Option<&Factor>) -> Vec<Line> {
    let rows_where = |test: &dyn Fn(usize) -> bool| (0..runs.len()).filter(|&r| test(r)).collect::<Vec<_>>();
    let arms: Vec<Line> = source
        .arms
        .iter()
        .map(|arm| Line {
            name: arm.label.clone(),
            look: arm.look,
            rows: rows_where(&|r| runs.named(r, "arm") == arm.id),
        })
        .filter(|line| !line.rows.is_empty())
        .collect();
    match second {
        Some(factor) if arms.len() == 1 => (0..factor.levels.len())
            .map(|l| Line {
                name: format!("{} {} {}", factor.name, factor.label(l), factor.unit).trim_end().to_owned(),
                look: LineLook::nth(l),
                rows: rows_where(&|r| runs.text(r, factor.column) == factor.levels[l]),
            })
            .collect(),
        // Two factors and several arms: heat maps show that, not lines.
        Some(_) => Vec::new(),
        None => arms,
    }
}

/// Zero together with levels that span much: neither a linear nor a logarithmic axis shows them.
fn zero_and_decades(numbers: &[f64]) -> bool {
    match numbers {
        [zero, least, .., most] => *zero == 0.0 && most / least >= 20.0,
        _ => false,
    }
}

fn draw(source: &Source, runs: &Table, x: &Factor, lines: &[Line], target: &Target) -> Option<Canvas> {
    // Places of the levels: their numbers, logarithmic where these span much, else one beside the other.
    let numbers = x.numbers.clone().filter(|n| !zero_and_decades(n));
    let named = numbers.is_none();
    let positions = numbers.unwrap_or_else(|| (0..x.levels.len()).map(|i| i as f64).collect());
    let (first, last) = (*positions.first()?, *positions.last()?);
    let x_scale = if !named && first > 0.0 && last / first >= 20.0 {
        let widen = libm::pow(last / first, 0.04);
        Scale::log(first / widen, last * widen)
    } else {
        let pad = 0.05 * (last - first);
        Scale::linear(first - pad, last + pad)
    };
    let centers: Vec<Vec<Option<Center>>> = lines
        .iter()
        .map(|line| {
            x.levels
                .iter()
                .map(|level| {
                    let rows: Vec<usize> =
                        line.rows.iter().copied().filter(|&r| runs.text(r, x.column) == *level).collect();
                    target.center(runs, &rows)
                })
                .collect()
        })
        .collect();
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    for center in centers.iter().flatten().flatten() {
        let ends = match center {
            Center::Known { value, lower, upper } => [Some(*value), *lower, *upper],
            Center::Beyond { least } => [Some(*least), None, None],
        };
        for v in ends.into_iter().flatten() {
            low = if v < low { v } else { low };
            high = if v > high { v } else { high };
        }
    }
    if !low.is_finite() {
        return None;
    }
    let y_scale =
        if low < 0.0 { Scale::linear(1.05 * low, 1.05 * high) } else { multiples::scale(low, high) };
    let (mut canvas, top) =
        page::open(source, &format!("{} against {}", target.label, lower_first(&x.axis())));
    let keys: Vec<(String, Key)> = if lines.len() > 1 {
        lines.iter().map(|l| (l.name.clone(), Key::Point(l.look))).collect()
    } else {
        Vec::new()
    };
    let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
    let probe = Panel { area: Area::new(0.0, 0.0, 1.0, 1.0), x: x_scale, y: y_scale };
    let left = 42.0 + probe.number_room(6);
    let area = Area::new(left, top + tall + 10.0, page::WIDTH - left - 24.0, 280.0);
    let panel = Panel { area, x: x_scale, y: y_scale };
    panel.grid(&mut canvas, 6);
    let x_axis = Axis { label: &x.axis(), numbers: !named, ticks: if named { 0 } else { 7 } };
    panel.axes(&mut canvas, &x_axis, &Axis { label: &target.label, numbers: true, ticks: 6 });
    if named {
        let style = TextStyle::new(TICK).middle();
        let room = area.width / x.levels.len() as f64 - 4.0;
        for (level, at) in positions.iter().enumerate() {
            let name = text::fit(&x.label(level), &style, room);
            canvas.text((panel.px(*at), area.bottom() + 6.0 + TICK), &name, &style);
        }
    }
    let mut beyond = false;
    for (k, (line, centers)) in lines.iter().zip(&centers).enumerate() {
        // Lines are set a little apart so that their intervals do not hide each other.
        let shift = 4.0 * (k as f64 - 0.5 * (lines.len() as f64 - 1.0));
        let spots: Vec<(f64, Center)> =
            positions.iter().zip(centers).filter_map(|(p, c)| c.map(|c| (panel.px(*p) + shift, c))).collect();
        let points: Vec<(f64, f64)> = spots.iter().map(|(px, c)| (*px, panel.py(c.number()))).collect();
        canvas.polyline(&points, &Stroke::new(line.look.color, line.look.width).dash(line.look.dash));
        for (px, center) in &spots {
            let thin = Stroke::new(line.look.color, 1.1);
            let y = panel.py(center.number());
            match center {
                Center::Known { lower, upper, .. } => {
                    let ends = [lower.map(|v| panel.py(v)), upper.map(|v| panel.py(v))];
                    for (end, open) in ends.iter().zip([area.bottom(), area.top]) {
                        let to = end.unwrap_or(if lower.is_none() && upper.is_none() { y } else { open });
                        canvas.line((*px, y), (*px, to), &thin);
                        if end.is_some() {
                            canvas.line((px - 3.0, to), (px + 3.0, to), &thin);
                        }
                    }
                    canvas.marker((*px, y), line.look.marker, 3.6, line.look.color, false);
                }
                Center::Beyond { .. } => {
                    beyond = true;
                    canvas.line((*px, y), (*px, y - 14.0), &thin);
                    canvas.polygon(
                        &[(*px, y - 19.0), (px - 3.5, y - 12.0), (px + 3.5, y - 12.0)],
                        line.look.color,
                        1.0,
                    );
                    canvas.marker((*px, y), line.look.marker, 3.6, line.look.color, true);
                }
            }
        }
    }
    canvas.line((area.left, area.bottom()), (area.right(), area.bottom()), &Stroke::new(INK, 0.9));
    let mut notes =
        vec!["Bars: 95 % intervals of the medians; a bar that runs to the edge has no end.".to_owned()];
    if named && x.numbers.is_some() {
        notes.push("Levels stand side by side, not to scale.".to_owned());
    }
    if beyond {
        notes.push("Hollow with arrow: the median was not reached within the time simulated.".to_owned());
    }
    Some(page::close(canvas, source, &notes, area.bottom() + 36.0))
}
