//! Small multiples over time with shared axes: one panel per arm.

use super::page;
use crate::math;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::panel::{Axis, GridLayout};
use crate::plot::paper::style::LABEL;
use crate::plot::paper::{Area, Canvas, Panel, Scale, Stroke, TextStyle};
use crate::plot::read::Source;

const Y_TICKS: usize = 6;

/// Span beyond which an axis of positive values is logarithmic.
const WIDE: f64 = 30.0;

/// Vertical scale for values between `low` (smallest positive) and `high`: linear from zero, or logarithmic with
/// half-decade ends where the values span much.
pub fn scale(low: f64, high: f64) -> Scale {
    if low > 0.0 && high / low > WIDE {
        let down = |v: f64| math::pow(10.0, (2.0 * math::log10(v)).floor() / 2.0);
        let up = |v: f64| math::pow(10.0, (2.0 * math::log10(v)).ceil() / 2.0);
        Scale::log(down(low), up(1.05 * high))
    } else {
        Scale::linear(0.0, 1.06 * high)
    }
}

/// Horizontal scale for days: from day 0, or from where something was before it.
pub fn days(days: &[f64]) -> Scale {
    let first = days.first().copied().filter(|d| *d < 0.0).unwrap_or(0.0);
    Scale::linear(first, days.last().copied().unwrap_or(1.0))
}

/// Number of columns for `count` panels.
pub fn columns(count: usize) -> usize {
    match count {
        0 | 1 => 1,
        2 => 2,
        3 | 5 | 6 | 9 => 3,
        _ => 4,
    }
}

/// What is drawn: the page, the axes, one heading per panel.
pub struct Multiples<'a> {
    pub canvas: Canvas,
    pub top: f64,
    pub x: Scale,
    pub y: Scale,
    pub x_label: &'a str,
    pub y_label: &'a str,
    pub headings: &'a [String],
    pub legend: &'a [(String, Key)],
}

impl Multiples<'_> {
    /// Draw all panels; `fill` draws the data of panel `i`, clipped to its area. Returns the canvas and the lower edge.
    pub fn draw(mut self, mut fill: impl FnMut(&mut Canvas, &Panel, usize)) -> (Canvas, f64) {
        let count = self.headings.len();
        let columns = columns(count);
        let tall =
            legend::draw(&mut self.canvas, self.legend, page::LEFT, page::WIDTH - page::LEFT, self.top);
        let ticks = if columns == 1 { 7 } else { 4 };
        let headroom = if count > 1 { 32.0 } else { 12.0 };
        let probe = Panel { area: Area::new(0.0, 0.0, 1.0, 1.0), x: self.x, y: self.y };
        let layout = GridLayout {
            columns,
            left: 34.0 + probe.number_room(Y_TICKS),
            top: self.top + tall + headroom,
            right: 16.0,
            gap_x: 16.0,
            gap_y: 36.0,
            panel_height: match columns {
                1 => 300.0,
                2 => 210.0,
                3 => 160.0,
                _ => 135.0,
            },
        };
        for (index, heading) in self.headings.iter().enumerate() {
            let area = layout.area(index, page::WIDTH);
            let panel = Panel { area, x: self.x, y: self.y };
            let (first, lowest) = (index % columns == 0, layout.is_lowest(index, count));
            panel.grid(&mut self.canvas, Y_TICKS);
            // Half a line width more, so that lines on the edges keep theirs.
            let (left, top) = (area.left - 1.2, area.top - 1.2);
            let inside = Area::new(left, top, area.width + 2.4, area.height + 2.4);
            self.canvas.clipped(&inside, |canvas| fill(canvas, &panel, index));
            let x = Axis { label: "", numbers: lowest, ticks };
            let y = Axis { label: "", numbers: first, ticks: Y_TICKS };
            panel.axes(&mut self.canvas, &x, &y);
            if count > 1 {
                panel.heading(&mut self.canvas, heading);
            }
        }
        let bottom = layout.bottom(count);
        let whole = Panel {
            area: Area::new(
                layout.left,
                layout.top,
                page::WIDTH - layout.left - layout.right,
                bottom - layout.top,
            ),
            x: self.x,
            y: self.y,
        };
        axis_titles(&mut self.canvas, &whole, self.x_label, self.y_label);
        (self.canvas, bottom + 34.0)
    }
}

/// One label for all horizontal axes and one for all vertical ones.
fn axis_titles(canvas: &mut Canvas, whole: &Panel, x: &str, y: &str) {
    let style = TextStyle::new(LABEL).middle();
    let center = whole.area.center();
    canvas.text((center.0, whole.area.bottom() + 31.0), x, &style);
    canvas.text_centered((page::LEFT + 2.0, center.1), y, &style.upright());
}

/// A curve that is thin and pale once less than half of a group is left. A dash would be taken for another look.
pub fn fading_curve(canvas: &mut Canvas, panel: &Panel, rows: &[(f64, f64, f64)], stroke: &Stroke) {
    let split = rows.iter().position(|r| r.2 < 0.5).unwrap_or(rows.len());
    let points = |part: &[(f64, f64, f64)]| part.iter().map(|r| (r.0, r.1)).collect::<Vec<_>>();
    panel.curve(canvas, &points(&rows[..split]), stroke);
    if split < rows.len() {
        // The pale part starts where the other one ended.
        let pale = Stroke { width: 0.5 * stroke.width, ..stroke.opacity(0.55) };
        panel.curve(canvas, &points(&rows[split.saturating_sub(1)..]), &pale);
    }
}

/// What to say of such curves.
pub fn still_watched(source: &Source) -> String {
    let who = source.member_word();
    format!("Medians over the {who}s still watched; thin and pale once fewer than half are left.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_positive_data_are_logarithmic() {
        assert!(matches!(scale(1.0, 1e5), Scale::Log { .. }));
        assert!(matches!(scale(10.0, 20.0), Scale::Linear { low: 0.0, .. }));
        let wide = scale(2.0, 900.0);
        assert!(wide.low() <= 2.0 && wide.high() >= 900.0);
    }
}
