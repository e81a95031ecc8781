//! The kinds of observable, one file each. To add one: a file, a variant of `Measure`, its arms in `look.rs`,
//! a line in `CATALOG`.

mod cells;
mod clones;
mod count;
mod events;
mod field;
mod look;
mod mean;
mod pool;
mod radius;
mod reading;
mod rim;
mod share;
mod total;
mod volume;

pub(super) use events::name as cause_name;
pub(super) use look::{Look, Memory};
pub use reading::censored_column;

use super::Entry;

/// Every kind of observable, by name.
pub const CATALOG: &[Entry] = &[
    clones::ENTRY,
    count::ENTRY,
    events::ENTRY,
    field::ENTRY,
    mean::ENTRY,
    pool::ENTRY,
    radius::ENTRY,
    reading::ENTRY,
    rim::ENTRY,
    share::ENTRY,
    total::ENTRY,
    volume::ENTRY,
];

#[cfg(test)]
mod tests {
    use super::CATALOG;

    #[test]
    fn the_catalog_is_sorted_and_says_something() {
        assert!(CATALOG.windows(2).all(|w| w[0].name < w[1].name));
        assert!(CATALOG.iter().all(|e| e.doc.len() > 20));
    }
}
