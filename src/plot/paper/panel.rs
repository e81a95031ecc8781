//! A plot area with two axes: positions of values, ticks, labels, bands and lines.

use super::canvas::{Area, Canvas, Point, Stroke};
use super::style::{FAINT, INK, LABEL, TICK};
use super::text::{TextStyle, width};
use super::ticks;

/// How values become positions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    Linear {
        low: f64,
        high: f64,
    },
    /// Both ends positive; values at or below zero are drawn at the lower end.
    Log {
        low: f64,
        high: f64,
    },
}

impl Scale {
    /// Linear from `low` to `high`, widened where they are equal.
    pub fn linear(low: f64, high: f64) -> Self {
        if high > low {
            Self::Linear { low, high }
        } else {
            let pad = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
            Self::Linear { low: low - pad, high: low + pad }
        }
    }

    /// Logarithmic over whole decades where they are many, else tight.
    pub fn log(low: f64, high: f64) -> Self {
        let low = if low > 0.0 { low } else { 1.0 };
        let high = if high > low { high } else { 10.0 * low };
        Self::Log { low, high }
    }

    /// Part of the axis at which `value` stands: 0 at the lower end, 1 at the upper.
    pub fn share(&self, value: f64) -> f64 {
        match *self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => {
                if value > low {
                    libm::log(value / low) / libm::log(high / low)
                } else {
                    0.0
                }
            }
        }
    }

    pub fn low(&self) -> f64 {
        match *self {
            Self::Linear { low, .. } | Self::Log { low, .. } => low,
        }
    }

    pub fn high(&self) -> f64 {
        match *self {
            Self::Linear { high, .. } | Self::Log { high, .. } => high,
        }
    }

    /// Labeled ticks with their text, and bare ones.
    pub fn ticks(&self, count: usize) -> (Vec<(f64, String)>, Vec<f64>) {
        match *self {
            Self::Linear { low, high } => {
                let at = ticks::linear(low, high, count);
                (at.into_iter().map(|t| (t, ticks::plain(t))).collect(), Vec::new())
            }
            Self::Log { low, high } => {
                let found = ticks::logarithmic(low, high, count);
                let major = found.major.into_iter().map(|t| (t, ticks::decade(t))).collect();
                (major, found.minor)
            }
        }
    }
}

/// What an axis shows besides its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis<'a> {
    pub label: &'a str,
    /// Write the numbers (outer panels of a grid do).
    pub numbers: bool,
    pub ticks: usize,
}

/// A plot area on the canvas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    pub area: Area,
    pub x: Scale,
    pub y: Scale,
}

impl Panel {
    pub fn px(&self, x: f64) -> f64 {
        self.area.left + self.area.width * self.x.share(x)
    }

    pub fn py(&self, y: f64) -> f64 {
        self.area.bottom() - self.area.height * self.y.share(y)
    }

    pub fn point(&self, x: f64, y: f64) -> Point {
        (self.px(x), self.py(y))
    }

    /// Width that the numbers of the vertical axis need.
    pub fn number_room(&self, count: usize) -> f64 {
        let style = TextStyle::new(TICK);
        let widths = self.y.ticks(count).0.iter().map(|(_, t)| width(t, &style)).collect::<Vec<_>>();
        widths.into_iter().fold(0.0, |a, b| if b > a { b } else { a })
    }

    /// Pale lines at the labeled ticks of the vertical axis.
    pub fn grid(&self, canvas: &mut Canvas, count: usize) {
        for (t, _) in self.y.ticks(count).0 {
            let y = self.py(t);
            canvas.line((self.area.left, y), (self.area.right(), y), &Stroke::new(FAINT, 0.7));
        }
    }

    /// Axis lines on the left and below, ticks outward, numbers and labels.
    pub fn axes(&self, canvas: &mut Canvas, x: &Axis, y: &Axis) {
        let (a, ink) = (&self.area, Stroke::new(INK, 0.9));
        canvas.polyline(&[(a.left, a.top), (a.left, a.bottom()), (a.right(), a.bottom())], &ink);
        let small = TextStyle::new(TICK);
        let (major, minor) = self.x.ticks(x.ticks);
        for (t, text) in &major {
            let at = self.px(*t);
            canvas.line((at, a.bottom()), (at, a.bottom() + 4.0), &ink);
            if x.numbers {
                canvas.text((at, a.bottom() + 5.5 + TICK), text, &small.middle());
            }
        }
        for t in minor {
            let at = self.px(t);
            canvas.line((at, a.bottom()), (at, a.bottom() + 2.2), &ink);
        }
        let (major, minor) = self.y.ticks(y.ticks);
        for (t, text) in &major {
            let at = self.py(*t);
            canvas.line((a.left - 4.0, at), (a.left, at), &ink);
            if y.numbers {
                canvas.text_centered((a.left - 6.5, at), text, &small.end());
            }
        }
        for t in minor {
            let at = self.py(t);
            canvas.line((a.left - 2.2, at), (a.left, at), &ink);
        }
        let label = TextStyle::new(LABEL).middle();
        let center = a.center();
        if !x.label.is_empty() {
            canvas.text((center.0, a.bottom() + 12.0 + TICK + LABEL), x.label, &label);
        }
        if !y.label.is_empty() {
            let left = a.left - 14.0 - self.number_room(y.ticks) - LABEL / 2.0;
            canvas.text_centered((left, center.1), y.label, &label.upright());
        }
    }

