//! Growth of the tumor: single mice, median and quartiles per arm, and the medians of all arms together.

use super::multiples::{self, Multiples};
use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::Key;
use crate::plot::paper::style::{GRAY, INK};
use crate::plot::paper::{Canvas, Panel, Scale, Stroke, style::Marker};
use crate::plot::read::{Curves, Source, curves::Spread};

pub struct Growth;

/// Single subjects drawn per arm; more only make gray.
const MOST_SINGLES: usize = 60;
/// Points of a faint line.
const MOST_POINTS: usize = 160;

const ENDPOINT_DASH: &[f64] = &[5.0, 3.0];

impl Figure for Growth {
    fn id(&self) -> &'static str {
        "growth"
    }

    fn about(&self) -> &'static str {
        "growth curves per arm: single subjects, median, quartiles, endpoint"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["series.csv"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let Some(column) = source.burden_column() else { return Ok(Vec::new()) };
        let Some(curves) = Curves::read(source, &column) else { return Ok(Vec::new()) };
        let Some((low, high)) = curves.range() else { return Ok(Vec::new()) };
        let endpoint =
            source.captions.endpoint.get("survival").filter(|e| e.observable.as_ref() == Some(&column));
        let endpoint = endpoint.and_then(|e| e.above);
        let floor = source.captions.limit.get(&column).copied().unwrap_or(0.0);
        let low = if floor > low { floor } else { low };
        let high = endpoint.filter(|e| *e > high).unwrap_or(high);
        let plan = Plan {
            source,
            curves,
            y: multiples::scale(low, high),
            endpoint,
            label: source.captions.axis(&column),
        };
        let arms: Vec<usize> =
            (0..source.arms.len()).filter(|&a| plan.curves.of_arm(a).next().is_some()).collect();
        let mut out = vec![Drawing { name: "growth".to_owned(), canvas: plan.per_arm(&arms) }];
        if arms.len() > 1 {
            out.push(Drawing { name: "growth_medians".to_owned(), canvas: plan.together(&arms) });
        }
        Ok(out)
    }
}

/// At most [`MOST_POINTS`] of the points, evenly taken, with the last.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    let mut out: Vec<(f64, f64)> = points.iter().copied().step_by(step).collect();
    if !(points.len().max(1) - 1).is_multiple_of(step) {
        out.extend(points.last());
    }
    out
}

struct Plan<'a> {
    source: &'a Source,
    curves: Curves,
    y: Scale,
    endpoint: Option<f64>,
    label: String,
}

