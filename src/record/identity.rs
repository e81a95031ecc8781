//! Which run a record is: a hash of everything that decides its bits, and of nothing else.

use serde::Serialize;

/// Raised whenever the same input gives other bits than before: then nothing stored earlier counts as the same run.
pub const RESULTS_EPOCH: u32 = 8;

/// Identity of a run.
pub type RunId = [u8; 32];

/// BLAKE3 of (results epoch, canonical bytes of the resolved setup, seed of the run).
///
/// Names of arms, comments, paths and threads are not in a setup, so equal runs of two arms or sweeps are one run.
///
/// # Panics
/// If `setup` has a sequence of unknown length; no derived `Serialize` over vectors and maps does.
pub fn run_identity<S: Serialize + ?Sized>(setup: &S, seed: u64) -> RunId {
    identity(RESULTS_EPOCH, setup, seed)
}

fn identity<S: Serialize + ?Sized>(epoch: u32, setup: &S, seed: u64) -> RunId {
    let mut hasher = blake3::Hasher::new_derive_key("tme 2026 identity of a run");
    hasher.update(&epoch.to_le_bytes());
    hasher.update(&seed.to_le_bytes());
    // A hasher takes every byte, and derived types know their lengths: nothing is left that can fail.
    let hasher = postcard::to_io(setup, hasher).expect("a setup is plain data of known lengths");
    *hasher.finalize().as_bytes()
}

/// BLAKE3 of some bytes, hexadecimal: for the document of a [`FolderIdentity`](super::FolderIdentity).
pub fn hash_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// An identity in hexadecimal.
pub fn hex(id: &RunId) -> String {
    blake3::Hash::from_bytes(*id).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_changes_with_every_part_and_with_nothing_else() {
        let setup = (vec![1.5, -2.0], "tumor");
        let id = run_identity(&setup, 7);
        assert_eq!(id, run_identity(&(vec![1.5, -2.0], String::from("tumor")), 7));
        assert_ne!(id, run_identity(&setup, 8));
        assert_ne!(id, run_identity(&(vec![1.5, -2.5], "tumor"), 7));
        assert_ne!(id, identity(RESULTS_EPOCH + 1, &setup, 7));
        assert_eq!(hex(&id).len(), 64);
        assert_eq!(hash_bytes(b""), "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    }
}
