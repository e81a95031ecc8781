//! Text: widths from the metrics of the embedded face, and superscripts written `^{...}`.

use super::style::{Color, INK};

/// Advance widths of Liberation Sans Regular in 1/1000 em for U+0020..=U+007E (metric-compatible with Arial).
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// Bold letters are wider by this on average; legends and titles need no more.
const BOLD: f64 = 1.07;

/// Superscripts are set at this part of the size.
pub const SCRIPT: f64 = 0.72;

/// Where the text stands relative to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a piece of text is set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextStyle {
    pub size: f64,
    pub bold: bool,
    pub anchor: Anchor,
    pub color: Color,
    /// Turned counterclockwise by 90 degrees (labels of vertical axes).
    pub upright: bool,
}

impl TextStyle {
    pub fn new(size: f64) -> Self {
        Self { size, bold: false, anchor: Anchor::Start, color: INK, upright: false }
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub fn middle(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    pub fn end(self) -> Self {
        Self { anchor: Anchor::End, ..self }
    }

    pub fn color(self, color: Color) -> Self {
        Self { color, ..self }
    }

    pub fn upright(self) -> Self {
        Self { upright: true, ..self }
    }
}

/// A stretch of text on the line or raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<'a> {
    pub text: &'a str,
    pub raised: bool,
}

/// Split `a^{b}c` into spans.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("^{") {
        let Some((inside, tail)) = after.split_once('}') else { break };
        out.push(Span { text: before, raised: false });
        out.push(Span { text: inside, raised: true });
        rest = tail;
    }
    out.push(Span { text: rest, raised: false });
    out.retain(|span| !span.text.is_empty());
    out
}

/// Width of `text` in the units of `size`.
pub fn width(text: &str, style: &TextStyle) -> f64 {
    let em: f64 = spans(text)
        .iter()
        .map(|span| {
            let plain: f64 = span.text.chars().map(advance).sum();
            if span.raised { SCRIPT * plain } else { plain }
        })
        .sum();
    em * style.size * if style.bold { BOLD } else { 1.0 }
}

fn advance(letter: char) -> f64 {
    let known = u32::from(letter).checked_sub(0x20).and_then(|i| WIDTHS.get(i as usize));
    f64::from(known.copied().unwrap_or(570)) / 1000.0
}

/// Shorten `text` with an ellipsis so that it fits `room`. A superscript stays whole or goes: part of one would be
/// another number, and so would its digits on the line.
pub fn fit(text: &str, style: &TextStyle, room: f64) -> String {
    if width(text, style) <= room {
        return text.to_owned();
    }
    let room = room - width("…", style);
    let pieces = spans(text).into_iter().flat_map(|span| match span.raised {
        true => vec![format!("^{{{}}}", span.text)],
        false => span.text.chars().map(String::from).collect(),
    });
    let mut kept = String::new();
    for piece in pieces {
        let longer = kept.clone() + &piece;
        if width(&longer, style) > room {
            break;
        }
        kept = longer;
    }
    kept.trim_end().to_owned() + "…"
}

/// Break `text` at spaces into lines no wider than `room`.
pub fn wrap(text: &str, style: &TextStyle, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // Only plain spaces break: "n = 12" is written with fixed ones.
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), style) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn superscripts_split_and_narrow() {
        let parts = spans("tumor (mm^{3}) x");
        assert_eq!(parts.len(), 3);
        assert!(parts[1].raised && parts[1].text == "3");
        assert_eq!(spans("no^{end").len(), 1);
        let style = TextStyle::new(10.0);
        assert!((width("000", &style) - 16.68).abs() < 1e-9);
        assert!(width("10^{3}", &style) < width("103", &style));
        assert!(width("ab", &style.bold()) > width("ab", &style));
    }

    #[test]
    fn long_text_is_fitted_and_wrapped() {
        let style = TextStyle::new(10.0);
        let short = fit("a very long label indeed", &style, 60.0);
        assert!(short.ends_with('…') && width(&short, &style) <= 60.0);
        assert_eq!(fit("short", &style, 60.0), "short");
        // Powers keep their superscript, or lose all of it.
        assert_eq!(fit("10^{12} cells of a tumor", &style, 50.0), "10^{12} cells…");
        assert_eq!(fit("10^{12345}", &style, 24.0), "10…");
        let lines = wrap("one two three four", &style, 45.0);
        assert!(lines.len() > 1 && lines.iter().all(|l| width(l, &style) <= 45.0));
    }
}
