//! Closing holes: which sites a set of sites encloses.

use super::Lattice;

/// Marks every site that is in `mask` or cannot be reached from the walls through face neighbors outside `mask`.
/// Returns the marks; `mask` has one entry per site.
pub fn enclosed(lattice: &Lattice, mask: &[bool]) -> Vec<bool> {
    let mut outside = vec![false; mask.len()];
    let mut queue = Vec::new();
    let flat = lattice.nz == 1;
    let mut reach = |site: usize, queue: &mut Vec<usize>| {
        if !mask[site] && !outside[site] {
            outside[site] = true;
            queue.push(site);
        }
    };
    for z in 0..lattice.nz {
        for y in 0..lattice.ny {
            let inner = y > 0 && y + 1 < lattice.ny && (flat || (z > 0 && z + 1 < lattice.nz));
            let row = lattice.index(0, y, z);
            if inner {
                reach(row, &mut queue);
                reach(row + lattice.nx - 1, &mut queue);
            } else {
                for x in 0..lattice.nx {
                    reach(row + x, &mut queue);
                }
            }
        }
    }
    let plane = lattice.nx * lattice.ny;
    while let Some(site) = queue.pop() {
        let [x, y, z] = lattice.coordinates(site);
        if x > 0 {
            reach(site - 1, &mut queue);
        }
        if x + 1 < lattice.nx {
            reach(site + 1, &mut queue);
        }
        if y > 0 {
            reach(site - lattice.nx, &mut queue);
        }
        if y + 1 < lattice.ny {
            reach(site + lattice.nx, &mut queue);
        }
        if z > 0 {
            reach(site - plane, &mut queue);
        }
        if z + 1 < lattice.nz {
            reach(site + plane, &mut queue);
        }
    }
    outside.into_iter().map(|out| !out).collect()
}

/// Number of sites in `mask` or enclosed by it.
pub fn filled(lattice: &Lattice, mask: &[bool]) -> usize {
    if mask.iter().any(|&m| m) { enclosed(lattice, mask).iter().filter(|&&m| m).count() } else { 0 }
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
    fn a_shell_in_three_dimensions_is_closed_and_nothing_is_nothing() {
        let lattice = Lattice { nx: 5, ny: 5, nz: 5, spacing: 20.0 };
        let mut mask = vec![false; 125];
        for site in 0..125 {
            let c = lattice.coordinates(site);
            mask[site] = c.iter().all(|&v| (1..4).contains(&v)) && c != [2, 2, 2];
        }
        assert_eq!(filled(&lattice, &mask), 27);
        assert_eq!(filled(&lattice, &vec![false; 125]), 0);
    }
}
