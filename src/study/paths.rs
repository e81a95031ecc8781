//! Paths of documents, one beside another.

/// Whether a path is another, or lies beneath it.
pub fn within(path: &str, other: &str) -> bool {
    path == other || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether setting one path changes what stands at the other.
pub fn related(a: &str, b: &str) -> bool {
    within(a, b) || within(b, a)
}