    /// A heading above the area, on two smaller lines where one is too short.
    pub fn heading(&self, canvas: &mut Canvas, text: &str) {
        let room = self.area.width + 8.0;
        let style = TextStyle::new(LABEL).bold();
        if width(text, &style) <= room {
            canvas.text((self.area.left, self.area.top - 5.5), text, &style);
            return;
        }
        // Smaller on two lines; what is still too long is cut.
        let style = TextStyle::new(TICK).bold();
        let lines = super::text::wrap(text, &style, room);
        let (first, rest) = match lines.split_first() {
            Some((first, rest)) if !rest.is_empty() => (first.as_str(), rest.join(" ")),
            _ => ("", text.to_owned()),
        };
        canvas.text((self.area.left, self.area.top - 7.5 - TICK), first, &style);
        canvas.text((self.area.left, self.area.top - 5.5), &super::text::fit(&rest, &style, room), &style);
    }

    /// The area between two curves given at the same `x`.
    pub fn band(
        &self,
        canvas: &mut Canvas,
        rows: &[(f64, f64, f64)],
        color: super::style::Color,
        opacity: f64,
    ) {
        let mut outline: Vec<Point> = rows.iter().map(|&(x, low, _)| self.point(x, low)).collect();
        outline.extend(rows.iter().rev().map(|&(x, _, high)| self.point(x, high)));
        canvas.polygon(&outline, color, opacity);
    }

    pub fn curve(&self, canvas: &mut Canvas, points: &[(f64, f64)], stroke: &Stroke) {
        let points: Vec<Point> = points.iter().map(|&(x, y)| self.point(x, y)).collect();
        canvas.polyline(&points, stroke);
    }
}

/// Rectangles of a grid of panels with a common left margin for the numbers of the vertical axes.
pub struct GridLayout {
    pub columns: usize,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub gap_x: f64,
    pub gap_y: f64,
    pub panel_height: f64,
}

impl GridLayout {
    pub fn area(&self, index: usize, canvas_width: f64) -> Area {
        let (column, row) = (index % self.columns, index / self.columns);
        let free = canvas_width - self.left - self.right - self.gap_x * (self.columns - 1) as f64;
        let width = free / self.columns as f64;
        Area::new(
            self.left + column as f64 * (width + self.gap_x),
            self.top + row as f64 * (self.panel_height + self.gap_y),
            width,
            self.panel_height,
        )
    }

    /// Height down to the lower edge of the last row of `count` panels.
    pub fn bottom(&self, count: usize) -> f64 {
        let rows = count.div_ceil(self.columns).max(1);
        self.top + rows as f64 * self.panel_height + (rows - 1) as f64 * self.gap_y
    }

    /// Whether panel `index` of `count` has no panel below it (it then carries the numbers).
    pub fn is_lowest(&self, index: usize, count: usize) -> bool {
        index + self.columns >= count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_map_to_the_edges() {
        let panel = Panel {
            area: Area::new(10.0, 20.0, 100.0, 50.0),
            x: Scale::linear(0.0, 4.0),
            y: Scale::log(1.0, 100.0),
        };
        assert_eq!(panel.point(0.0, 1.0), (10.0, 70.0));
        let (x, y) = panel.point(2.0, 10.0);
        assert!((x - 60.0).abs() < 1e-9 && (y - 45.0).abs() < 1e-9);
        // Zero and negative values stand on the floor of a logarithmic axis.
        assert_eq!((panel.py(0.0), panel.py(-3.0)), (70.0, 70.0));
    }

    #[test]
    fn degenerate_ranges_are_widened() {
        assert!(Scale::linear(3.0, 3.0).share(3.0).is_finite());
        assert!(Scale::linear(0.0, 0.0).share(0.0).is_finite());
        assert!(Scale::log(0.0, 0.0).share(5.0).is_finite());
    }

    #[test]
    fn grids_fill_the_width() {
        let grid = GridLayout {
            columns: 3,
            left: 40.0,
            top: 30.0,
            right: 10.0,
            gap_x: 10.0,
            gap_y: 20.0,
            panel_height: 80.0,
        };
        let last = grid.area(5, 370.0);
        assert_eq!((last.right(), last.bottom()), (360.0, grid.bottom(6)));
        assert!(grid.is_lowest(3, 5) && grid.is_lowest(2, 5) && !grid.is_lowest(1, 5));
    }
}
