//! Portable mathematics: the same bits on every machine.
//!
//! Results never use the standard library's transcendental functions, whose last bits depend on the system and the
//! processor. In double precision the pure-Rust `libm` crate serves (its version is pinned); in single precision, where
//! whole columns are evaluated, short polynomials of `+ - * /` that a compiler can widen. Nothing else may enter.

pub use libm::{
    cbrt, cos, erf, erfc, exp, expm1, fabs as abs, lgamma, log as ln, log1p as ln_1p, log2, log10, pow, sin,
};

/// e^x in single precision, relative error below 3e-7 on \[-87, 88\]; 0 below, and the largest finite power above.
/// x = n ln 2 + f with |f| <= ln 2 / 2, and a polynomial of degree 6 for e^f.
#[inline(always)]
pub fn exp32(x: f32) -> f32 {
    let x = if x < 88.0 { x } else { 88.0 };
    let clipped = if x > -87.0 { x } else { -87.0 };
    // Rounding to the nearest integer by adding and taking away 1.5 * 2^23.
    let n = (clipped * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    // ln 2 in two parts, so that n ln 2 is exact to the last bit that matters.
    let f = (clipped - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 720.0;
    let p = p * f + 1.0 / 120.0;
    let p = p * f + 1.0 / 24.0;
    let p = p * f + 1.0 / 6.0;
    let p = p * f + 0.5;
    let p = p * f + 1.0;
    let p = p * f + 1.0;
    let scale = f32::from_bits((((n as i32) + 127) << 23) as u32);
    if x > -87.0 { p * scale } else { 0.0 }
}

/// ln x in single precision for normal x > 0, absolute error below 2e-7 near 1 and relative below 3e-7 else.
/// x = 2^n m with m in \[sqrt(1/2), sqrt 2\], ln m = 2 atanh((m - 1) / (m + 1)).
#[inline(always)]
pub fn ln32(x: f32) -> f32 {
    let bits = x.to_bits() as i32;
    let n = (bits - 0x3f35_04f3) >> 23;
    let m = f32::from_bits((bits - (n << 23)) as u32);
    let s = (m - 1.0) / (m + 1.0);
    let z = s * s;
    let p = 2.0 / 9.0;
    let p = p * z + 2.0 / 7.0;
    let p = p * z + 2.0 / 5.0;
    let p = p * z + 2.0 / 3.0;
    let p = p * z + 2.0;
    let n = n as f32;
    (s * p + n * -2.121_944_4e-4) + n * 0.693_359_4
}

/// x^n for x > 0.
#[inline(always)]
pub fn pow32(x: f32, n: f32) -> f32 {
    exp32(n * ln32(x))
}

/// Hill response r = (s/half)^power / (1 + (s/half)^power), in \[0, 1\]; absolute error below 1e-6; 0 for s <= 0.
#[inline(always)]
pub fn hill32(s: f32, half: f32, power: f32) -> f32 {
    let mut out = [0.0f32];
    hill_into(&[s], half, power, &mut out);
    out[0]
}

/// `hill32` of a column; whole powers up to 4 by multiplication.
#[inline(always)]
pub fn hill_into(s: &[f32], half: f32, power: f32, out: &mut [f32]) {
    // 1 / (1 + (half/s)^power) cannot turn into infinity over infinity.
    let over = |s: f32| half / if s > 1e-30 { s } else { 1e-30 };
    let keep = |s: f32, x: f32| if s > 0.0 { 1.0 / (1.0 + x) } else { 0.0 };
    if power == 1.0 {
        for (out, s) in out.iter_mut().zip(s) {
            *out = keep(*s, over(*s));
        }
    } else if power == 2.0 {
        for (out, s) in out.iter_mut().zip(s) {
            let x = over(*s);
            *out = keep(*s, x * x);
        }
    } else if power == 3.0 {
        for (out, s) in out.iter_mut().zip(s) {
            let x = over(*s);
            *out = keep(*s, x * x * x);
        }
    } else if power == 4.0 {
        for (out, s) in out.iter_mut().zip(s) {
            let x = over(*s);
            let x2 = x * x;
            *out = keep(*s, x2 * x2);
        }
    } else {
        for (out, s) in out.iter_mut().zip(s) {
            *out = keep(*s, pow32(over(*s), power));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps through a range without leaving single precision.
    fn range(from: f32, to: f32, n: u32) -> impl Iterator<Item = f32> {
        (0..=n).map(move |i| from + (to - from) * (i as f32 / n as f32))
    }

    #[test]
    fn single_precision_exp_and_ln_are_close_to_the_double_ones() {
        for x in range(-86.9, 87.9, 200_000) {
            let exact = exp(f64::from(x));
            assert!(abs(f64::from(exp32(x)) / exact - 1.0) < 3e-7, "exp {x}");
        }
        for x in range(1e-6, 20.0, 200_000) {
            let exact = ln(f64::from(x));
            assert!(abs(f64::from(ln32(x)) - exact) < 2e-7 + 3e-7 * abs(exact), "ln {x}");
        }
        assert_eq!(exp32(-100.0), 0.0);
        assert_eq!(exp32(0.0), 1.0);
        assert!(exp32(1000.0).is_finite());
    }

    #[test]
    fn hill_is_accurate_for_any_power_and_never_leaves_its_range() {
        for power in [1.0f32, 1.26, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0] {
            for s in range(0.0, 8.0, 20_000) {
                let r = f64::from(hill32(s, 0.7, power));
                let x = pow(f64::from(s) / f64::from(0.7f32), f64::from(power));
                assert!(abs(r - x / (1.0 + x)) < 1e-6, "hill {s} {power}");
            }
            for s in [0.0, -1.0, 1e-38, 1e30, f32::MAX] {
                let r = hill32(s, 0.7, power);
                assert!((0.0..=1.0).contains(&r), "hill {s} {power} = {r}");
            }
        }
    }
}
