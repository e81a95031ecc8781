//! Exact distances on the lattice: how far each site is from the nearest site of a set.
//!
//! Integer arithmetic only, so that a distance has the same bits everywhere.

use super::Lattice;

/// Distance of a site from an empty set.
pub const NOWHERE: i64 = i64::MAX;

/// Squared distance (in sites) from each site's center to the nearest center of a site in `mask`; 0 in the
/// mask, [`NOWHERE`] if the mask is empty. `mask` has one entry per site.
///
/// One pass per axis over the lower envelope of parabolas (Meijster et al. 2000; Felzenszwalb and
/// Huttenlocher 2012): exact, time proportional to the number of sites.
pub fn squared_distance(lattice: &Lattice, mask: &[bool]) -> Vec<i64> {
    let mut out: Vec<i64> = mask.iter().map(|&m| if m { 0 } else { NOWHERE }).collect();
    if !mask.contains(&true) {
        return out;
    }
    let plane = lattice.nx * lattice.ny;
    let mut pass = Pass::default();
    for row in (0..out.len()).step_by(lattice.nx) {
        pass.run(&mut out, row, 1, lattice.nx);
    }
    if lattice.ny > 1 {
        for z in 0..lattice.nz {
            for x in 0..lattice.nx {
                pass.run(&mut out, z * plane + x, lattice.nx, lattice.ny);
            }
        }
    }
    if lattice.nz > 1 {
        for column in 0..plane {
            pass.run(&mut out, column, plane, lattice.nz);
        }
    }
    out
}

/// Marks every site whose center is at most `distance` (um) from the center of a site in `mask`.
pub fn within(lattice: &Lattice, mask: &[bool], distance: f64) -> Vec<bool> {
    let reach = distance / lattice.spacing;
    squared_distance(lattice, mask).into_iter().map(|d| d != NOWHERE && d as f64 <= reach * reach).collect()
}

/// Work space of one line: the parabolas of the lower envelope and where each begins to be the lowest.
#[derive(Default)]
struct Pass {
    line: Vec<i64>,
    vertex: Vec<i64>,
    begin: Vec<i64>,
}

impl Pass {
    /// Replaces `f(i)` by `min_j f(j) + (i - j)^2` along one line of `length` entries.
    fn run(&mut self, data: &mut [i64], start: usize, stride: usize, length: usize) {
        self.line.clear();
        self.line.extend((0..length).map(|i| data[start + i * stride]));
        self.vertex.clear();
        self.begin.clear();
        for u in 0..length as i64 {
            let f = self.line[u as usize];
            if f == NOWHERE {
                continue;
            }
            loop {
                let Some(&top) = self.vertex.last() else {
                    self.vertex.push(u);
                    self.begin.push(0);
                    break;
                };
                // First index at which the parabola of u is strictly below that of the last vertex.
                let g = self.line[top as usize];
                let from = (u * u - top * top + f - g).div_euclid(2 * (u - top)) + 1;
                if self.begin.last().is_some_and(|&b| from <= b) {
                    self.vertex.pop();
                    self.begin.pop();
                } else {
                    if from < length as i64 {
                        self.vertex.push(u);
                        self.begin.push(from);
                    }
                    break;
                }
            }
        }
        if self.vertex.is_empty() {
            return;
        }
        let mut k = 0;
        for i in 0..length as i64 {
            while k + 1 < self.vertex.len() && self.begin[k + 1] <= i {
                k += 1;
            }
            let j = self.vertex[k];
            data[start + i as usize * stride] = self.line[j as usize] + (i - j) * (i - j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same by comparing every pair.
    fn direct(lattice: &Lattice, mask: &[bool]) -> Vec<i64> {
        let at = |s: usize| lattice.coordinates(s).map(|c| c as i64);
        let marked: Vec<usize> = (0..mask.len()).filter(|&s| mask[s]).collect();
        (0..mask.len())
            .map(|s| {
                let a = at(s);
                let squares = marked.iter().map(|&m| {
                    let b = at(m);
                    (0..3).map(|k| (a[k] - b[k]) * (a[k] - b[k])).sum()
                });
                squares.min().unwrap_or(NOWHERE)
            })
            .collect()
    }

    #[test]
    fn agrees_with_all_pairs_on_odd_boxes() {
        for (nx, ny, nz) in [(1, 1, 1), (17, 1, 1), (1, 13, 1), (11, 7, 1), (5, 6, 7), (1, 9, 4)] {
            let lattice = Lattice { nx, ny, nz, spacing: 20.0 };
            for every in [1usize, 3, 7, 23] {
                let mask: Vec<bool> =
                    (0..lattice.sites()).map(|s| (s * s + 5 * s).is_multiple_of(every)).collect();
                assert_eq!(
                    squared_distance(&lattice, &mask),
                    direct(&lattice, &mask),
                    "{nx} {ny} {nz} {every}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_nowhere() {
        let lattice = Lattice { nx: 4, ny: 4, nz: 1, spacing: 20.0 };
        assert!(squared_distance(&lattice, &[false; 16]).iter().all(|&d| d == NOWHERE));
    }
}
