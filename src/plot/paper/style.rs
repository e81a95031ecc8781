//! Colors, dashes and markers that stay apart in print, in gray and for color-blind readers.

/// An sRGB color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// `#rrggbb`.
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Mixed with white: 0 leaves the color, 1 is white.
    pub fn pale(self, share: f64) -> Self {
        let mix = |c: u8| (f64::from(c) + (255.0 - f64::from(c)) * share).round() as u8;
        Self(mix(self.0), mix(self.1), mix(self.2))
    }

    /// Relative luminance in [0, 1] of the sRGB values (Rec. 709 weights): decides between black and white text.
    pub fn lightness(self) -> f64 {
        (0.2126 * f64::from(self.0) + 0.7152 * f64::from(self.1) + 0.0722 * f64::from(self.2)) / 255.0
    }
}

pub const INK: Color = Color(0x22, 0x22, 0x22);
pub const GRAY: Color = Color(0x77, 0x77, 0x77);
pub const FAINT: Color = Color(0xe4, 0xe4, 0xe4);
pub const WHITE: Color = Color(0xff, 0xff, 0xff);
pub const ALARM: Color = Color(0xd5, 0x5e, 0x00);

/// Font sizes in px at a width of 680 px for 180 mm of paper: 8 pt for labels, 7 pt for ticks.
pub const TITLE: f64 = 12.0;
pub const LABEL: f64 = 10.5;
pub const TICK: f64 = 9.5;
pub const NOTE: f64 = 8.5;

/// The eight colors of Okabe and Ito (2008), black first; yellow is darkened so that thin lines hold on white.
pub const PALETTE: [Color; 8] = [
    Color(0x00, 0x00, 0x00),
    Color(0x56, 0xb4, 0xe9),
    Color(0xe6, 0x9f, 0x00),
    Color(0xcc, 0x79, 0xa7),
    Color(0xb8, 0xa8, 0x00),
    Color(0x00, 0x9e, 0x73),
    Color(0x00, 0x72, 0xb2),
    Color(0xd5, 0x5e, 0x00),
];

const DASHES: [&[f64]; 8] = [
    &[],
    &[7.0, 2.5],
    &[2.0, 2.0],
    &[8.0, 2.0, 2.0, 2.0],
    &[4.0, 2.0],
    &[10.0, 2.0, 2.0, 2.0, 2.0, 2.0],
    &[12.0, 3.0],
    &[],
];

/// Shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Disc,
    Square,
    Triangle,
    Diamond,
    Wedge,
    Plus,
    Cross,
    Star,
}

const MARKERS: [Marker; 8] = [
    Marker::Disc,
    Marker::Square,
    Marker::Triangle,
    Marker::Diamond,
    Marker::Wedge,
    Marker::Plus,
    Marker::Cross,
    Marker::Star,
];

/// Color, dash, marker and width that belong to one arm or one series throughout all figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineLook {
    pub color: Color,
    pub dash: &'static [f64],
    pub marker: Marker,
    pub width: f64,
}

impl LineLook {
    /// The look of the `index`-th arm or series; after eight the colors return with shifted dashes.
    pub fn nth(index: usize) -> Self {
        let (k, round) = (index % 8, index / 8);
        // The last of eight is drawn solid and heavier: it and the first are the solid ones.
        let width = if k == 7 { 2.3 } else { 1.6 };
        let turn = (k + 3 * round) % 8;
        Self { color: PALETTE[k], dash: DASHES[turn], marker: MARKERS[turn], width }
    }
}

/// The map `viridis` of matplotlib (van der Walt and Smith 2015), at sixteen nodes: perceptually even, and monotone in gray.
const VIRIDIS: [Color; 16] = [
    Color(0x44, 0x01, 0x54),
    Color(0x48, 0x1a, 0x6c),
    Color(0x47, 0x2f, 0x7d),
    Color(0x41, 0x44, 0x87),
    Color(0x39, 0x56, 0x8c),
    Color(0x31, 0x68, 0x8e),
    Color(0x2a, 0x78, 0x8e),
    Color(0x23, 0x88, 0x8e),
    Color(0x1f, 0x98, 0x8b),
    Color(0x22, 0xa8, 0x84),
    Color(0x35, 0xb7, 0x79),
    Color(0x54, 0xc5, 0x68),
    Color(0x7a, 0xd1, 0x51),
    Color(0xa5, 0xdb, 0x36),
    Color(0xd2, 0xe2, 0x1b),
    Color(0xfd, 0xe7, 0x25),
];

/// Color of `share` in [0, 1] on the map; outside it is held at the ends.
pub fn viridis(share: f64) -> Color {
    let at = if share > 0.0 { share } else { 0.0 };
    let at = (if at < 1.0 { at } else { 1.0 }) * 15.0;
    let low = (at.floor() as usize).min(14);
    let t = at - low as f64;
    let (a, b) = (VIRIDIS[low], VIRIDIS[low + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + t * (f64::from(b) - f64::from(a))).round() as u8;
    Color(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_looks_are_distinct() {
        for i in 0..16 {
            for j in 0..i {
                let (a, b) = (LineLook::nth(i), LineLook::nth(j));
                assert!((a.color, a.marker) != (b.color, b.marker), "{i} looks like {j}");
            }
        }
    }

    #[test]
    fn the_map_brightens_all_the_way() {
        let steps: Vec<f64> = (0..=100).map(|i| viridis(f64::from(i) / 100.0).lightness()).collect();
        assert!(steps.windows(2).all(|w| w[1] >= w[0] - 1e-9));
        assert_eq!(viridis(-1.0), viridis(0.0));
        assert_eq!(viridis(f64::NAN), viridis(0.0));
        assert_eq!(viridis(2.0), Color(0xfd, 0xe7, 0x25));
    }
}
