//! Closing holes: which sites a set of sites encloses.

use super::Lattice;
use std::ops::Range;

/// Marks every site that is in `mask` or cannot be reached from the walls through face neighbors outside `mask`.
/// Returns the marks; `mask` has one entry per site.
///
/// Free runs along x are joined with the runs that they touch in the rows before; runs at the border of the box around
/// the mask are open.
pub fn enclosed(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    closed(lattice, mask, lattice.nz == 1)
}

/// `enclosed`, where a flat lattice has no walls along z.
fn closed(lattice: &Lattice, mask: &[bool], flat: bool) -> Vec<bool> {
    let mut out = mask.to_vec();
    let Some([low, high]) = bounds(lattice, mask) else { return out };
    let [h, d] = [1, 2].map(|k| high[k] - low[k] + 1);
    let mut runs = Runs::default();
    // Row (y, z) has the runs `rows[i]..rows[i + 1]` with i = y + h z.
    let mut rows = vec![0];
    for z in 0..d {
        for y in 0..h {
            let first = lattice.index(low[0], low[1] + y, low[2] + z);
            let marks = &mask[first..=first + high[0] - low[0]];
            let open = y == 0 || y + 1 == h || (!flat && (z == 0 || z + 1 == d));
            runs.add_row(marks, first, open);
            rows.push(runs.list.len());
            let row = y + h * z;
            for before in [(y > 0).then(|| row - 1), (z > 0).then(|| row - h)].into_iter().flatten() {
                let offset = if before + 1 == row { lattice.nx } else { lattice.nx * lattice.ny };
                runs.join(rows[before]..rows[before + 1], rows[row]..rows[row + 1], offset);
            }
        }
    }
    for run in 0..runs.list.len() {
        if runs.root(run) != OPEN {
            let (begin, end) = runs.list[run];
            out[begin..end].fill(true);
        }
    }
    out
}

/// Root of every run that reaches the border.
const OPEN: usize = usize::MAX;

/// Runs of free sites along x, by first site and the one after the last, and which of them hang together.
#[derive(Default)]
struct Runs {
    list: Vec<(usize, usize)>,
    parent: Vec<usize>,
}

impl Runs {
    /// Adds the runs of a row whose first site is `first`. Runs at its ends are open, and all are in an `open` row.
    fn add_row(&mut self, marks: &[bool], first: usize, open: bool) {
        let mut x = 0;
        while x < marks.len() {
            let Some(begin) = marks[x..].iter().position(|m| !m).map(|i| x + i) else { break };
            let end = marks[begin..].iter().position(|m| *m).map_or(marks.len(), |i| begin + i);
            let own = self.list.len();
            self.list.push((first + begin, first + end));
            self.parent.push(if open || begin == 0 || end == marks.len() { OPEN } else { own });
            x = end;
        }
    }

    fn root(&mut self, mut run: usize) -> usize {
        while run != OPEN && self.parent[run] != run {
            let above = self.parent[run];
            if above != OPEN {
                // Halving the path keeps it short.
                self.parent[run] = self.parent[above];
            }
            run = above;
        }
        run
    }

    /// Joins the runs of two rows that touch: sites of the second are `offset` after those of the first.
    fn join(&mut self, first: Range<usize>, second: Range<usize>, offset: usize) {
        let (mut a, mut b) = (first.start, second.start);
        while a < first.end && b < second.end {
            let (above, below) = (self.list[a], self.list[b]);
            let above = (above.0 + offset, above.1 + offset);
            if above.0 < below.1 && below.0 < above.1 {
                let (p, q) = (self.root(a), self.root(b));
                if p != q {
                    // OPEN is the largest: it stays the root.
                    let (child, root) = if p < q { (p, q) } else { (q, p) };
                    self.parent[child] = root;
                }
            }
            if above.1 < below.1 { a += 1 } else { b += 1 }
        }
    }
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
    let within = closed(&coarse, &held, lattice.nz == 1);
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

    /// Against a flood from the walls, site by site, on random masks of all densities, flat and deep.
    #[test]
    fn holes_are_what_a_flood_from_the_walls_does_not_reach() {
        for (n, [nx, ny, nz]) in
            [(0, [9, 11, 1]), (1, [40, 31, 1]), (2, [7, 6, 5]), (3, [13, 1, 1]), (4, [5, 6, 9])]
        {
            let lattice = Lattice { nx, ny, nz, spacing: 20.0 };
            for share in [30, 50, 60, 70, 85] {
                let mut x = 88_172_645_463_325_252u64 + n * 1000 + share;
                let mask: Vec<bool> = (0..lattice.sites())
                    .map(|_| {
                        x ^= x << 13;
                        x ^= x >> 7;
                        x ^= x << 17;
                        x % 100 < share
                    })
                    .collect();
                assert_eq!(enclosed(&lattice, &mask), flooded(&lattice, &mask), "{lattice:?} {share}");
            }
        }
    }

    /// Sites that a flood from the walls does not reach.
    fn flooded(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
        let sides = [lattice.nx, lattice.ny, lattice.nz];
        let at_wall = |site: usize| {
            let c = lattice.coordinates(site);
            (0..lattice.dimensions()).any(|k| c[k] == 0 || c[k] + 1 == sides[k])
        };
        let mut inside = vec![true; mask.len()];
        let mut queue: Vec<usize> = (0..mask.len()).filter(|s| !mask[*s] && at_wall(*s)).collect();
        queue.iter().for_each(|s| inside[*s] = false);
        let directions = lattice.directions(crate::lattice::Contact::Face);
        while let Some(site) = queue.pop() {
            for next in directions.iter().filter_map(|d| lattice.step(site, d)) {
                if inside[next] && !mask[next] {
                    inside[next] = false;
                    queue.push(next);
                }
            }
        }
        inside
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

    /// A tube open at both ends through a thin slab holds no water, at any resolution.
    #[test]
    fn a_tube_through_a_thin_slab_is_open() {
        for nz in [3, 5, 6] {
            let lattice = Lattice { nx: 60, ny: 60, nz, spacing: 20.0 };
            let mask: Vec<bool> = (0..lattice.sites())
                .map(|site| {
                    let [x, y, _] = lattice.coordinates(site);
                    let d2 = (x as i64 - 30) * (x as i64 - 30) + (y as i64 - 30) * (y as i64 - 30);
                    (400..=625).contains(&d2)
                })
                .collect();
            let held = mask.iter().filter(|m| **m).count();
            assert_eq!(filled(&lattice, &mask), held, "{nz}");
        }
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
