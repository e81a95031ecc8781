//! Growth of the tumor: single mice, median and quartiles per arm, and the medians of all arms together.

use super::multiples::{self, Multiples};
use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::Key;
use crate::plot::paper::style::{GRAY, INK};
use crate::plot::paper::ticks;
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

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let Some(plan) = Plan::of(source) else { return Ok(Vec::new()) };
        let groups: Vec<usize> =
            (0..source.groups.len()).filter(|&g| plan.curves.of_group(g).next().is_some()).collect();
        let mut out = vec![Drawing { name: "growth".to_owned(), canvas: plan.per_arm(&groups) }];
        if groups.len() > 1 {
            out.push(Drawing { name: "growth_medians".to_owned(), canvas: plan.together(&groups) });
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
    /// The endpoint, or the largest value: whichever is higher.
    top: f64,
    label: String,
    column: String,
}

impl<'a> Plan<'a> {
    /// None where the tables hold no burden.
    fn of(source: &'a Source) -> Option<Plan<'a>> {
        let column = source.burden_column()?;
        let curves = Curves::read(source, &column)?;
        let (low, high) = curves.range()?;
        let watched =
            source.captions.endpoint.get("survival").filter(|e| e.observable.as_ref() == Some(&column));
        let endpoint = watched.and_then(|e| e.above);
        let floor = source.captions.limit.get(&column).copied().unwrap_or(0.0);
        let low = if floor > low { floor } else { low };
        let top = endpoint.filter(|e| *e > high).unwrap_or(high);
        let label = source.captions.axis(&column);
        Some(Plan { source, curves, y: multiples::scale(low, top), endpoint, top, label, column })
    }

    fn x(&self) -> Scale {
        multiples::days(&self.curves.days)
    }

    fn endpoint_key(&self) -> Option<(String, Key)> {
        let stroke = Stroke::new(INK, 0.9).dash(ENDPOINT_DASH);
        let unit = self.source.captions.unit(&self.column);
        let named =
            |value: f64| format!("endpoint, {}", format!("{} {unit}", ticks::plain(value)).trim_end());
        self.endpoint.map(|value| (named(value), Key::Rule(stroke)))
    }

    fn draw_endpoint(&self, canvas: &mut Canvas, panel: &Panel) {
        if let Some(value) = self.endpoint {
            let y = panel.py(value);
            let stroke = Stroke::new(INK, 0.9).dash(ENDPOINT_DASH);
            canvas.line((panel.area.left, y), (panel.area.right(), y), &stroke);
        }
    }

    /// Band of the middle half, as long as the median. An upper quartile above every number is drawn at the endpoint, or
    /// at the largest value there is: it lies there or higher.
    fn band(&self, spread: &[Spread]) -> Vec<(f64, f64, f64)> {
        spread.iter().map(|s| (s.day, s.low, s.high.unwrap_or(self.top))).collect()
    }

    /// The median; a marker at its end where the others of the group go on.
    fn median(&self, canvas: &mut Canvas, panel: &Panel, spread: &[Spread], stroke: &Stroke, end: Marker) {
        let middle: Vec<(f64, f64)> = spread.iter().map(|s| (s.day, s.middle)).collect();
        panel.curve(canvas, &middle, stroke);
        if let Some(&(day, value)) = middle.last()
            && self.curves.days.last().is_some_and(|last| day < *last)
        {
            canvas.marker(panel.point(day, value), end, 3.2, stroke.color, false);
        }
    }

    /// What is left to say of the curves: only what they show.
    fn notes(&self, bands: bool, ends: &str) -> Vec<String> {
        let mut out = Vec::new();
        let over = self.curves.leaves_above();
        let who = self.source.member_word();
        if bands {
            out.push(format!("Bands: middle half of the {who}s, by rank."));
        }
        if over {
            out.push(format!(
                "A {who} that left by growth ranks above every value afterwards. The median ends ({ends}) where half \
                 of the {who}s have left."
            ));
            if bands {
                let top = if self.endpoint == Some(self.top) { "endpoint" } else { "largest value" };
                out.push(format!("An upper quartile that lies above every value is drawn at the {top}."));
            }
        } else if self.endpoint.is_some_and(|e| self.top > e) {
            out.push("The endpoint does not end these runs: the curves go on above it.".to_owned());
        }
        if matches!(self.y, Scale::Log { .. })
            && self.curves.runs.iter().any(|r| r.points.iter().any(|p| p.1 < self.y.low()))
        {
            out.push("Values below the axis are drawn on it.".to_owned());
        }
        vec![out.join(" ")]
    }

    /// Label of an arm with its number of subjects, or of runs where subjects have several.
    fn heading(&self, arm: usize) -> String {
        let label = &self.source.groups[arm].label;
        match self.curves.of_group(arm).count() {
            1 => label.clone(),
            n if self.source.member_word() == "run" => format!("{label} ({n}\u{a0}runs)"),
            n => format!("{label} (n\u{a0}=\u{a0}{n})"),
        }
    }

    fn per_arm(&self, arms: &[usize]) -> Canvas {
        let by = if arms.len() > 1 { format!(", by {}", self.source.group_word()) } else { String::new() };
        let (canvas, top) = page::open(self.source, &format!("{} over time{by}", self.label));
        // Where every arm is one run there is nothing to take a median of.
        let spread = self.curves.runs.len() > arms.len();
        let bands = self.banded(arms);
        let headings: Vec<String> = arms.iter().map(|&a| self.heading(a)).collect();
        let gray = crate::plot::paper::LineLook::nth(0);
        let mut keys = Vec::new();
        if spread {
            keys.push((
                format!("single {}", self.source.member_word()),
                Key::Rule(Stroke::new(GRAY, 0.7).opacity(0.6)),
            ));
            keys.push(("median".to_owned(), Key::Rule(Stroke::new(gray.color, 2.0))));
        }
        if bands {
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
            let color = self.source.groups[arm].look.color;
            if !spread {
                self.draw_endpoint(canvas, panel);
                for run in self.curves.of_group(arm) {
                    panel.curve(canvas, &thinned(&run.points), &Stroke::new(color, 2.0));
                }
                return;
            }
            let rows = self.curves.spread(arm);
            if bands {
                panel.band(canvas, &self.band(&rows), color, 0.18);
            }
            for run in self.curves.of_group(arm).take(MOST_SINGLES) {
                panel.curve(canvas, &thinned(&run.points), &Stroke::new(color, 0.6).opacity(0.35));
            }
            self.draw_endpoint(canvas, panel);
            self.median(canvas, panel, &rows, &Stroke::new(color, 2.2), Marker::Disc);
        });
        let notes = if spread { self.notes(bands, "disc") } else { Vec::new() };
        page::close(canvas, self.source, &notes, bottom)
    }

