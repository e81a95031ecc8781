//! Where the maps stand on the page, and what is written around and on them.

use super::{Sheet, Slice};
use crate::plot::figure::page;
use crate::plot::paper::style::{INK, LABEL, TICK, WHITE};
use crate::plot::paper::{Area, Canvas, Stroke, TextStyle, text, ticks};

/// A grid of maps, a row per arm and a column per day.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Frame {
    pub(super) fn area(&self, place: usize) -> Area {
        let (column, row) = (place % self.columns, place / self.columns);
        let left = self.left + column as f64 * (self.width + 6.0);
        Area::new(left, self.top + row as f64 * (self.height + 6.0), self.width, self.height)
    }

    pub(super) fn right(&self) -> f64 {
        self.left + self.columns as f64 * (self.width + 6.0) - 6.0
    }

    pub(super) fn bottom(&self) -> f64 {
        self.top + self.rows as f64 * (self.height + 6.0) - 6.0
    }
}

impl Sheet<'_> {
    /// Sizes of the maps: as wide as the page allows, in the shape of the lattice.
    pub(super) fn frame<T>(&self, maps: &[Option<Slice<T>>], top: f64, right: f64) -> Frame {
        let shape = maps.iter().flatten().next().map_or(1.0, |m| m.rows as f64 / m.columns as f64);
        let style = TextStyle::new(TICK);
        let arms = self.rows.iter().map(|(a, _)| text::width(&self.source.arms[*a].label, &style));
        let widest = arms.fold(0.0, |a, b| if b > a { b } else { a });
        let left = page::LEFT + 10.0 + if widest < 96.0 { widest } else { 96.0 };
        let columns = self.days.len().max(1);
        let room = (page::WIDTH - left - page::LEFT - right) / columns as f64 - 6.0;
        // Many arms must still fit on one page.
        let most = if shape > 0.0 { 1200.0 / (self.rows.len().max(1) as f64 * shape) } else { 300.0 };
        let most = if most < 300.0 { most } else { 300.0 };
        let width = if room < most { room } else { most };
        Frame { left, top, width, height: width * shape, columns, rows: self.rows.len() }
    }

    pub(super) fn labels(&self, canvas: &mut Canvas, frame: &Frame) {
        for (column, day) in self.days.iter().enumerate() {
            let area = frame.area(column);
            let style = TextStyle::new(LABEL).bold().middle();
            canvas.text(
                (area.center().0, area.top - 6.0),
                &format!("day {}", ticks::plain((day * 100.0).round() / 100.0)),
                &style,
            );
        }
        let style = TextStyle::new(TICK).end();
        for (row, (arm, _)) in self.rows.iter().enumerate() {
            let area = frame.area(row * frame.columns);
            let lines = text::wrap(&self.source.arms[*arm].label, &style, 96.0);
            let first = area.center().1 - (lines.len() as f64 - 1.0) * 0.5 * (TICK + 2.0);
            for (i, line) in lines.iter().enumerate() {
                canvas.text_centered((frame.left - 8.0, first + i as f64 * (TICK + 2.0)), line, &style);
            }
        }
    }

    /// A bar of a round length in the first map, on a pale ground that sets it off from any color.
    pub(super) fn scale_bar(&self, canvas: &mut Canvas, frame: &Frame) {
        let (Some(nx), Some(spacing)) =
            (self.index.named_number(0, "nx"), self.index.named_number(0, "spacing_um"))
        else {
            return;
        };
        let whole = nx * spacing;
        let Some(length) = ticks::linear(0.0, whole, 4).get(1).copied().filter(|l| *l > 0.0) else { return };
        let area = frame.area(0);
        let long = area.width * length / whole;
        let (x, y) = (area.left + 6.0, area.bottom() - 7.0);
        let name = if length >= 1000.0 {
            format!("{} mm", ticks::plain(length / 1000.0))
        } else {
            format!("{} µm", ticks::plain(length))
        };
        let wide = text::width(&name, &TextStyle::new(8.5));
        let wide = if wide > long { wide } else { long };
        canvas.rect(&Area::new(x - 3.0, y - 13.0, wide + 6.0, 17.0), WHITE, 0.85);
        canvas.line((x, y), (x + long, y), &Stroke::new(INK, 2.2));
        canvas.text((x, y - 4.0), &name, &TextStyle::new(8.5));
    }

    /// What is shown, of a block its middle layer.
    pub(super) fn title(&self, what: &str) -> String {
        let block = self.index.named_number(0, "nz").is_some_and(|nz| nz > 1.0);
        let arms = if self.rows.len() > 1 { "arm and " } else { "" };
        format!("{what}{}, by {arms}day", if block { ", middle layer" } else { "" })
    }

    pub(super) fn note(&self, thinned: bool) -> String {
        let subject = |run: &String| {
            let row = (0..self.index.len()).find(|&r| self.index.named(r, "run") == run);
            row.map_or("", |r| self.index.named(r, "subject"))
        };
        let mut subjects: Vec<&str> = self.rows.iter().map(|(_, run)| subject(run)).collect();
        subjects.dedup();
        let of = if self.rows.len() > 1 { " of each arm" } else { "" };
        let mut out = format!("Subject {}{of}.", subjects.join(", "));
        if (0..self.rows.len() * self.days.len()).any(|place| self.weight_of(place).is_some()) {
            out += " \u{d7}n: a cell of the section stands for n of the animal.";
        }
        if thinned {
            out += " Sites are thinned for print.";
        }
        out
    }

    /// How many cells of the animal one of the map stands for, where the run is a section.
    fn weight_of(&self, place: usize) -> Option<f64> {
        let series = self.source.series.as_ref()?;
        let (run, day) = (&self.rows[place / self.days.len()].1, self.days[place % self.days.len()]);
        let column = series.column("section_weight")?;
        // The last record at or before the picture.
        let at = |r: &usize| {
            series.named(*r, "run") == run
                && series.named_number(*r, "time_day").is_some_and(|t| t <= day + 1e-6)
        };
        series.number((0..series.len()).rfind(at)?, column)
    }

    pub(super) fn weight(&self, canvas: &mut Canvas, area: &Area, place: usize) {
        let Some(weight) = self.weight_of(place) else { return };
        let style = TextStyle::new(8.5);
        let text = format!("\u{d7}{}", ticks::significant(weight, 2));
        let wide = text::width(&text, &style);
        canvas.rect(&Area::new(area.right() - wide - 7.0, area.top + 1.0, wide + 6.0, 13.0), WHITE, 0.85);
        canvas.text((area.right() - 4.0, area.top + 11.0), &text, &style.end());
    }
}
