//! Legends that flow over as many lines as they need.

use super::canvas::{Area, Canvas, Stroke};
use super::style::{Color, LABEL, LineLook, TICK};
use super::text::{TextStyle, width};

/// The sample beside a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Key {
    Line(LineLook),
    /// A line with the marker on it.
    Point(LineLook),
    /// The same, the marker white inside.
    Hollow(LineLook),
    Patch(Color),
    /// A dashed or solid line of its own (an endpoint, a limit).
    Rule(Stroke),
}

const KEY_WIDTH: f64 = 26.0;
const PATCH_WIDTH: f64 = 12.0;
const GAP: f64 = 16.0;
const LINE: f64 = 15.0;

impl Key {
    fn width(&self) -> f64 {
        if matches!(self, Self::Patch(_)) { PATCH_WIDTH } else { KEY_WIDTH }
    }
}

/// Positions of the entries from `left` on, wrapping at `right`, and the height of all lines.
fn flow(entries: &[(String, Key)], left: f64, right: f64) -> (Vec<(f64, f64)>, f64) {
    let style = TextStyle::new(TICK);
    let (mut x, mut y) = (left, 0.0);
    let mut spots = Vec::with_capacity(entries.len());
    for (name, key) in entries {
        let need = key.width() + 5.0 + width(name, &style);
        if x > left && x + need > right {
            (x, y) = (left, y + LINE);
        }
        spots.push((x, y));
        x += need + GAP;
    }
    (spots, if entries.is_empty() { 0.0 } else { y + LINE })
}

/// Draw a legend with its upper edge at `top`; returns its height.
pub fn draw(canvas: &mut Canvas, entries: &[(String, Key)], left: f64, right: f64, top: f64) -> f64 {
    let (spots, tall) = flow(entries, left, right);
    for ((name, key), (x, y)) in entries.iter().zip(spots) {
        let middle = top + y + LINE / 2.0;
        let (a, b) = ((x, middle), (x + KEY_WIDTH, middle));
        match key {
            Key::Line(look) | Key::Point(look) | Key::Hollow(look) => {
                canvas.line(a, b, &Stroke::new(look.color, look.width).dash(look.dash));
                if !matches!(key, Key::Line(_)) {
                    let hollow = matches!(key, Key::Hollow(_));
                    canvas.marker((x + KEY_WIDTH / 2.0, middle), look.marker, 3.0, look.color, hollow);
                }
            }
            Key::Patch(color) => {
                canvas.rect(&Area::new(x, middle - 5.0, PATCH_WIDTH, 10.0), *color, 1.0);
            }
            Key::Rule(stroke) => canvas.line(a, b, stroke),
        }
        let style = TextStyle::new(TICK);
        canvas.text_centered((x + key.width() + 5.0, middle), name, &style);
    }
    tall
}

/// Vertical color bar with numbers on its right and a label above.
pub fn color_bar(
    canvas: &mut Canvas,
    area: &Area,
    scale: &super::panel::Scale,
    label: &str,
    color: impl Fn(f64) -> Color,
) {
    let steps = 64;
    for i in 0..steps {
        let share = (f64::from(i) + 0.5) / f64::from(steps);
        let tall = area.height / f64::from(steps);
        let top = area.bottom() - f64::from(i + 1) * tall;
        // A little overlap hides the seams between neighboring rectangles.
        let over = if i == 0 { 0.0 } else { 0.3 };
        canvas.rect(&Area::new(area.left, top, area.width, tall + over), color(share), 1.0);
    }
    let ink = Stroke::new(super::style::INK, 0.8);
    canvas.frame(area, &ink);
    for (value, text) in scale.ticks(5).0 {
        let y = area.bottom() - area.height * scale.share(value);
        canvas.line((area.right(), y), (area.right() + 3.0, y), &ink);
        canvas.text_centered((area.right() + 5.5, y), &text, &TextStyle::new(TICK));
    }
    canvas.text((area.left, area.top - 8.0), label, &TextStyle::new(LABEL));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_wrap_at_the_right_edge() {
        let names = ["untreated", "CAR T", "interferon", "both together"];
        let key = Key::Line(LineLook::nth(0));
        let entries: Vec<(String, Key)> = names.iter().map(|n| ((*n).to_owned(), key)).collect();
        let (spots, tall) = flow(&entries, 10.0, 180.0);
        assert!(tall > LINE);
        let style = TextStyle::new(TICK);
        for (name, (x, _)) in names.iter().zip(&spots) {
            assert!(x + KEY_WIDTH + 5.0 + width(name, &style) <= 180.0);
        }
        assert_eq!(flow(&[], 0.0, 10.0).1, 0.0);
    }
}
