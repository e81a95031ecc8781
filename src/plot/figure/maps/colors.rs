//! Colors of cell types on maps.

use crate::plot::paper::style::{Color, GRAY};
use std::collections::BTreeMap;

/// Colors of types by their place in the list: dark and saturated ones in turn, and paler ones once these are used up; dead
/// cells are gray. The most frequent live type is pale ground, so that rare cells stand out on it, in gray too.
pub(super) fn type_colors(types: &[(u16, String)], found: &BTreeMap<u16, usize>) -> Vec<Color> {
    const GROUND: Color = Color(0xf0, 0xdc, 0xa0);
    const DEAD: [Color; 2] = [Color(0x8a, 0x8a, 0x8a), Color(0xb8, 0xb8, 0xb8)];
    const OTHERS: [Color; 12] = [
        Color(0x00, 0x72, 0xb2),
        Color(0xd5, 0x5e, 0x00),
        Color(0x00, 0x9e, 0x73),
        Color(0x8b, 0x2f, 0xa0),
        Color(0x11, 0x11, 0x11),
        Color(0x56, 0xb4, 0xe9),
        Color(0xe3, 0x77, 0xc2),
        Color(0x6b, 0x6b, 0x00),
        Color(0xa5, 0x69, 0x4f),
        Color(0x33, 0x22, 0x88),
        Color(0xa0, 0xd0, 0x30),
        Color(0x1b, 0x5e, 0x5e),
    ];
    let pale = |c: Color| {
        let half = |part: u8| part / 2 + 127;
        Color(half(c.0), half(c.1), half(c.2))
    };
    // A pale black would be the gray of dead cells.
    let rounds = OTHERS.into_iter().chain(OTHERS.into_iter().filter(|c| c.lightness() > 0.1).map(pale));
    let (mut gray, mut live) = (DEAD.into_iter().cycle(), rounds.cycle());
    let dead = |name: &str| name.ends_with("(dead)");
    let often = |id: &u16| found.get(id).copied().unwrap_or(0);
    let alive = types.iter().filter(|(_, name)| !dead(name)).map(|(id, _)| *id);
    let ground = alive.max_by_key(|id| (often(id), std::cmp::Reverse(*id)));
    let of = |(id, name): &(u16, String)| {
        let next = if dead(name) { gray.next() } else { live.next() };
        if Some(*id) == ground { GROUND } else { next.unwrap_or(GRAY) }
    };
    types.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_its_own_color_by_its_place_in_the_list() {
        let types = |live: u16| -> Vec<(u16, String)> {
            let dead = (live + 1..live + 3).map(|id| (id, format!("T {id} (dead)")));
            (1..=live).map(|id| (id, format!("T {id}"))).chain(dead).collect()
        };
        let often = |id| BTreeMap::from([(2, 10), (id, 900), (22, 5000)]);
        let colors = type_colors(&types(20), &often(4));
        assert!(
            (0..13).all(|i| i == 3 || colors[i].lightness() < colors[3].lightness()),
            "the fourth is ground"
        );
        let mut distinct = colors.clone();
        distinct.sort_by_key(|c| (c.0, c.1, c.2));
        distinct.dedup();
        assert_eq!(distinct.len(), 22);
        assert_eq!(type_colors(&types(9), &often(4))[..9], colors[..9]);
        let other = type_colors(&types(20), &often(7));
        assert!((0..20).all(|i| i == 3 || i == 6 || other[i] == colors[i]));
    }
}
