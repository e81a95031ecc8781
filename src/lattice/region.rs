//! Closing holes: which sites a set of sites encloses.

use super::Lattice;

/// Marks every site that is in `mask` or cannot be reached from the walls through face neighbors outside `mask`.
/// Returns the marks; `mask` has one entry per site. Only the box around the mask is searched.
pub fn enclosed(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    let mut out = vec![false; mask.len()];
    let Some([low, high]) = bounds(lattice, mask) else { return out };
    // The box with a free ring around it, to flood from, and a blocked ring around that, to stay inside. A flat
    // lattice has rings along x and y only.
    const FREE: u8 = 0;
    const BLOCKED: u8 = 1;
    const OUTSIDE: u8 = 2;
    let flat = lattice.nz == 1;
    let ring = [2, 2, if flat { 0 } else { 2 }];
    let [w, h, d] = [0, 1, 2].map(|k| high[k] - low[k] + 1 + 2 * ring[k]);
    let at = |x: usize, y: usize, z: usize| x + w * (y + h * z);
    let mut local = vec![FREE; w * h * d];
    for z in 0..d {
        for y in 0..h {
            let edge = y == 0 || y + 1 == h || (!flat && (z == 0 || z + 1 == d));
            let row = at(0, y, z);
            if edge {
                local[row..row + w].fill(BLOCKED);
            } else {
                local[row] = BLOCKED;
                local[row + w - 1] = BLOCKED;
            }
        }
    }
    let each = |f: &mut dyn FnMut(usize, usize)| {
        for z in low[2]..=high[2] {
            for y in low[1]..=high[1] {
                let from = lattice.index(low[0], y, z);
                let to = at(ring[0], y - low[1] + ring[1], z - low[2] + ring[2]);
                for i in 0..=high[0] - low[0] {
                    f(from + i, to + i);
                }
            }
        }
    };
    each(&mut |site, here| local[here] = u8::from(mask[site]));
    let steps: &[usize] = if flat { &[1, w] } else { &[1, w, w * h] };
    let start = at(1, 1, usize::from(!flat));
    local[start] = OUTSIDE;
    let mut queue = vec![start];
    while let Some(here) = queue.pop() {
        for step in steps {
            for next in [here - step, here + step] {
                if local[next] == FREE {
                    local[next] = OUTSIDE;
                    queue.push(next);
                }
            }
        }
    }
    each(&mut |site, here| out[site] = local[here] != OUTSIDE);
    out
}

/// Smallest and largest coordinates of the mask; none where it is empty.
fn bounds(lattice: &Lattice, mask: &[bool]) -> Option<[[usize; 3]; 2]> {
    let (mut low, mut high) = ([usize::MAX; 3], [0; 3]);
    for (row, marks) in mask.chunks(lattice.nx).enumerate() {
        let Some(first) = marks.iter().position(|m| *m) else { continue };
        let last = marks.iter().rposition(|m| *m).unwrap_or(first);
        let (y, z) = (row % lattice.ny, row / lattice.ny);
        for (k, (a, b)) in [(first, last), (y, y), (z, z)].into_iter().enumerate() {
            low[k] = low[k].min(a);
            high[k] = high[k].max(b);
        }
    }
    (low[0] != usize::MAX).then_some([low, high])
}

/// Gaps narrower than this do not open a hole, um: about what an image of a mouse brain resolves (assumption). Without
/// it the measured size of a tumor with a hollow middle would jump whenever its rim opens or closes by one site.
const RESOLUTION: f64 = 100.0;

/// Marks the outline of a mass: `mask`, what it encloses, and what it encloses at the resolution of an image: blocks of
/// `RESOLUTION` without a masked site that cannot be reached from the walls through such blocks.
pub fn outlined(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    let mut out = enclosed(lattice, mask);
    let edge = ((RESOLUTION / lattice.spacing).round() as usize).max(1);
    if edge == 1 {
        return out;
    }
    let blocks = |n: usize| n.div_ceil(edge);
    let coarse = Lattice {
        nx: blocks(lattice.nx),
        ny: blocks(lattice.ny),
        nz: blocks(lattice.nz),
        spacing: RESOLUTION,
    };
    let mut held = vec![false; coarse.sites()];
    let block_row = |row: usize| coarse.index(0, (row % lattice.ny) / edge, (row / lattice.ny) / edge);
    for (row, marks) in mask.chunks(lattice.nx).enumerate() {
        let base = block_row(row);
        for (b, marks) in marks.chunks(edge).enumerate() {
            held[base + b] |= marks.contains(&true);
        }
    }
    let within = enclosed(&coarse, &held);
    for (row, marks) in out.chunks_mut(lattice.nx).enumerate() {
        let base = block_row(row);
        for (b, marks) in marks.chunks_mut(edge).enumerate() {
            if within[base + b] && !held[base + b] {
                marks.fill(true);
            }
        }
    }
    out
}

/// Number of sites in the outline of `mask`.
pub fn filled(lattice: &Lattice, mask: &[bool]) -> usize {
    outlined(lattice, mask).iter().filter(|&&m| m).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_encloses_its_hole_and_an_open_ring_does_not() {
        let lattice = Lattice { nx: 7, ny: 7, nz: 1, spacing: 20.0 };
        let mut mask = vec![false; 49];
        for i in 2..5 {
            for (x, y) in [(i, 2), (i, 4), (2, i), (4, i)] {
                mask[lattice.index(x, y, 0)] = true;
            }
        }
        assert_eq!(filled(&lattice, &mask), 9);
        mask[lattice.index(3, 2, 0)] = false;
        assert_eq!(filled(&lattice, &mask), 7);
    }

    #[test]
    fn a_gap_below_the_resolution_opens_no_large_hole() {
        let lattice = Lattice { nx: 100, ny: 100, nz: 1, spacing: 20.0 };
        let ring = |gap: usize| -> usize {
            let mask: Vec<bool> = (0..10_000)
                .map(|site| {
                    let [x, y, _] = lattice.coordinates(site);
                    let d2 = (x as i64 - 50) * (x as i64 - 50) + (y as i64 - 50) * (y as i64 - 50);
                    (900..=1225).contains(&d2) && !(x > 50 && y.abs_diff(50) < gap)
                })
                .collect();
            filled(&lattice, &mask)
        };
        let (closed, narrow, wide) = (ring(0), ring(2), ring(12));
        assert!(closed > 3700, "{closed}");
        assert!(narrow > 2200, "most of the hole still counts: {narrow}");
        assert!(wide < 1100, "{wide}");
    }

    #[test]
    fn a_shell_in_three_dimensions_is_closed_and_nothing_is_nothing() {
        let lattice = Lattice { nx: 5, ny: 5, nz: 5, spacing: 20.0 };
        let mut mask = vec![false; 125];
        for site in 0..125 {
            let c = lattice.coordinates(site);
            mask[site] = c.iter().all(|&v| (1..4).contains(&v)) && c != [2, 2, 2];
        }
        assert_eq!(filled(&lattice, &mask), 27);
        assert_eq!(filled(&lattice, &[false; 125]), 0);
    }
}