    /// Quartiles of three and less are no band.
    fn banded(&self, groups: &[usize]) -> bool {
        groups.iter().any(|&g| self.curves.of_group(g).count() > 3)
    }

    fn together(&self, arms: &[usize]) -> Canvas {
        let (canvas, top) =
            page::open(self.source, &format!("{}: medians by {}", self.label, self.source.group_word()));
        let mut keys: Vec<(String, Key)> = arms
            .iter()
            .map(|&a| (self.source.groups[a].label.clone(), Key::Point(self.source.groups[a].look)))
            .collect();
        keys.extend(self.endpoint_key());
        let bands = arms.len() <= 4 && self.banded(arms);
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
            if bands {
                for (arm, spread) in &spreads {
                    panel.band(canvas, &self.band(spread), self.source.groups[*arm].look.color, 0.13);
                }
            }
            self.draw_endpoint(canvas, panel);
            for (arm, spread) in &spreads {
                let look = self.source.groups[*arm].look;
                let stroke = Stroke::new(look.color, look.width + 0.2).dash(look.dash);
                self.median(canvas, panel, spread, &stroke, look.marker);
                self.sparse_markers(canvas, panel, spread, *arm);
            }
        });
        page::close(canvas, self.source, &self.notes(bands, "marker"), bottom)
    }

    /// A few markers along a line, shifted by arm so that lines lying on each other stay apart.
    fn sparse_markers(&self, canvas: &mut Canvas, panel: &Panel, spread: &[Spread], arm: usize) {
        let look = self.source.groups[arm].look;
        let step = (spread.len() / 6).max(1);
        let shift = arm * step / self.source.groups.len().max(1);
        for s in spread.iter().skip(shift).step_by(step) {
            canvas.marker(panel.point(s.day, s.middle), look.marker, 2.6, look.color, false);
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

    /// Five runs of one arm, with a threshold of 10 for the endpoint.
    fn folder(runs: &str, value: impl Fn(usize, usize) -> Option<f64>) -> (tempfile::TempDir, Source) {
        let dir = tempfile::tempdir().unwrap();
        let mut series = String::from("run,arm,subject,replicate,time_day,v\n");
        for run in 0..5 {
            for day in 0..8 {
                if let Some(v) = value(run, day) {
                    series += &format!("{run},a,{run},1,{day},{v}\n");
                }
            }
        }
        let captions = r#"{"factors": [], "after": {"survival": {"v": "above"}},
            "endpoint": {"survival": {"observable": "v", "above": 10}}}"#;
        for (name, text) in [("series.csv", series.as_str()), ("runs.csv", runs), ("figures.json", captions)]
        {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let source = Source::open(dir.path()).unwrap();
        (dir, source)
    }

    #[test]
    fn the_median_lies_in_its_band_where_runs_go_on_above_the_endpoint() {
        let row = |run: usize| format!("{run},a,{run},finished,,7\n");
        let runs =
            (0..5).fold(String::from("run,arm,subject,outcome,ended_by,watched_until\n"), |t, r| t + &row(r));
        let (_dir, source) = folder(&runs, |run, day| Some(((run + 2) * day) as f64));
        let plan = Plan::of(&source).unwrap();
        let spread = plan.curves.spread(0);
        assert_eq!(spread.len(), 8);
        for (row, (day, low, high)) in spread.iter().zip(plan.band(&spread)) {
            assert!(low <= row.middle && row.middle <= high, "day {day}: {low} {} {high}", row.middle);
        }
        assert!(spread[7].middle > 10.0);
        let note = plan.notes(true, "disc").join(" ");
        assert!(!note.contains("ends (disc)") && note.contains("does not end"), "{note}");
    }

    #[test]
    fn band_and_median_end_together_where_half_have_left() {
        let mut runs = String::from("run,arm,subject,outcome,ended_by,watched_until\n");
        for (run, day) in [(0, 2), (1, 3), (2, 4), (3, 7), (4, 7)] {
            let ended = if day < 7 { "survival" } else { "" };
            runs += &format!("{run},a,{run},stopped,{ended},{day}\n");
        }
        let (_dir, source) = folder(&runs, |run, day| (run > 2 || day <= run + 2).then_some(day as f64));
        let plan = Plan::of(&source).unwrap();
        let spread = plan.curves.spread(0);
        // From day 5 on three of five have left.
        assert_eq!(spread.last().unwrap().day, 4.0);
        let band = plan.band(&spread);
        assert_eq!((band.len(), band[4]), (5, (4.0, 4.0, 10.0)));
        assert!(plan.notes(true, "disc")[0].contains("ends (disc)"));
    }
}
