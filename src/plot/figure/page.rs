//! What all figures share: width, title, the line below.

use crate::plot::paper::style::{GRAY, LABEL, NOTE, TITLE};
use crate::plot::paper::{Canvas, TextStyle, text};
use crate::plot::read::Source;

/// 180 mm of paper.
pub const WIDTH: f64 = 680.0;
/// Left edge of titles and legends.
pub const LEFT: f64 = 14.0;

const CLAIM: &str = "Simulation; research use only, no clinical decisions.";

/// A canvas with the study's title and what is shown; returns it with the height that is used up.
pub fn open(source: &Source, shown: &str) -> (Canvas, f64) {
    let mut canvas = Canvas::new(WIDTH, 0.0);
    let mut top = 10.0;
    let title = TextStyle::new(TITLE).bold();
    for line in text::wrap(&source.captions.title, &title, WIDTH - 2.0 * LEFT) {
        top += TITLE + 3.0;
        canvas.text((LEFT, top), &line, &title);
    }
    let style = TextStyle::new(LABEL).color(GRAY);
    for line in text::wrap(shown, &style, WIDTH - 2.0 * LEFT) {
        top += LABEL + 4.0;
        canvas.text((LEFT, top), &line, &style);
    }
    (canvas, top + 10.0)
}

/// Close the page below `bottom` with notes and the claim that every figure carries.
pub fn close(mut canvas: Canvas, source: &Source, notes: &[String], bottom: f64) -> Canvas {
    let style = TextStyle::new(NOTE).color(GRAY);
    let mut y = bottom + 4.0;
    let claim = source.captions.claim.as_deref().unwrap_or(CLAIM);
    for note in notes.iter().map(String::as_str).chain([claim]) {
        for line in text::wrap(note, &style, WIDTH - 2.0 * LEFT) {
            y += NOTE + 3.5;
            canvas.text((LEFT, y), &line, &style);
        }
    }
    canvas.height = (y + 9.0).ceil();
    canvas
}

/// A name from a table as part of a file name: letters, digits and underscores only, at most 60 of them.
pub fn file_name(id: &str) -> String {
    id.chars().take(60).map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_tables_cannot_leave_the_folder() {
        assert_eq!(file_name("../a b"), "___a_b");
        assert_eq!(file_name(&"x".repeat(200)).len(), 60);
    }
}
