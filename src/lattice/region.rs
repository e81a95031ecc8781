//! Which sites a mass of cells takes up, what it encloses, and how much of a ball its middle section stands for.

use super::Lattice;
use std::ops::Range;

/// Marks every site that is in `mask` or cannot be reached from the walls through face neighbors outside `mask`.
/// Returns the marks; `mask` has one entry per site.
///
/// Free runs along x are joined with the runs that they touch in the rows before; runs at the border of the box around
/// the mask are open.
pub fn enclosed(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    let mut out = mask.to_vec();
    let flat = lattice.nz == 1;
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

/// Edge of the cube with which the outline of a mass is closed, um: about what an image of a mouse brain resolves
/// (assumption).
const RESOLUTION: f64 = 100.0;

/// The mass that an image shows: `mask` closed by a cube of `RESOLUTION`, that is every site of which each cube of that
/// edge that holds it meets the mask. Gaps narrower than the cube belong to the mass, wider cavities do not.
///
/// What belongs is decided within the resolution of each site. An outline that filled whatever the mask encloses would jump
/// by a whole cavity when a rim opens or closes by one site.
pub fn closed(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    let mut out = mask.to_vec();
    // The cube reaches from a site on `reach` sites ahead: which corner of it counts as its place does not matter.
    let reach = ((RESOLUTION / lattice.spacing).round() as usize).saturating_sub(1);
    let (Some([low, high]), 1..) = (bounds(lattice, mask), reach) else { return out };
    // The box around the mask, with a margin ahead into which it grows before it shrinks again.
    let margin = [reach, reach, if lattice.nz > 1 { reach } else { 0 }];
    let within = [0, 1, 2].map(|k| high[k] - low[k] + 1);
    let [w, h, d] = [0, 1, 2].map(|k| within[k] + margin[k]);
    let mut marks = vec![0u8; w * h * d];
    let rows = (0..within[2]).flat_map(|z| (0..within[1]).map(move |y| (y, z)));
    let row = |y: usize, z: usize| {
        let own = w * (y + h * z);
        let first = lattice.index(low[0], low[1] + y, low[2] + z);
        (own..own + within[0], first..first + within[0])
    };
    for (y, z) in rows.clone() {
        let (own, site) = row(y, z);
        marks[own].iter_mut().zip(&mask[site]).for_each(|(mark, held)| *mark = u8::from(*held));
    }
    let mut before = Vec::new();
    for grow in [true, false] {
        for (stride, n, reach) in [(1, w, margin[0]), (w, h, margin[1]), (w * h, d, margin[2])] {
            before.clone_from(&marks);
            for offset in 1..=reach.min(n - 1) {
                // Along one axis, all lines at once: what is `offset` behind when it grows, ahead when it shrinks.
                let shift = offset * stride;
                for (marks, before) in marks.chunks_mut(n * stride).zip(before.chunks(n * stride)) {
                    let end = marks.len() - shift;
                    if grow {
                        meet(&mut marks[shift..], &before[..end], grow);
                    } else {
                        meet(&mut marks[..end], &before[shift..], grow);
                    }
                }
            }
        }
    }
    for (y, z) in rows {
        let (own, site) = row(y, z);
        out[site].iter_mut().zip(&marks[own]).for_each(|(held, mark)| *held = *mark != 0);
    }
    out
}

/// Joins (`grow`) or intersects marks of 0 and 1, place by place.
fn meet(marks: &mut [u8], from: &[u8], grow: bool) {
    if grow {
        marks.iter_mut().zip(from).for_each(|(mark, from)| *mark |= from);
    } else {
        marks.iter_mut().zip(from).for_each(|(mark, from)| *mark &= from);
    }
}

/// How many sites of the body a site of its middle section stands for, in the mean: `2 rho / dx`, rho the distance from the
/// center of the marked sites, since a site at rho is one of those that rotation carries over `4 pi rho^2 dx` of the body and
/// `2 pi rho dx^2` of the section. 4 r / (3 dx) for a disc of radius r, 2 r / dx for a thin ring. At least 1.
pub fn revolution(lattice: &Lattice, marks: &[bool]) -> f64 {
    let marked = || {
        let rows = marks.chunks(lattice.nx).enumerate();
        rows.flat_map(|(y, row)| (0..row.len()).filter(|x| row[*x]).map(move |x| (x, y)))
    };
    let (n, sum_x, sum_y) =
        marked().fold((0u64, 0u64, 0u64), |(n, a, b), (x, y)| (n + 1, a + x as u64, b + y as u64));
    if n == 0 {
        return 1.0;
    }
    let center = [sum_x, sum_y].map(|sum| sum as f64 / n as f64);
    let distance = |(x, y): (usize, usize)| {
        let (dx, dy) = (x as f64 - center[0], y as f64 - center[1]);
        (dx * dx + dy * dy).sqrt()
    };
    let mean = 2.0 * marked().map(distance).sum::<f64>() / n as f64;
    if mean > 1.0 { mean } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(marks: &[bool]) -> usize {
        marks.iter().filter(|m| **m).count()
    }

    #[test]
    fn a_ring_encloses_its_hole_and_an_open_ring_does_not() {
        let lattice = Lattice { nx: 7, ny: 7, nz: 1, spacing: 20.0 };
        let mut mask = vec![false; 49];
        for i in 2..5 {
            for (x, y) in [(i, 2), (i, 4), (2, i), (4, i)] {
                mask[lattice.index(x, y, 0)] = true;
            }
        }
        assert_eq!(count(&enclosed(&lattice, &mask)), 9);
        mask[lattice.index(3, 2, 0)] = false;
        assert_eq!(count(&enclosed(&lattice, &mask)), 7);
    }

    /// Random marks, `share` percent of the sites.
    fn random(lattice: &Lattice, share: u64, seed: u64) -> Vec<bool> {
        let mut x = 88_172_645_463_325_252u64 + seed * 1000 + share;
        let one = |_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x % 100 < share
        };
        (0..lattice.sites()).map(one).collect()
    }

    /// Against a flood from the walls, site by site, on random masks of all densities, flat and deep.
    #[test]
    fn holes_are_what_a_flood_from_the_walls_does_not_reach() {
        for (n, [nx, ny, nz]) in
            [(0, [9, 11, 1]), (1, [40, 31, 1]), (2, [7, 6, 5]), (3, [13, 1, 1]), (4, [5, 6, 9])]
        {
            let lattice = Lattice { nx, ny, nz, spacing: 20.0 };
            for share in [30, 50, 60, 70, 85] {
                let mask = random(&lattice, share, n);
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

    /// Site by site: closed where every cube of the resolution that holds the site meets the mask, beyond the walls too; of 5,
    /// 3, 2 and 10 sites, and of one, which closes nothing.
    #[test]
    fn closing_is_that_of_its_definition() {
        for (n, [nx, ny, nz], spacing, edge) in [
            (0, [9, 11, 1], 20.0, 5),
            (1, [30, 21, 1], 20.0, 5),
            (2, [7, 6, 5], 33.0, 3),
            (3, [13, 1, 1], 20.0, 5),
            (4, [9, 9, 9], 20.0, 5),
            (5, [12, 9, 1], 50.0, 2),
            (6, [7, 8, 6], 45.0, 2),
            (7, [25, 31, 1], 10.0, 10),
            (8, [6, 6, 1], 70.0, 1),
        ] {
            let lattice = Lattice { nx, ny, nz, spacing };
            let deep = if nz > 1 { edge } else { 1 };
            let cube = |c: [i64; 3], sign: i64| {
                (0..deep)
                    .flat_map(move |z| (0..edge).flat_map(move |y| (0..edge).map(move |x| [x, y, z])))
                    .map(move |o| [0, 1, 2].map(|k| c[k] + sign * o[k]))
            };
            for share in [1, 3, 10, 40] {
                let mask = random(&lattice, share, n);
                let held = |c: [i64; 3]| {
                    let inside = c.iter().zip([nx, ny, nz]).all(|(c, n)| (0..n as i64).contains(c));
                    inside && mask[lattice.index(c[0] as usize, c[1] as usize, c[2] as usize)]
                };
                let exact = |site: usize| {
                    let c = lattice.coordinates(site).map(|c| c as i64);
                    cube(c, -1).all(|corner| cube(corner, 1).any(held))
                };
                let exact: Vec<bool> = (0..lattice.sites()).map(exact).collect();
                assert_eq!(closed(&lattice, &mask), exact, "{lattice:?} {share}");
            }
        }
    }

    /// One site more or less changes the closed mass by less than the square of twice the resolution: a ring of 80,000 sites
    /// that opens site by site loses nothing else.
    #[test]
    fn a_mass_that_opens_does_not_jump() {
        let lattice = Lattice { nx: 400, ny: 400, nz: 1, spacing: 20.0 };
        let from_middle = |site: usize| {
            let [x, y, _] = lattice.coordinates(site);
            (x as i64 - 200).pow(2) + (y as i64 - 200).pow(2)
        };
        let mut mask: Vec<bool> =
            (0..160_000).map(|s| (90 * 90..=100 * 100).contains(&from_middle(s))).collect();
        let (mut sites, mut weight) = (count(&closed(&lattice, &mask)), revolution(&lattice, &mask));
        for site in (0..160_000).filter(|s| *s % 400 > 285 && s / 400 >= 195 && s / 400 <= 205) {
            if !std::mem::take(&mut mask[site]) {
                continue;
            }
            let marks = closed(&lattice, &mask);
            let (next, then) = (count(&marks), revolution(&lattice, &marks));
            assert!(next.abs_diff(sites) < 81, "{sites} {next}");
            assert!((then - weight).abs() < 0.01 * weight, "{weight} {then}");
            (sites, weight) = (next, then);
        }
    }

    /// Disc of radius r: 4 r / (3 dx); ring from a to b: 4/3 (b^3 - a^3) / (b^2 - a^2); wherever it lies. To 1 %.
    #[test]
    fn a_section_stands_for_its_body_of_revolution() {
        let lattice = Lattice { nx: 300, ny: 260, nz: 1, spacing: 20.0 };
        for (inner, outer) in [(0.0, 20.0), (0.0, 90.0), (50.0, 90.0), (85.0, 90.0)] {
            let marks: Vec<bool> = (0..lattice.sites())
                .map(|site| {
                    let [x, y, _] = lattice.coordinates(site);
                    let d = ((x as f64 - 120.3).powi(2) + (y as f64 - 131.8).powi(2)).sqrt();
                    d >= inner && d < outer
                })
                .collect();
            let exact = 4.0 / 3.0 * (outer.powi(3) - inner.powi(3)) / (outer.powi(2) - inner.powi(2));
            let w = revolution(&lattice, &marks);
            assert!((w / exact - 1.0).abs() < 0.01, "{inner} {outer}: {w} {exact}");
        }
        assert_eq!(revolution(&lattice, &vec![false; lattice.sites()]), 1.0);
    }
}
