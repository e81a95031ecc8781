//! The float type of a field: `f32` in production, `f64` where a test compares to 1e-12.
//!
//! Only what the kernels use may enter: `+ - * /`, comparison and conversion, so that both types give the same
//! bits on every machine.
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Sub};

/// A float that the field kernels run on.
pub trait Real:
    Copy
    + Debug
    + Send
    + Sync
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + AddAssign
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    /// Values below this are stored as +0: far below any concentration, far above the subnormals.
    const TINY: Self;
    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;

    /// A concentration as it is stored: nothing negative, no subnormal, no -0. A NaN stays visible.
    #[inline(always)]
    fn stored(self) -> Self {
        if self < Self::TINY { Self::ZERO } else { self }
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const TINY: Self = 1e-30;
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const TINY: Self = 1e-30;
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Real;

    #[test]
    fn stored_values_are_positive_zero_or_above_tiny() {
        for (raw, kept) in [(1.5f32, 1.5f32), (-1e-8, 0.0), (-0.0, 0.0), (1e-31, 0.0), (2e-30, 2e-30)] {
            assert_eq!(raw.stored().to_bits(), kept.to_bits());
            assert_eq!(f64::from(raw).stored().to_bits(), f64::from(kept).to_bits());
        }
        assert!(f32::NAN.stored().is_nan());
    }
}
