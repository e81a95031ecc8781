//! Kaplan-Meier curves with censoring ticks, bands and the numbers at risk beneath.

use super::multiples::Multiples;
use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::panel::Axis;
use crate::plot::paper::style::{LABEL, TICK};
use crate::plot::paper::{Area, Canvas, Panel, Scale, Stroke, TextStyle, text};
use crate::plot::read::{Source, Table, captions::words};

pub struct Survival;

/// Bands of more arms than this would cover each other; they then get panels of their own.
const MOST_BANDS: usize = 4;

/// Length of the line before a name.
const SAMPLE: f64 = 20.0;

/// One row of survival.csv.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    day: f64,
    at_risk: f64,
    events: f64,
    censored: f64,
    survival: f64,
    lower: Option<f64>,
    upper: Option<f64>,
}

/// The curve of one group.
struct Curve {
    group: usize,
    steps: Vec<Step>,
}

impl Curve {
    /// Corners of the step function from day 0.
    fn corners(&self, value: impl Fn(&Step) -> Option<f64>, from: f64) -> Vec<(f64, f64)> {
        let mut out = vec![(0.0, from)];
        let mut last = from;
        for step in &self.steps {
            out.push((step.day, last));
            let Some(next) = value(step) else { break };
            out.push((step.day, next));
            last = next;
        }
        out
    }

    /// Numbers at risk just before each day.
    fn at_risk(&self, day: f64) -> f64 {
        self.steps.iter().find(|s| s.day >= day).map_or(0.0, |s| s.at_risk)
    }
}

impl Figure for Survival {
    fn id(&self) -> &'static str {
        "survival"
    }

    fn about(&self) -> &'static str {
        "Kaplan-Meier curves with numbers at risk, one figure per endpoint"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["survival.csv"]
    }

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let Some(table) = &source.survival else { return Ok(Vec::new()) };
        let endpoints = table.column("endpoint").map_or_else(|| vec![String::new()], |c| table.distinct(c));
        let mut out = Vec::new();
        for endpoint in endpoints {
            let curves = read(source, table, &endpoint);
            // One run has a day, not a curve.
            if curves.iter().all(|c| c.steps.first().is_none_or(|s| s.at_risk < 2.0)) {
                continue;
            }
            let name = match endpoint.as_str() {
                "" | "survival" => "survival".to_owned(),
                other => format!("survival_{}", super::page::file_name(other)),
            };
            out.push(Drawing { name: name.clone(), canvas: overlay(source, &endpoint, &curves) });
            if curves.len() > MOST_BANDS && any_band(&curves) {
                out.push(Drawing {
                    name: format!("{name}_bands"),
                    canvas: panels(source, &endpoint, &curves),
                });
            }
        }
        Ok(out)
    }
}

fn read(source: &Source, table: &Table, endpoint: &str) -> Vec<Curve> {
    let mut curves: Vec<Curve> = Vec::new();
    let members = source.groups_of(table);
    for group in 0..source.groups.len() {
        let mut steps: Vec<Step> = (0..table.len())
            .filter(|&r| table.named(r, "endpoint") == endpoint && members[r] == Some(group))
            .filter_map(|r| {
                Some(Step {
                    day: table.named_number(r, "time_day")?,
                    at_risk: table.named_number(r, "at_risk")?,
                    events: table.named_number(r, "events").unwrap_or(0.0),
                    censored: table.named_number(r, "censored").unwrap_or(0.0),
                    survival: table.named_number(r, "survival")?,
                    lower: table.named_number(r, "lower"),
                    upper: table.named_number(r, "upper"),
                })
            })
            .collect();
        steps.sort_by(|a, b| a.day.total_cmp(&b.day));
        if !steps.is_empty() {
            curves.push(Curve { group, steps });
        }
    }
    curves
}

fn last_day(curves: &[Curve]) -> f64 {
    curves.iter().flat_map(|c| c.steps.last()).map(|s| s.day).fold(0.0, |a, b| if b > a { b } else { a })
}

/// Whether a band can be seen: there is none at shares of 1 and 0.
fn any_band(curves: &[Curve]) -> bool {
    curves.iter().flat_map(|c| &c.steps).any(|s| matches!((s.lower, s.upper), (Some(a), Some(b)) if a < b))
}

/// What the strokes on the curves mean, where there are any.
fn strokes(source: &Source, curves: &[Curve]) -> String {
    let any = curves.iter().flat_map(|c| &c.steps).any(|s| s.censored > 0.0);
    if any { format!(" Short strokes: {}s censored.", source.member_word()) } else { String::new() }
}

/// What bands are; Greenwood's formula takes the runs of a subject for mice of their own.
fn bands(source: &Source) -> &'static str {
    match source.member_word() {
        "run" => "Bands: pointwise 95 % log-log intervals, as if all runs were independent.",
        _ => "Bands: pointwise 95 % log-log intervals.",
    }
}

/// Solid lines first: where curves lie on each other, the gaps of a dashed one show what is beneath.
fn solid_first<'a>(source: &Source, curves: &'a [Curve]) -> Vec<&'a Curve> {
    let mut out: Vec<&Curve> = curves.iter().collect();
    let solid = |c: &&Curve| source.groups[c.group].look.dash.is_empty();
    out.sort_by_key(|c| (!solid(c), source.groups[c.group].look.width < 2.0));
    out
}

/// "Share surviving" or "Share without progression".
fn what(endpoint: &str) -> String {
    match endpoint {
        "" | "survival" => "Share surviving".to_owned(),
        other => format!("Share without {}", words(other).to_lowercase()),
    }
}

