//! Drawing without knowledge of data: canvas, text, axes, legends, and the way to PNG.
//!
//! The SVG is written directly instead of through a plotting backend: coordinates keep two decimals, dashes, clips
//! and superscripts are SVG's own, and lattice maps stay vector graphics of a few hundred kilobytes.

pub mod canvas;
pub mod legend;
pub mod panel;
pub mod png;
pub mod style;
pub mod text;
pub mod ticks;

pub use canvas::{Area, Canvas, Point, Stroke};
pub use panel::{Panel, Scale};
pub use style::{Color, LineLook};
pub use text::{Anchor, TextStyle};
