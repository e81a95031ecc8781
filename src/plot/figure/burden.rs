//! Burden of every subject on one day, arm beside arm.

use super::{Drawing, Figure, multiples, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::panel::Axis;
use crate::plot::paper::style::{ALARM, GRAY, INK, TICK};
use crate::plot::paper::{Area, Panel, Scale, Stroke, TextStyle, text, ticks};
use crate::plot::read::{Curves, Source};
use crate::stats::quantile::rank_median;
use crate::stats::{Known, ranks};

pub struct Burden;

/// A limit is drawn where the smallest value is less than this many times it.
const REACH: f64 = 30.0;

impl Figure for Burden {
    fn id(&self) -> &'static str {
        "burden"
    }

    fn about(&self) -> &'static str {
        "burden of every subject on the day of comparison, with medians and detection limit"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["series.csv"]
    }

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let asked = source.captions.burden.observable.clone();
        let Some(column) = asked.or_else(|| source.burden_column()) else { return Ok(Vec::new()) };
        let Some(curves) = Curves::read(source, &column) else { return Ok(Vec::new()) };
        // A shortened study may not have come to the day it asks for.
        let seen = |day: &f64| curves.runs.iter().any(|r| r.at(*day).value().is_some());
        let asked = source.captions.burden.day.filter(seen);
        let Some(day) = asked.or_else(|| curves.last_complete_day()) else { return Ok(Vec::new()) };
        // One run per arm has no spread to show.
        let arms: Vec<usize> =
            (0..source.groups.len()).filter(|&a| curves.of_group(a).next().is_some()).collect();
        if curves.runs.len() <= arms.len() {
            return Ok(Vec::new());
        }
        Ok(draw(source, &column, &curves, day, &arms).into_iter().collect())
    }
}

