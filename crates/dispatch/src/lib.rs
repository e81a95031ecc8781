//! Runs a kernel compiled for the processor at hand.
//!
//! A kernel is code of `+ - * /`, comparisons and plain loops. [`wide!`] compiles it twice, for any x86-64 and for
//! AVX2, and runs the one that the processor has. Element-wise IEEE arithmetic has the same bits at any width, and
//! neither variant may fuse a multiplication with an addition, so that both give the same result: only the time differs.
//! The feature `fma` is never enabled here, for that reason.
//!
//! `TME_CPU=baseline` or `TME_CPU=avx2` forces the variant (for tests); by default the best one serves. A program calls
//! [`check`] when it starts, so that a wish that cannot be met is told. Nothing but this choice may enter; it is the only
//! unsafe code of the program.

use std::sync::LazyLock;

/// Which variant runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    Baseline,
    Avx2,
}

/// The variant that serves in this process.
pub fn path() -> Path {
    static PATH: LazyLock<Path> =
        LazyLock::new(|| choose(std::env::var("TME_CPU").ok().as_deref(), has_avx2()));
    *PATH
}

/// Whether the environment wishes for a variant that there is.
///
/// # Errors
/// A message: `TME_CPU` names no variant, or one that this processor cannot run.
pub fn check() -> Result<(), String> {
    checked(std::env::var("TME_CPU").ok().as_deref(), has_avx2())
}

fn checked(wish: Option<&str>, has_avx2: bool) -> Result<(), String> {
    match wish {
        None | Some("baseline") => Ok(()),
        Some("avx2") if has_avx2 => Ok(()),
        Some("avx2") => {
            Err("TME_CPU is `avx2`, which this processor does not have; `baseline` runs".to_string())
        }
        Some(other) => Err(format!("TME_CPU is `{other}`; it may be `baseline` or `avx2`, or unset")),
    }
}

fn choose(wish: Option<&str>, has_avx2: bool) -> Path {
    if has_avx2 && wish != Some("baseline") { Path::Avx2 } else { Path::Baseline }
}

fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// `wide!(code)` is `code`, compiled for AVX2 where the processor has it. What the code calls must be
/// `#[inline(always)]`, or it is compiled for any processor; so must be closures in it.
#[macro_export]
macro_rules! wide {
    ($($code:tt)*) => {
        $crate::run(#[inline(always)] || { $($code)* })
    };
}

/// What [`wide!`] expands to; without the attribute that the macro gives its closure nothing would be gained.
#[inline(always)]
pub fn run<R>(kernel: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if path() == Path::Avx2 {
        // SAFETY: `path` says so only on a processor that has AVX2.
        return unsafe { with_avx2(kernel) };
    }
    kernel()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<R>(kernel: impl FnOnce() -> R) -> R {
    kernel()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wish_is_followed_where_the_processor_allows() {
        assert_eq!(choose(None, true), Path::Avx2);
        assert_eq!(choose(Some("avx2"), true), Path::Avx2);
        assert_eq!(choose(Some("baseline"), true), Path::Baseline);
        for wish in [None, Some("avx2"), Some("baseline")] {
            assert_eq!(choose(wish, false), Path::Baseline);
        }
    }

    #[test]
    fn a_wish_that_cannot_be_met_is_told() {
        for (wish, has_avx2) in [(None, false), (Some("baseline"), false), (Some("avx2"), true)] {
            assert_eq!(checked(wish, has_avx2), Ok(()));
        }
        assert!(checked(Some("avx2"), false).unwrap_err().contains("does not have"));
        assert!(checked(Some("sse"), true).unwrap_err().contains("`baseline` or `avx2`"));
    }

    #[test]
    fn both_variants_give_the_same_bits() {
        let values: Vec<f32> = (0..1000).map(|i| 1.0 / (i as f32 + 0.3)).collect();
        let kernel = |v: &f32| (v * 1.7 + v / 3.0).to_bits();
        let plain: Vec<u32> = values.iter().map(kernel).collect();
        assert_eq!(wide!(values.iter().map(kernel).collect::<Vec<_>>()), plain);
    }
}
