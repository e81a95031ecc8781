//! A canvas that writes SVG. The same calls give the same bytes.

use super::style::{Color, Marker};
use super::text::{Anchor, SCRIPT, TextStyle, spans};
use std::fmt::Write as _;

/// A position in px, y downward.
pub type Point = (f64, f64);

/// An axis-parallel rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self { left, top, width, height }
    }

    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub fn center(&self) -> Point {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub color: Color,
    pub width: f64,
    pub dash: &'static [f64],
    pub opacity: f64,
}

impl Stroke {
    pub fn new(color: Color, width: f64) -> Self {
        Self { color, width, dash: &[], opacity: 1.0 }
    }

    pub fn dash(self, dash: &'static [f64]) -> Self {
        Self { dash, ..self }
    }

    pub fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    fn attributes(&self) -> String {
        let mut out =
            format!(" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"", self.color.hex(), num(self.width));
        if !self.dash.is_empty() {
            let parts: Vec<String> = self.dash.iter().map(|d| num(*d)).collect();
            let _ = write!(out, " stroke-dasharray=\"{}\"", parts.join(" "));
        }
        if self.opacity < 1.0 {
            let _ = write!(out, " stroke-opacity=\"{}\"", num(self.opacity));
        }
        out
    }
}

/// A number with at most two decimals and no trailing zeros; anything that is not finite is drawn at 0 so that a
/// file stays readable.
pub fn num(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A picture in the making.
#[derive(Debug, Clone)]
pub struct Canvas {
    pub width: f64,
    pub height: f64,
    body: String,
    clips: usize,
}

impl Canvas {
    pub fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new(), clips: 0 }
    }