fn draw_curve(canvas: &mut Canvas, panel: &Panel, curve: &Curve, stroke: &Stroke) {
    panel.curve(canvas, &curve.corners(|s| Some(s.survival), 1.0), stroke);
    for step in curve.steps.iter().filter(|s| s.censored > 0.0) {
        let (x, y) = panel.point(step.day, step.survival);
        canvas.line((x, y - 4.0), (x, y + 4.0), &Stroke::new(stroke.color, 1.1));
    }
}

fn draw_band(
    canvas: &mut Canvas,
    panel: &Panel,
    curve: &Curve,
    color: crate::plot::paper::Color,
    opacity: f64,
) {
    let mut outline = curve.corners(|s| s.upper, 1.0);
    let low = curve.corners(|s| s.lower, 1.0);
    outline.extend(low.into_iter().rev());
    let outline: Vec<_> = outline.into_iter().map(|(x, y)| panel.point(x, y)).collect();
    canvas.polygon(&outline, color, opacity);
}

fn overlay(source: &Source, endpoint: &str, curves: &[Curve]) -> Canvas {
    let banded = curves.len() <= MOST_BANDS;
    let (mut canvas, top) = page::open(source, &format!("{} (Kaplan-Meier)", what(endpoint)));
    let mut keys: Vec<(String, Key)> = curves
        .iter()
        .map(|c| (source.groups[c.group].label.clone(), Key::Line(source.groups[c.group].look)))
        .collect();
    keys.retain(|(name, _)| !name.is_empty());
    let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
    let small = TextStyle::new(TICK);
    let names: Vec<String> =
        curves.iter().map(|c| text::fit(&source.groups[c.group].label, &small, 160.0)).collect();
    let room = names.iter().map(|n| text::width(n, &small)).fold(50.0, |a, b| if b > a { b } else { a });
    let left = SAMPLE + room + 36.0;
    let panel = Panel {
        area: Area::new(left, top + tall + 14.0, page::WIDTH - left - 26.0, 270.0),
        x: Scale::linear(0.0, 1.015 * last_day(curves)),
        y: Scale::linear(0.0, 1.02),
    };
    panel.grid(&mut canvas, 6);
    if banded {
        for curve in curves {
            draw_band(&mut canvas, &panel, curve, source.groups[curve.group].look.color, 0.13);
        }
    }
    for curve in solid_first(source, curves) {
        let look = source.groups[curve.group].look;
        draw_curve(&mut canvas, &panel, curve, &Stroke::new(look.color, look.width + 0.2).dash(look.dash));
    }
    let (x, y) =
        (Axis { label: "Time (days)", numbers: true, ticks: 8 }, Axis { label: "", numbers: true, ticks: 6 });
    panel.axes(&mut canvas, &x, &y);
    let label = TextStyle::new(LABEL).middle().upright();
    canvas.text_centered((left - 36.0, panel.area.center().1), &what(endpoint), &label);

    // The table of numbers at risk stands under the ticks they belong to.
    let mut row = panel.area.bottom() + 56.0;
    let risk = if source.member_word() == "run" { "Runs at risk" } else { "Number at risk" };
    canvas.text((page::LEFT, row), risk, &TextStyle::new(TICK).bold());
    for (curve, name) in curves.iter().zip(&names) {
        row += TICK + 5.0;
        // Names stay black: pale letters are hard to read, a line is not.
        let look = source.groups[curve.group].look;
        let (from, to) = (page::LEFT, page::LEFT + SAMPLE);
        let middle = row - 0.35 * TICK;
        canvas.line((from, middle), (to, middle), &Stroke::new(look.color, look.width).dash(look.dash));
        canvas.text((to + 6.0, row), name, &small);
        for (day, _) in panel.x.ticks(8).0 {
            let count = format!("{}", curve.at_risk(day));
            canvas.text((panel.px(day), row), &count, &small.middle());
        }
    }
    let bands = if banded && any_band(curves) { format!(" {}", bands(source)) } else { String::new() };
    let ended: f64 = curves.iter().flat_map(|c| &c.steps).map(|s| s.events).sum();
    let events = if ended == 1.0 { "event" } else { "events" };
    let note = format!("{ended} {events}.{}{bands}", strokes(source, curves));
    page::close(canvas, source, &[note], row + 4.0)
}

fn panels(source: &Source, endpoint: &str, curves: &[Curve]) -> Canvas {
    let (canvas, top) =
        page::open(source, &format!("{} by {} (Kaplan-Meier)", what(endpoint), source.group_word()));
    let headings: Vec<String> = curves.iter().map(|c| source.groups[c.group].label.clone()).collect();
    let reference = &source.groups[curves[0].group];
    let first = Stroke::new(crate::plot::paper::style::GRAY, 1.2).dash(&[3.0, 2.0]);
    let keys = [(reference.label.clone(), Key::Rule(first))];
    let (canvas, bottom) = Multiples {
        canvas,
        top,
        x: Scale::linear(0.0, 1.015 * last_day(curves)),
        y: Scale::linear(0.0, 1.02),
        x_label: "Time (days)",
        y_label: &what(endpoint),
        headings: &headings,
        legend: &keys,
    }
    .draw(|canvas, panel, index| {
        let curve = &curves[index];
        let color = source.groups[curve.group].look.color;
        draw_band(canvas, panel, curve, color, 0.18);
        if index > 0 {
            panel.curve(canvas, &curves[0].corners(|s| Some(s.survival), 1.0), &first);
        }
        draw_curve(canvas, panel, curve, &Stroke::new(color, 1.9));
    });
    let bands = if any_band(curves) { bands(source) } else { "" };
    let note = format!("{bands}{}", strokes(source, curves)).trim_start().to_owned();
    page::close(canvas, source, &[note], bottom)
}
