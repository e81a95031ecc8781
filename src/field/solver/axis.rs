//! One axis of one multigrid level: widths of its cells, face coefficients, weights to and from the next level.
//!
//! Cells are twice as wide on each coarser level. A side that is odd leaves one cell without a partner: it is
//! carried down alone, so the last cell of a level may be narrower than the rest. All coefficients are those of
//! the finite-volume equation divided by the volume of the cell, in units of the site spacing, so that those of
//! one axis do not depend on the position along the others. Geometry only: no field, no float type but f64.

/// Cells of one axis: all of width `width` but the last, of width `last` (sites).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub n: usize,
    width: f64,
    last: f64,
    /// Whether both ends are walls of fixed value (else no-flux, or no walls at all).
    fixed: bool,
}

/// Coefficients of a cell: toward the lower and the upper neighbor (0 beyond the end), and of fixed walls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coupling {
    pub lower: f64,
    pub upper: f64,
    pub wall: f64,
}

/// Prolongation to a fine cell: `near` times its parent + `far` times the parent's neighbor on the child's side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interpolation {
    pub near: f64,
    pub far: f64,
}

impl Axis {
    pub fn finest(n: usize, fixed: bool) -> Self {
        Self { n, width: 1.0, last: 1.0, fixed }
    }

    /// The next coarser axis; a single cell stays as it is.
    pub fn coarser(&self) -> Self {
        if self.n == 1 {
            return *self;
        }
        let last = if self.n.is_multiple_of(2) { self.width + self.last } else { self.last };
        Self { n: self.n.div_ceil(2), width: 2.0 * self.width, last, fixed: self.fixed }
    }

    fn width(&self, i: usize) -> f64 {
        if i + 1 == self.n { self.last } else { self.width }
    }

    fn center(&self, i: usize) -> f64 {
        i as f64 * self.width + 0.5 * self.width(i)
    }

    fn length(&self) -> f64 {
        (self.n - 1) as f64 * self.width + self.last
    }

    /// Whether the coefficients of the last two cells differ from those of the others.
    pub fn is_graded(&self) -> bool {
        self.n > 1 && self.width != self.last
    }

    pub fn coupling(&self, i: usize) -> Coupling {
        let width = self.width(i);
        let toward = |j: usize| 2.0 / (width * (width + self.width(j)));
        let walls = if self.fixed { usize::from(i == 0) + usize::from(i + 1 == self.n) } else { 0 };
        Coupling {
            lower: if i > 0 { toward(i - 1) } else { 0.0 },
            upper: if i + 1 < self.n { toward(i + 1) } else { 0.0 },
            wall: walls as f64 * 2.0 / (width * width),
        }
    }

    /// Share of the volume of coarse cell `parent` that each of its two children has (0 for a missing one).
    pub fn shares(&self, parent: usize) -> [f64; 2] {
        let first = self.width(2 * parent);
        let second = if 2 * parent + 1 < self.n { self.width(2 * parent + 1) } else { 0.0 };
        [first / (first + second), second / (first + second)]
    }

    /// Linear interpolation between the centers of the coarse cells. Beyond a wall the ghost value is the
    /// interior one (no-flux) or its negative (fixed value: the correction vanishes on the wall).
    pub fn interpolation(&self, child: usize) -> Interpolation {
        if self.n == 1 {
            return Interpolation { near: 1.0, far: 0.0 };
        }
        let coarse = self.coarser();
        let parent = child / 2;
        let from_center = (self.center(child) - coarse.center(parent)).abs();
        let partner = if child.is_multiple_of(2) { parent.checked_sub(1) } else { Some(parent + 1) };
        match partner.filter(|&p| p < coarse.n) {
            Some(p) => {
                let far = from_center / (coarse.center(p) - coarse.center(parent)).abs();
                Interpolation { near: 1.0 - far, far }
            }
            None if self.fixed => {
                let wall = if child.is_multiple_of(2) { 0.0 } else { self.length() };
                let near = (self.center(child) - wall).abs() / (coarse.center(parent) - wall).abs();
                Interpolation { near, far: 0.0 }
            }
            None => Interpolation { near: 1.0, far: 0.0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Axis;

    #[test]
    fn every_level_keeps_the_length_and_ends_in_one_cell() {
        for n in [1, 2, 3, 5, 37, 75, 101, 127, 202, 250] {
            let mut axis = Axis::finest(n, true);
            while axis.n > 1 {
                let coarse = axis.coarser();
                assert_eq!(coarse.length(), n as f64);
                for parent in 0..coarse.n {
                    assert!((axis.shares(parent).iter().sum::<f64>() - 1.0).abs() < 1e-15);
                }
                axis = coarse;
            }
        }
    }

    #[test]
    fn interpolation_reproduces_a_straight_line_that_vanishes_on_the_wall() {
        for n in [4, 5, 6, 7, 11, 37, 75] {
            let mut axis = Axis::finest(n, true);
            while axis.n > 2 {
                let coarse = axis.coarser();
                // The line through 0 on the lower wall; the upper wall, where it is not 0, is left out.
                for child in 0..axis.n - 1 {
                    let w = axis.interpolation(child);
                    let parent = child / 2;
                    let partner = if child % 2 == 0 { parent.saturating_sub(1) } else { parent + 1 };
                    let far = if w.far == 0.0 { 0.0 } else { w.far * coarse.center(partner) };
                    let value = w.near * coarse.center(parent) + far;
                    assert!((value - axis.center(child)).abs() < 1e-12, "{n} {child}");
                }
                axis = coarse;
            }
        }
    }

    #[test]
    fn coupling_is_symmetric_in_flux() {
        let axis = Axis::finest(37, false).coarser().coarser().coarser();
        assert!(axis.is_graded());
        for i in 0..axis.n - 1 {
            let (a, b) = (axis.coupling(i), axis.coupling(i + 1));
            assert!((a.upper * axis.width(i) - b.lower * axis.width(i + 1)).abs() < 1e-15);
        }
    }
}
