//! SVG to PNG with the two faces that travel inside the program; no font of the system is ever used.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// Liberation Sans, under the SIL Open Font License (assets/fonts/LICENSE.txt).
const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../assets/fonts/LiberationSans-Bold.ttf");

/// Pixels per SVG unit: 680 px for 180 mm become 2040 pixels, 288 per inch.
pub const PIXELS: f32 = 3.0;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    fonts.set_sans_serif_family("Liberation Sans");
    Arc::new(fonts)
});

/// The bytes of a PNG of `svg`; an error says what the SVG lacks, which would be a mistake of this program.
pub fn render(svg: &str) -> Result<Vec<u8>, String> {
    let options = Options {
        fontdb: Arc::clone(&FONTS),
        font_family: "Liberation Sans".to_owned(),
        ..Options::default()
    };
    let tree = Tree::from_str(svg, &options).map_err(|e| e.to_string())?;
    let size = tree.size();
    let (w, h) = ((size.width() * PIXELS).ceil() as u32, (size.height() * PIXELS).ceil() as u32);
    let mut pixels =
        Pixmap::new(w, h).ok_or_else(|| format!("a picture of {w} x {h} pixels is not possible"))?;
    resvg::render(&tree, Transform::from_scale(PIXELS, PIXELS), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::canvas::Canvas;
    use super::super::text::{TextStyle, width};
    use super::*;

    #[test]
    fn text_is_drawn_without_system_fonts_and_as_wide_as_measured() {
        let mut canvas = Canvas::new(200.0, 40.0);
        let style = TextStyle::new(20.0);
        canvas.text((10.0, 28.0), "HHamburgH", &style);
        let png = render(&canvas.into_svg()).unwrap();
        let pixels = Pixmap::decode_png(&png).unwrap();
        assert_eq!((pixels.width(), pixels.height()), (600, 120));
        let dark: Vec<usize> =
            pixels.pixels().iter().enumerate().filter(|(_, p)| p.red() < 128).map(|(i, _)| i % 600).collect();
        let (left, right) = (dark.iter().min().unwrap(), dark.iter().max().unwrap());
        let drawn = (right - left) as f64 / f64::from(PIXELS);
        // The letters' own side bearings are about 0.16 em for two H.
        assert!((drawn - width("HHamburgH", &style)).abs() < 0.2 * 20.0, "{drawn}");
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(render("<svg").is_err());
    }
}