impl Plan<'_> {
    fn x(&self) -> Scale {
        let days = &self.curves.days;
        Scale::linear(days.first().copied().unwrap_or(0.0), days.last().copied().unwrap_or(1.0))
    }

    fn endpoint_key(&self) -> Option<(String, Key)> {
        let stroke = Stroke::new(INK, 0.9).dash(ENDPOINT_DASH);
        self.endpoint.map(|_| ("endpoint".to_owned(), Key::Rule(stroke)))
    }

    fn draw_endpoint(&self, canvas: &mut Canvas, panel: &Panel) {
        if let Some(value) = self.endpoint {
            let y = panel.py(value);
            let stroke = Stroke::new(INK, 0.9).dash(ENDPOINT_DASH);
            canvas.line((panel.area.left, y), (panel.area.right(), y), &stroke);
        }
    }

    /// Quartile band, the dead drawn at the endpoint (or the upper edge) because their value is only known to be
    /// above; returns nothing where the lower quartile is unknown too.
    fn band(&self, spread: &[Spread]) -> Vec<(f64, f64, f64)> {
        let top = self.endpoint.unwrap_or(self.y.high());
        spread
            .iter()
            .filter_map(|s| s.low.map(|low| (s.day, low, s.high.filter(|h| *h < top).unwrap_or(top))))
            .collect()
    }

    fn median(&self, canvas: &mut Canvas, panel: &Panel, spread: &[Spread], stroke: &Stroke, end: Marker) {
        let middle: Vec<(f64, f64)> = spread.iter().filter_map(|s| s.middle.map(|m| (s.day, m))).collect();
        panel.curve(canvas, &middle, stroke);
        if middle.len() < spread.len()
            && let Some(&(day, value)) = middle.last()
        {
            canvas.marker(panel.point(day, value), end, 3.2, stroke.color, false);
        }
    }

    /// Label of an arm with its number of subjects.
    fn heading(&self, arm: usize) -> String {
        let label = &self.source.arms[arm].label;
        match self.curves.of_arm(arm).count() {
            1 => label.clone(),
            n => format!("{label} (n\u{a0}=\u{a0}{n})"),
        }
    }

    fn per_arm(&self, arms: &[usize]) -> Canvas {
        let by = if arms.len() > 1 { ", by arm" } else { "" };
        let (canvas, top) = page::open(self.source, &format!("{} over time{by}", self.label));
        // Where every arm is one run there is nothing to take a median of.
        let spread = self.curves.runs.len() > arms.len();
        let headings: Vec<String> = arms.iter().map(|&a| self.heading(a)).collect();
        let gray = crate::plot::paper::LineLook::nth(0);
        let mut keys = Vec::new();
        if spread {
            keys.push(("single subject".to_owned(), Key::Rule(Stroke::new(GRAY, 0.7).opacity(0.6))));
            keys.push(("median".to_owned(), Key::Rule(Stroke::new(gray.color, 2.0))));
            keys.push(("middle half".to_owned(), Key::Patch(GRAY.pale(0.6))));
        }
        keys.extend(self.endpoint_key());
        let (canvas, bottom) = Multiples {
            canvas,
            top,
            x: self.x(),
            y: self.y,
            x_label: "Time (days)",
            y_label: &self.label,
            headings: &headings,
            legend: &keys,
        }
        .draw(|canvas, panel, index| {
            let arm = arms[index];
            let color = self.source.arms[arm].look.color;
            if !spread {
                self.draw_endpoint(canvas, panel);
                for run in self.curves.of_arm(arm) {
                    panel.curve(canvas, &thinned(&run.points), &Stroke::new(color, 2.0));
                }
                return;
            }
            let rows = self.curves.spread(arm);
            panel.band(canvas, &self.band(&rows), color, 0.18);
            for run in self.curves.of_arm(arm).take(MOST_SINGLES) {
                panel.curve(canvas, &thinned(&run.points), &Stroke::new(color, 0.6).opacity(0.35));
            }
            self.draw_endpoint(canvas, panel);
            self.median(canvas, panel, &rows, &Stroke::new(color, 2.2), Marker::Disc);
        });
        if !spread {
            return page::close(canvas, self.source, &[], bottom);
        }
        let note = "The median ends (disc) where half of the subjects have reached their end: it then lies above \
                    every value still seen. Subjects that left by growth count as above all others.";
        page::close(canvas, self.source, &[note.to_owned()], bottom)
    }

    fn together(&self, arms: &[usize]) -> Canvas {
        let (canvas, top) = page::open(self.source, &format!("{}: medians of the arms", self.label));
        let mut keys: Vec<(String, Key)> = arms
            .iter()
            .map(|&a| (self.source.arms[a].label.clone(), Key::Point(self.source.arms[a].look)))
            .collect();
        keys.extend(self.endpoint_key());
        let (canvas, bottom) = Multiples {
            canvas,
            top,
            x: self.x(),
            y: self.y,
            x_label: "Time (days)",
            y_label: &self.label,
            headings: &[String::new()],
            legend: &keys,
        }
        .draw(|canvas, panel, _| {
            let spreads: Vec<_> = arms.iter().map(|&a| (a, self.curves.spread(a))).collect();
            if arms.len() <= 4 {
                for (arm, spread) in &spreads {
                    panel.band(canvas, &self.band(spread), self.source.arms[*arm].look.color, 0.13);
                }
            }
            self.draw_endpoint(canvas, panel);
            for (arm, spread) in &spreads {
                let look = self.source.arms[*arm].look;
                let stroke = Stroke::new(look.color, look.width + 0.2).dash(look.dash);
                self.median(canvas, panel, spread, &stroke, look.marker);
                self.sparse_markers(canvas, panel, spread, *arm);
            }
        });
        let bands = if arms.len() <= 4 { "Bands: middle half of the subjects. " } else { "" };
        let note = format!(
            "{bands}A median ends with its marker where half of the subjects have reached their end."
        );
        page::close(canvas, self.source, &[note], bottom)
    }

    /// A few markers along a line, shifted by arm so that lines lying on each other stay apart.
    fn sparse_markers(&self, canvas: &mut Canvas, panel: &Panel, spread: &[Spread], arm: usize) {
        let look = self.source.arms[arm].look;
        let step = (spread.len() / 6).max(1);
        let shift = arm * step / self.source.arms.len().max(1);
        for s in spread.iter().skip(shift).step_by(step) {
            if let Some(value) = s.middle {
                canvas.marker(panel.point(s.day, value), look.marker, 2.6, look.color, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_thinned_and_keep_their_ends() {
        let line: Vec<(f64, f64)> = (0..1001).map(|i| (f64::from(i), 1.0)).collect();
        let few = thinned(&line);
        assert!(few.len() <= MOST_POINTS + 1);
        assert_eq!((few[0], few[few.len() - 1]), (line[0], line[1000]));
        assert_eq!(thinned(&line[..20]), line[..20]);
        assert!(thinned(&[]).is_empty());
    }
}
