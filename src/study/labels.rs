//! Names of arms that are scenarios: the shortest ends of their paths that tell them apart.

use std::path::{Component, Path};

/// One name per path: the stem of the file, with as many folders before it as are needed (`A/base.toml` and
/// `B/base.toml` are `A_base` and `B_base`). The same document always has the same path, whatever way led there.
///
/// # Errors
/// Two paths that no ends tell apart: their places in the list.
pub fn of_paths(paths: &[&Path]) -> Result<Vec<String>, (usize, usize)> {
    let parts: Vec<Vec<String>> = paths.iter().map(|p| parts(p)).collect();
    let mut depth = vec![1; parts.len()];
    loop {
        let names: Vec<String> = parts.iter().zip(&depth).map(|(p, d)| end(p, *d)).collect();
        let twin = |i: usize| (0..names.len()).find(|j| *j != i && names[*j] == names[i]);
        let twins: Vec<(usize, usize)> = (0..names.len()).filter_map(|i| Some((i, twin(i)?))).collect();
        let Some(first) = twins.first() else { return Ok(names) };
        let longer: Vec<usize> = twins.iter().map(|t| t.0).filter(|i| depth[*i] < parts[*i].len()).collect();
        if longer.is_empty() {
            return Err(*first);
        }
        longer.into_iter().for_each(|i| depth[i] += 1);
    }
}

/// Folders from the root of the file system on, and the file without its ending.
fn parts(path: &Path) -> Vec<String> {
    let full = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
    let full = full.unwrap_or_else(|_| path.to_path_buf()).with_extension("");
    let names = full.components().filter_map(|c| match c {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

fn end(parts: &[String], depth: usize) -> String {
    parts[parts.len().saturating_sub(depth)..].join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Result<Vec<String>, (usize, usize)> {
        of_paths(&paths.iter().map(Path::new).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_as_short_as_they_can_be() {
        assert_eq!(names(&["/x/A/one.toml", "/x/A/two.toml"]).unwrap(), ["one", "two"]);
        assert_eq!(names(&["/x/A/base.toml", "/x/B/base.toml"]).unwrap(), ["A_base", "B_base"]);
        assert_eq!(names(&["/x/A/s/b.toml", "/x/B/s/b.toml", "/x/c.toml"]).unwrap(), ["A_s_b", "B_s_b", "c"]);
        // A folder and an underscore may read the same: then one of them says more.
        let odd = names(&["/x/A/base.toml", "/y/B/base.toml", "/y/A_base.toml"]).unwrap();
        assert_eq!(odd, ["x_A_base", "B_base", "y_A_base"]);
        assert_eq!(names(&["one.toml"]).unwrap(), ["one"]);
    }

    #[test]
    fn the_same_document_twice_is_found() {
        assert_eq!(names(&["/x/a.toml", "/x/c.toml", "/x/./a.toml"]), Err((0, 2)));
        assert_eq!(names(&["/x/a.toml", "/x/a.tml"]), Err((0, 1)));
    }
}