    /// The finished document; the family names a free face and its metric twins.
    pub fn into_svg(self) -> String {
        let (w, h) = (num(self.width), num(self.height));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
             font-family=\"'Liberation Sans', Arial, Helvetica, sans-serif\">\n\
             <rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.body
        )
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }

    pub fn line(&mut self, a: Point, b: Point, stroke: &Stroke) {
        self.polyline(&[a, b], stroke);
    }

    /// A line through points, with round joins; fewer than two points draw nothing.
    pub fn polyline(&mut self, points: &[Point], stroke: &Stroke) {
        if points.len() > 1 {
            let style = stroke.attributes();
            self.push(&format!("<polyline points=\"{}\"{style} stroke-linejoin=\"round\"/>", list(points)));
        }
    }

    /// A closed filled shape, used for bands.
    pub fn polygon(&mut self, points: &[Point], fill: Color, opacity: f64) {
        if points.len() > 2 {
            let fill = filled(fill, opacity);
            self.push(&format!("<polygon points=\"{}\"{fill}/>", list(points)));
        }
    }

    pub fn rect(&mut self, area: &Area, fill: Color, opacity: f64) {
        let (x, y, w, h) = (num(area.left), num(area.top), num(area.width), num(area.height));
        let fill = filled(fill, opacity);
        self.push(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{fill}/>"));
    }

    pub fn frame(&mut self, area: &Area, stroke: &Stroke) {
        let (x, y, w, h) = (num(area.left), num(area.top), num(area.width), num(area.height));
        let style = stroke.attributes();
        self.push(&format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"{style}/>"));
    }

    /// Cells of a lattice of `columns` x `rows` stretched over `area`: one path per color in lattice coordinates,
    /// drawn without smoothing so that neighbors leave no seam.
    pub fn lattice(&mut self, area: &Area, columns: usize, rows: usize, layers: &[(Color, String)]) {
        let (sx, sy) = (area.width / columns.max(1) as f64, area.height / rows.max(1) as f64);
        let (x, y) = (num(area.left), num(area.top));
        self.push(&format!(
            "<g transform=\"translate({x} {y}) scale({sx:.5} {sy:.5})\" shape-rendering=\"crispEdges\">"
        ));
        for (color, data) in layers.iter().filter(|(_, data)| !data.is_empty()) {
            self.push(&format!("<path d=\"{data}\" fill=\"{}\"/>", color.hex()));
        }
        self.push("</g>");
    }

    /// Slanted lines over an area: no value here.
    pub fn hatch(&mut self, area: &Area, color: Color) {
        self.clipped(area, |canvas| {
            let (step, reach) = (5.0, area.height);
            let mut x = area.left - reach;
            while x < area.right() {
                canvas.line((x, area.bottom()), (x + reach, area.top), &Stroke::new(color, 0.7));
                x += step;
            }
        });
    }

    /// A point of the given shape; hollow points are white inside.
    pub fn marker(&mut self, at: Point, marker: Marker, radius: f64, color: Color, hollow: bool) {
        let (x, y) = at;
        let r = radius;
        let fill = if hollow { "#ffffff".to_owned() } else { color.hex() };
        let edge = format!(" fill=\"{fill}\" stroke=\"{}\" stroke-width=\"1\"", color.hex());
        let shape = |points: &[Point]| format!("<polygon points=\"{}\"{edge}/>", list(points));
        let strokes = |pairs: &[(Point, Point)]| {
            let data: String = pairs
                .iter()
                .map(|(a, b)| format!("M{} {}L{} {}", num(a.0), num(a.1), num(b.0), num(b.1)))
                .collect();
            format!("<path d=\"{data}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>", color.hex())
        };
        // Open shapes look smaller than filled ones of the same size.
        let r = if matches!(marker, Marker::Plus | Marker::Cross | Marker::Star) { 1.3 * r } else { r };
        let d = 0.75 * r;
        let element = match marker {
            Marker::Disc => {
                format!("<circle cx=\"{}\" cy=\"{}\" r=\"{}\"{edge}/>", num(x), num(y), num(r))
            }
            Marker::Square => {
                let q = 0.88 * r;
                shape(&[(x - q, y - q), (x + q, y - q), (x + q, y + q), (x - q, y + q)])
            }
            Marker::Triangle => {
                shape(&[(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)])
            }
            Marker::Wedge => {
                shape(&[(x, y + 1.2 * r), (x + 1.1 * r, y - 0.8 * r), (x - 1.1 * r, y - 0.8 * r)])
            }
            Marker::Diamond => {
                let q = 1.25 * r;
                shape(&[(x, y - q), (x + q, y), (x, y + q), (x - q, y)])
            }
            Marker::Plus => strokes(&[((x - r, y), (x + r, y)), ((x, y - r), (x, y + r))]),
            Marker::Cross => strokes(&[((x - d, y - d), (x + d, y + d)), ((x - d, y + d), (x + d, y - d))]),
            Marker::Star => strokes(&[
                ((x - r, y), (x + r, y)),
                ((x - d, y - d), (x + d, y + d)),
                ((x - d, y + d), (x + d, y - d)),
            ]),
        };
        self.push(&element);
    }

    /// Text at a baseline point; `^{...}` is raised.
    pub fn text(&mut self, at: Point, text: &str, style: &TextStyle) {
        if text.is_empty() {
            return;
        }
        let (x, y) = (num(at.0), num(at.1));
        let mut element = format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"", num(style.size));
        match style.anchor {
            Anchor::Start => {}
            Anchor::Middle => element.push_str(" text-anchor=\"middle\""),
            Anchor::End => element.push_str(" text-anchor=\"end\""),
        }
        if style.bold {
            element.push_str(" font-weight=\"bold\"");
        }
        if style.upright {
            let _ = write!(element, " transform=\"rotate(-90 {x} {y})\"");
        }
        let _ = write!(element, " fill=\"{}\">", style.color.hex());
        let mut lifted = false;
        for span in spans(text) {
            let body = escape(span.text);
            let rise = 0.36 * style.size;
            if span.raised {
                let size = num(SCRIPT * style.size);
                let _ = write!(element, "<tspan dy=\"{}\" font-size=\"{size}\">{body}</tspan>", num(-rise));
            } else if lifted {
                let _ = write!(element, "<tspan dy=\"{}\">{body}</tspan>", num(rise));
            } else {
                element.push_str(&body);
            }
            lifted = span.raised;
        }
        element.push_str("</text>");
        self.push(&element);
    }

    /// Text whose middle height stands at the point.
    pub fn text_centered(&mut self, at: Point, text: &str, style: &TextStyle) {
        let shift = 0.35 * style.size;
        let at = if style.upright { (at.0 + shift, at.1) } else { (at.0, at.1 + shift) };
        self.text(at, text, style);
    }

    /// Draw inside `area` only.
    pub fn clipped(&mut self, area: &Area, draw: impl FnOnce(&mut Self)) {
        let id = self.clips;
        self.clips += 1;
        let (x, y, w, h) = (num(area.left), num(area.top), num(area.width), num(area.height));
        self.push(&format!(
            "<clipPath id=\"c{id}\"><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/></clipPath>\n\
             <g clip-path=\"url(#c{id})\">"
        ));
        draw(self);
        self.push("</g>");
    }
}

fn filled(color: Color, opacity: f64) -> String {
    let mut out = format!(" fill=\"{}\"", color.hex());
    if opacity < 1.0 {
        let _ = write!(out, " fill-opacity=\"{}\"", num(opacity));
    }
    out
}

fn list(points: &[Point]) -> String {
    let parts: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", num(*x), num(*y))).collect();
    parts.join(" ")
}

/// Names come from files: what has a meaning in XML is written as an entity, control characters are dropped.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::style::INK;
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(num(1.0), "1");
        assert_eq!(num(1.255), "1.25");
        assert_eq!(num(-0.001), "0");
        assert_eq!(num(f64::NAN), "0");
        assert_eq!(num(100.0), "100");
    }

    #[test]
    fn names_cannot_break_the_document() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.text((0.0, 0.0), "<script>&\"\u{7}^{2}x", &TextStyle::new(8.0));
        let svg = canvas.into_svg();
        assert!(svg.contains("&lt;script&gt;&amp;&quot;<tspan"));
        assert!(!svg.contains("<script") && !svg.contains('\u{7}'));
    }

    #[test]
    fn clips_nest_and_close() {
        let mut canvas = Canvas::new(10.0, 10.0);
        let area = Area::new(1.0, 1.0, 5.0, 5.0);
        canvas.clipped(&area, |c| c.clipped(&area, |c| c.rect(&area, INK, 0.5)));
        let svg = canvas.into_svg();
        assert_eq!(svg.matches("<g ").count(), svg.matches("</g>").count());
        assert!(svg.contains("id=\"c0\"") && svg.contains("id=\"c1\""));
    }
}
