//! All draws of one run.

use super::{Key, Purpose, philox};
use core::convert::Infallible;
use rand::rand_core::TryRng;
use tme_dispatch::wide;

/// Steps that fit into a counter.
pub const MAX_STEPS: u32 = 1 << 24;

/// The streams of one run: nothing but its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    pub seed: u64,
}

impl Streams {
    /// Four words for (identity, step, purpose, sub-index). Steps must be below `MAX_STEPS`.
    #[inline(always)]
    pub fn words(&self, key: Key, step: u32, purpose: Purpose, sub: u8) -> [u32; 4] {
        debug_assert!(step < MAX_STEPS, "step {step} does not fit the counter");
        let counter = [key.0 as u32, (key.0 >> 32) as u32, step | u32::from(sub) << 24, purpose.0];
        philox(counter, [self.seed as u32, (self.seed >> 32) as u32])
    }

    /// Uniform in \[0, 1): the upper 53 bits of two words.
    #[inline]
    pub fn uniform(&self, key: Key, step: u32, purpose: Purpose, sub: u8) -> f64 {
        let [a, b, ..] = self.words(key, step, purpose, sub);
        unit(a, b)
    }

    /// `uniform` with sub-index 0 for a column of identities, in wide registers.
    pub fn uniforms(&self, keys: &[Key], step: u32, purpose: Purpose, out: &mut [f64]) {
        debug_assert!(step < MAX_STEPS, "step {step} does not fit the counter");
        let seed = [self.seed as u32, (self.seed >> 32) as u32];
        wide!(for (out, key) in out.iter_mut().zip(keys) {
            let [a, b, ..] = philox([key.0 as u32, (key.0 >> 32) as u32, step, purpose.0], seed);
            *out = unit(a, b);
        });
    }

    /// `words` for a column of identities, in wide registers.
    pub fn word_columns(&self, keys: &[Key], step: u32, purpose: Purpose, sub: u8, out: &mut [[u32; 4]]) {
        debug_assert!(step < MAX_STEPS, "step {step} does not fit the counter");
        let seed = [self.seed as u32, (self.seed >> 32) as u32];
        let step = step | u32::from(sub) << 24;
        wide!(for (out, key) in out.iter_mut().zip(keys) {
            *out = philox([key.0 as u32, (key.0 >> 32) as u32, step, purpose.0], seed);
        });
    }

    /// A generator for one identity, step and purpose, for samplers that take one.
    pub fn rng(&self, key: Key, step: u32, purpose: Purpose) -> KeyedRng {
        KeyedRng { streams: *self, key, purpose, step, block: 0, words: [0; 4], used: 4 }
    }
}

#[inline(always)]
fn unit(a: u32, b: u32) -> f64 {
    const SCALE: f64 = 1.0 / 9_007_199_254_740_992.0;
    ((u64::from(b) << 32 | u64::from(a)) >> 11) as f64 * SCALE
}

/// Words of one stream, one after another. Blocks past the first 256 continue under a key derived from the first.
#[derive(Clone, Debug)]
pub struct KeyedRng {
    streams: Streams,
    key: Key,
    purpose: Purpose,
    step: u32,
    block: u64,
    words: [u32; 4],
    used: usize,
}

impl KeyedRng {
    fn word(&mut self) -> u32 {
        if self.used == 4 {
            let key = if self.block < 256 { self.key } else { Key::pair(self.key, Key(self.block >> 8)) };
            self.words = self.streams.words(key, self.step, self.purpose, self.block as u8);
            self.block += 1;
            self.used = 0;
        }
        self.used += 1;
        self.words[self.used - 1]
    }

    /// Uniform in \[0, 1).
    pub fn uniform(&mut self) -> f64 {
        let (a, b) = (self.word(), self.word());
        unit(a, b)
    }
}

impl TryRng for KeyedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let (a, b) = (self.word(), self.word());
        Ok(u64::from(b) << 32 | u64::from(a))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2e5 uniforms over neighboring keys: mean 1/2 (sd of the mean 6.5e-4, z = 5), and no two purposes agree.
    #[test]
    fn uniforms_are_uniform_over_neighboring_keys() {
        let streams = Streams { seed: 42 };
        let n = 200_000;
        let mut sum = 0.0;
        let mut cells = [0u32; 20];
        for i in 0..n {
            let u = streams.uniform(Key(i), 3, Purpose::of("test"), 0);
            assert!((0.0..1.0).contains(&u));
            sum += u;
            cells[(u * 20.0) as usize] += 1;
        }
        assert!((sum / n as f64 - 0.5).abs() < 5.0 * (1.0 / 12.0 / n as f64).sqrt());
        let expected = n as f64 / 20.0;
        let chi2: f64 =
            cells.iter().map(|c| (f64::from(*c) - expected) * (f64::from(*c) - expected) / expected).sum();
        // Upper 1e-6 point of chi-square with 19 degrees of freedom: 63.
        assert!(chi2 < 63.0, "{chi2}");
        let a = streams.words(Key(1), 3, Purpose::of("a"), 0);
        assert_ne!(a, streams.words(Key(1), 3, Purpose::of("b"), 0));
        assert_ne!(a, streams.words(Key(1), 4, Purpose::of("a"), 0));
        assert_ne!(a, streams.words(Key(1), 3, Purpose::of("a"), 1));
    }

    #[test]
    fn a_column_of_uniforms_is_the_uniforms_one_by_one() {
        let streams = Streams { seed: 0x0123_4567_89ab_cdef };
        let keys: Vec<Key> = (0u64..101).map(|i| Key(i.wrapping_mul(0x9E37_79B9_7F4A_7C15))).collect();
        let mut column = vec![0.0; keys.len()];
        streams.uniforms(&keys, 77, Purpose::of("x"), &mut column);
        let single: Vec<f64> = keys.iter().map(|k| streams.uniform(*k, 77, Purpose::of("x"), 0)).collect();
        assert_eq!(column, single);
        let mut words = vec![[0; 4]; keys.len()];
        streams.word_columns(&keys, 77, Purpose::of("x"), 5, &mut words);
        assert!(words.iter().zip(&keys).all(|(w, k)| *w == streams.words(*k, 77, Purpose::of("x"), 5)));
    }

    #[test]
    fn a_keyed_generator_gives_the_stream_of_its_key() {
        let streams = Streams { seed: 7 };
        let mut rng = streams.rng(Key(5), 2, Purpose::of("x"));
        let first = streams.words(Key(5), 2, Purpose::of("x"), 0);
        let second = streams.words(Key(5), 2, Purpose::of("x"), 1);
        let drawn: Vec<u32> = (0..8).map(|_| rng.word()).collect();
        assert_eq!(drawn, [first, second].concat());
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3000 {
            seen.insert((rng.word(), rng.word()));
        }
        assert_eq!(seen.len(), 3000);
    }
}
