//! The gate on multigrid: how much one cycle reduces the error, on every kind of box.
use crate::field::solver::multigrid::{Assembly, Cycles, Multigrid};
use crate::lattice::Lattice;

/// A cheap fixed pattern in [0, 1): test data, not a random number generator.
fn pattern(i: usize) -> f64 {
    let x = (i as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (x >> 40) as f64 / (1u64 << 24) as f64
}

/// Largest factor (per cycle, geometric mean over cycles 3 to 8) by which V(2,1) reduces an error in f64. The
/// exact solution is zero, so the iterate is the error.
fn factor(sides: [usize; 3], fixed: bool, mass: f64, exchange: f64, loss: impl Fn(usize) -> f64) -> f64 {
    let lattice = Lattice { nx: sides[0], ny: sides[1], nz: sides[2], spacing: 20.0 };
    let n = lattice.sites();
    let mut multigrid = Multigrid::<f64>::new(&lattice, fixed);
    let c: Vec<f64> = (0..n).map(pattern).collect();
    let loss: Vec<f64> = (0..n).map(loss).collect();
    let source: Vec<f64> = c.iter().map(|v| -v * mass).collect();
    let assembly = Assembly { mass: mass / exchange, rate: 1.0 / exchange, wall: 0.0 };
    multigrid.assemble(&c, &loss, &source, &assembly);
    let cycles = Cycles { count: 1, before: 2, after: 1 };
    let mut norms = vec![norm(&multigrid)];
    for _ in 0..8 {
        multigrid.solve(&cycles);
        norms.push(norm(&multigrid));
        if norms[norms.len() - 1] < 1e-13 * norms[0] {
            break;
        }
    }
    let last = norms.len() - 1;
    let from = if last > 4 { 2 } else { 0 };
    if norms[last] == 0.0 { 0.0 } else { (norms[last] / norms[from]).powf(1.0 / (last - from) as f64) }
}

fn norm(multigrid: &Multigrid<f64>) -> f64 {
    multigrid.finest().iter().map(|v| v * v).sum::<f64>().sqrt()
}

#[test]
fn factors() {
    let sides = [1, 2, 3, 37, 64, 75, 101, 127, 150, 200, 202, 250];
    let mut boxes: Vec<[usize; 3]> = sides.iter().map(|&n| [n, n, 1]).collect();
    boxes.extend([[1, 200, 1], [200, 1, 1], [3, 250, 1], [250, 3, 1], [37, 202, 1], [202, 75, 1]]);
    boxes.extend([16, 25, 37, 75].map(|n| [n, n, n]));
    boxes.extend([[5, 33, 60], [60, 2, 17]]);
    for b in boxes {
        let mut line = format!("{b:?}: ");
        for fixed in [true, false] {
            for ex in [0.0625, 1.5, 15.0, 250.0] {
                let ball = |i: usize| {
                    let x = i % b[0];
                    let y = i / b[0] % b[1];
                    let z = i / b[0] / b[1];
                    let d = |a: usize, n: usize| {
                        let q = (a as f64 + 0.5) / n as f64 - 0.5;
                        q * q
                    };
                    let tumor = d(x, b[0]) + d(y, b[1]) + if b[2] > 1 { d(z, b[2]) } else { 0.0 } < 0.09;
                    0.01 + if tumor { 10.0 } else { 0.0 } + if pattern(i + 77) < 0.09 { 10.0 } else { 0.0 }
                };
                line += &format!("{:.2} ", factor(b, fixed, 0.0, ex, ball));
                line += &format!("{:.2} ", factor(b, fixed, 1.0 / 30.0, ex, |_| 0.0102));
            }
            line += &format!(
                "[{:.2}] | ",
                if fixed {
                    factor(b, fixed, 0.0, 1.0, |_| 0.0)
                } else {
                    factor(b, fixed, 0.0, 1.0, |_| 1e-4)
                }
            );
        }
        println!("{line}");
    }
}
