//! What a recorder remembers, written down and read back: one list of its parts serves both ways, so that no part can be
//! forgotten in one of them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes on their way out of a watcher or into it.
pub struct Tape<'a> {
    /// Written so far; none while reading.
    out: Option<Vec<u8>>,
    rest: &'a [u8],
    /// What was read made sense so far.
    good: bool,
}

impl<'a> Tape<'a> {
    pub fn blank() -> Tape<'a> {
        Tape { out: Some(Vec::new()), rest: &[], good: true }
    }

    pub fn of(bytes: &'a [u8]) -> Tape<'a> {
        Tape { out: None, rest: bytes, good: true }
    }

    /// Writes a value, or sets it to what was written here.
    pub fn keep<T: Serialize + DeserializeOwned>(&mut self, value: &mut T) {
        if let Some(out) = &mut self.out {
            match postcard::to_extend(value, std::mem::take(out)) {
                Ok(bytes) => *out = bytes,
                Err(_) => self.good = false,
            }
        } else if self.good {
            match postcard::take_from_bytes(self.rest) {
                Ok((read, rest)) => (*value, self.rest) = (read, rest),
                Err(_) => self.good = false,
            }
        }
    }

    /// As `keep`, for a list whose length is known.
    pub fn keep_all<T: Serialize + DeserializeOwned>(&mut self, values: &mut [T]) {
        values.iter_mut().for_each(|v| self.keep(v));
    }

    /// Everything that was written; none where something could not be.
    pub fn written(self) -> Option<Vec<u8>> {
        self.out.filter(|_| self.good)
    }

    /// Whether everything was read, and nothing is left over.
    pub fn is_used_up(&self) -> bool {
        self.good && self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_was_written_and_nothing_else() {
        let mut values = (1.5f64, vec![Some(3u32), None], [f64::NAN, 2.0]);
        let mut tape = Tape::blank();
        tape.keep(&mut values.0);
        tape.keep(&mut values.1);
        tape.keep_all(&mut values.2);
        let bytes = tape.written().unwrap();
        let read = |bytes: &[u8]| {
            let mut back = (0.0f64, Vec::<Option<u32>>::new(), [0.0f64; 2]);
            let mut tape = Tape::of(bytes);
            tape.keep(&mut back.0);
            tape.keep(&mut back.1);
            tape.keep_all(&mut back.2);
            (tape.is_used_up(), back)
        };
        let (good, back) = read(&bytes);
        assert!(good && back.2[0].is_nan());
        assert_eq!((back.0, &back.1, back.2[1]), (1.5, &values.1, 2.0));
        for cut in 0..bytes.len() {
            assert!(!read(&bytes[..cut]).0, "{cut}");
        }
        assert!(!read(&[bytes.as_slice(), &[0]].concat()).0);
    }
}
