//! The one visitor of a state: every column once, under its name.

/// A reader of all columns, in canonical order: little-endian bytes under a name. State hash, checkpoint and memory
/// estimate are such readers, so that a new column cannot be forgotten by one of them.
pub trait Columns {
    fn column(&mut self, name: &str, bytes: &mut dyn Iterator<Item = u8>);
}
