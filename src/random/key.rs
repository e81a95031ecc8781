//! Who draws, and what for: cell keys from lineage, purposes from ids.

use serde::{Deserialize, Serialize};

/// Identity of a cell (or of a pair, a pool, a subject): 64 bits that depend on its history alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub u64);

/// What a draw is for: a hash of the id of the rule, interaction, flow or engine purpose, never of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Purpose(pub u32);

/// A bijection of 64 bits in which every bit of the input moves about half of the output (Stafford's variant 13 of the
/// finalizer of MurmurHash3).
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

const fn join(a: u64, b: u64) -> u64 {
    mix(mix(a ^ 0x9E37_79B9_7F4A_7C15).wrapping_add(mix(b.wrapping_add(0xD1B5_4A32_D192_ED03))))
}

impl Key {
    /// The n-th cell placed by a `place` or given by a dose.
    pub fn founder(source: Purpose, ordinal: u64) -> Key {
        Key(join(u64::from(source.0) | 1 << 32, ordinal))
    }

    /// Daughter 0 or 1 of a cell that divided in a step.
    pub fn daughter(parent: Key, step: u32, which: u8) -> Key {
        Key(join(parent.0, u64::from(step) << 8 | u64::from(which) | 1 << 60))
    }

    /// The n-th arrival of a flow in a step.
    pub fn arrival(source: Purpose, step: u32, ordinal: u64) -> Key {
        Key(join(join(u64::from(source.0) | 1 << 33, u64::from(step)), ordinal))
    }

    /// Two identities as one; the order matters.
    pub fn pair(a: Key, b: Key) -> Key {
        Key(join(a.0, b.0))
    }
}

impl Purpose {
    /// FNV-1a of the id, folded to 32 bits.
    pub const fn of(id: &str) -> Purpose {
        let bytes = id.as_bytes();
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
            i += 1;
        }
        let hash = mix(hash);
        Purpose((hash ^ (hash >> 32)) as u32)
    }
}

/// Seed of one run: from the master seed, the subject and the replicate, never from the position in a design.
pub fn derive_seed(master: u64, subject: u64, replicate: u64) -> u64 {
    join(join(master, subject), replicate)
}

/// The engine's own purposes.
pub mod purposes {
    use super::Purpose;

    macro_rules! purposes {
        ($($(#[$doc:meta])* $name:ident = $id:literal;)*) => {
            $($(#[$doc])* pub const $name: Purpose = Purpose::of($id);)*
            /// Every engine purpose with its id.
            pub const ALL: &[(&str, Purpose)] = &[$(($id, $name)),*];
        };
    }

    purposes! {
        /// Which free site or line a daughter takes.
        DIVIDE_DIRECTION = "engine.divide.direction";
        DIVIDE_PRIORITY = "engine.divide.priority";
        /// Whether the fraction of a move is made.
        MOVE_FRACTION = "engine.move.fraction";
        /// Heading, ties and priority of a move.
        MOVE_HEADING = "engine.move.heading";
        /// In which order a cell attends to what it touches.
        ATTENTION = "engine.attention";
        /// Which part of a product an arriving cell is.
        PART = "engine.part";
        /// Which antigen a clonal receptor binds.
        CLONE = "engine.clone";
        /// Which sites a placement takes.
        PLACE = "engine.place";
        /// Which door an arrival takes.
        ARRIVAL_SITE = "engine.arrival.site";
        /// A subject's draw from a cohort.
        SUBJECT = "study.subject";
        /// Resampling of subjects.
        BOOTSTRAP = "study.bootstrap";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn purposes_and_keys_differ() {
        let all: BTreeSet<u32> = purposes::ALL.iter().map(|(_, p)| p.0).collect();
        assert_eq!(all.len(), purposes::ALL.len());
        let mut keys = BTreeSet::new();
        let source = Purpose::of("place.tumor");
        for i in 0..1000 {
            keys.insert(Key::founder(source, i));
            keys.insert(Key::arrival(source, 7, i));
            keys.insert(Key::daughter(Key(i), 7, 0));
            keys.insert(Key::daughter(Key(i), 7, 1));
            keys.insert(Key::pair(Key(i), Key(i + 1)));
            keys.insert(Key::pair(Key(i + 1), Key(i)));
            keys.insert(Key(derive_seed(1, i, 0)));
        }
        assert_eq!(keys.len(), 7000);
    }
}