fn draw(source: &Source, column: &str, curves: &Curves, day: f64, arms: &[usize]) -> Option<Drawing> {
    let limit = source.captions.limit.get(column).copied().filter(|l| *l > 0.0);
    let seen = |v: f64| limit.map_or(v, |l| if v < l { l } else { v });
    let values: Vec<f64> =
        ranks(curves.runs.iter().map(|r| r.at(day))).into_iter().flatten().map(seen).collect();
    let high = values.iter().copied().fold(f64::NEG_INFINITY, |a, v| if v > a { v } else { a });
    let low =
        values.iter().copied().filter(|v| *v > 0.0).fold(f64::INFINITY, |a, v| if v < a { v } else { a });
    if !(low.is_finite() && high > 0.0) {
        return None;
    }
    // A limit decades below everything would leave no room for the values.
    let shown_limit = limit.filter(|l| low < REACH * l);
    let shown = format!("{} on day {}", source.captions.axis(column), ticks::plain(day));
    let (mut canvas, top) = page::open(source, &shown);
    let mut keys = vec![("median".to_owned(), Key::Rule(Stroke::new(INK, 2.0)))];
    if shown_limit.is_some() {
        keys.push(("detection limit".to_owned(), Key::Rule(Stroke::new(ALARM, 1.0).dash(&[5.0, 3.0]))));
    }
    let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
    let y = multiples::scale(shown_limit.map_or(low, |l| 0.7 * l), high);
    let probe = Panel { area: Area::new(0.0, 0.0, 1.0, 1.0), x: Scale::linear(0.0, 1.0), y };
    let left = 40.0 + probe.number_room(6);
    let area = Area::new(left, top + tall + 12.0, page::WIDTH - left - 20.0, 250.0);
    let panel = Panel { area, x: Scale::linear(0.0, arms.len() as f64), y };
    panel.grid(&mut canvas, 6);
    // The arms take the place of numbers below.
    let none = Axis { label: "", numbers: false, ticks: 0 };
    let label = source.captions.axis(column);
    panel.axes(&mut canvas, &none, &Axis { label: &label, numbers: true, ticks: 6 });
    if let Some(limit) = shown_limit {
        let y = panel.py(limit);
        canvas.line((area.left, y), (area.right(), y), &Stroke::new(ALARM, 1.0).dash(&[5.0, 3.0]));
    }
    let room = area.width / arms.len() as f64;
    let (mut floored, mut gone, mut cleared, mut lines) = (0, 0, 0, 1);
    for (place, &arm) in arms.iter().enumerate() {
        let look = source.groups[arm].look;
        let center = place as f64 + 0.5;
        let all = ranks(curves.of_group(arm).map(|r| r.at(day)));
        gone += all.iter().filter(|v| v.is_none()).count();
        cleared += curves.of_group(arm).filter(|r| matches!(r.at(day), Known::AtMost(_))).count();
        let mut known: Vec<f64> = all.iter().flatten().copied().collect();
        known.sort_by(f64::total_cmp);
        for (v, shift) in swarm(&panel, &known.iter().map(|v| seen(*v)).collect::<Vec<_>>(), 0.36 * room) {
            let (x, y) = (panel.px(center) + shift, panel.py(seen(v)));
            canvas.marker((x, y), look.marker, 3.0, look.color, false);
        }
        floored += limit.map_or(0, |l| known.iter().filter(|v| **v < l).count());
        if let Ok(Some(median)) = rank_median(&all) {
            let (x, y) = (panel.px(center), panel.py(seen(median)));
            canvas.line((x - 0.3 * room, y), (x + 0.3 * room, y), &Stroke::new(INK, 2.0));
        }
        let style = TextStyle::new(TICK).middle();
        let words = text::wrap(&source.groups[arm].label, &style, room - 4.0);
        lines = lines.max(words.len());
        for (i, line) in words.iter().enumerate() {
            let line = text::fit(line, &style, room - 2.0);
            canvas.text((panel.px(center), area.bottom() + 16.0 + i as f64 * (TICK + 2.0)), &line, &style);
        }
    }
    let mut notes = Vec::new();
    let who = source.member_word();
    let subjects = |n: usize| if n == 1 { format!("1 {who}") } else { format!("{n} {who}s") };
    if let (Some(limit), None) = (limit, shown_limit) {
        notes.push(format!("All values lie far above the detection limit of {}.", ticks::plain(limit)));
    }
    if floored > 0 {
        let values = if floored == 1 { "1 value lies".to_owned() } else { format!("{floored} values lie") };
        notes.push(format!("{values} below the detection limit, drawn at it."));
    }
    if gone > 0 {
        notes.push(format!(
            "{} had left before that day by growth, ranked above every value.",
            subjects(gone)
        ));
    }
    if cleared > 0 {
        notes.push(format!(
            "{} had left before that day by clearance, drawn at the most there can be.",
            subjects(cleared)
        ));
    }
    canvas.line((area.left, area.bottom()), (area.right(), area.bottom()), &Stroke::new(GRAY, 0.5));
    let bottom = area.bottom() + 12.0 + lines as f64 * (TICK + 2.0);
    Some(Drawing { name: "burden".to_owned(), canvas: page::close(canvas, source, &notes, bottom) })
}

/// Sideways shifts so that points of nearly the same height do not cover each other; `values` ascending.
fn swarm(panel: &Panel, values: &[f64], reach: f64) -> Vec<(f64, f64)> {
    const APART: f64 = 6.6;
    let mut placed: Vec<(f64, f64)> = Vec::new();
    let mut out = Vec::with_capacity(values.len());
    for &v in values {
        let y = panel.py(v);
        let free = |x: f64| placed.iter().all(|&(px, py)| (px - x).abs() >= APART || (py - y).abs() >= APART);
        let tries = (0..40).flat_map(|i| {
            let step = f64::from(i) * APART / 2.0;
            [step, -step]
        });
        let shift = tries.filter(|x| x.abs() <= reach).find(|&x| free(x)).unwrap_or(0.0);
        placed.push((shift, y));
        out.push((v, shift));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_stand_side_by_side() {
        let panel = Panel {
            area: Area::new(0.0, 0.0, 100.0, 100.0),
            x: Scale::linear(0.0, 1.0),
            y: Scale::linear(0.0, 1.0),
        };
        let placed = swarm(&panel, &[0.5, 0.5, 0.5], 40.0);
        let mut shifts: Vec<f64> = placed.iter().map(|p| p.1).collect();
        shifts.sort_by(f64::total_cmp);
        assert!(shifts.windows(2).all(|w| w[1] - w[0] >= 6.0));
    }
}
