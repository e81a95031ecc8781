//! The first value in which what a folder holds and what is asked for differ, read from the resolved documents of both.

use crate::record::Difference;
use crate::units;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// What may change without another identity: what is only said, what only extends, what is made of the same runs.
const NO_MATTER: &[&str] =
    &["title", "label", "note", "source", "seed", "replicates", "subjects.n", "clock.end", "comparison"];

/// None where the folder's documents are gone, or differ only in what the eye does not see.
pub fn first(dir: &Path, now: &[(String, String)]) -> Option<Difference> {
    for (name, text) in now {
        let there = std::fs::read_to_string(dir.join(name)).ok()?;
        let (was, is) = (values(&there)?, values(text)?);
        let mut paths: Vec<&String> = was.keys().chain(is.keys()).collect();
        paths.sort();
        let differs = |path: &&&String| match (was.get(**path), is.get(**path)) {
            (Some(a), Some(b)) => !same(a, b),
            _ => true,
        };
        if let Some(path) = paths.iter().find(differs) {
            let say = |of: &BTreeMap<String, Value>| of.get(*path).map_or("absent".to_string(), shown);
            return Some(Difference::between(path, &say(&was), &say(&is)));
        }
    }
    None
}

/// Values of a document by their paths.
fn values(text: &str) -> Option<BTreeMap<String, Value>> {
    let mut out = BTreeMap::new();
    flatten("", &Value::Table(text.parse::<Table>().ok()?), &mut out);
    Some(out)
}

fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
    let Value::Table(table) = value else {
        out.insert(path.to_string(), value.clone());
        return;
    };
    for (key, inner) in table {
        // `{ value = .., source = .. }` stands at its own path, and so does a setting of an arm.
        let path = match key.as_str() {
            "value" if table.contains_key("source") || table.len() == 1 => path.to_string(),
            key if path.is_empty() => key.to_string(),
            key => format!("{path}.{key}"),
        };
        let known =
            |k: &&str| path == **k || path.ends_with(&format!(".{k}")) || path.starts_with(&format!("{k}."));
        if !NO_MATTER.iter().any(known) {
            flatten(&path, inner, out);
        }
    }
}

/// Whether two values say the same, in whatever unit.
fn same(a: &Value, b: &Value) -> bool {
    let quantity = |v: &Value| v.as_str().and_then(|t| units::quantity(t).ok());
    match (quantity(a), quantity(b)) {
        (Some(a), Some(b)) => a.unit.dimension == b.unit.dimension && a.base() == b.base(),
        _ => a == b,
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(was: &str, is: &str) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.toml"), was).unwrap();
        first(dir.path(), &[("a.toml".to_string(), is.to_string())]).map(|d| d.to_string())
    }

    #[test]
    fn the_first_value_that_differs_is_named_with_its_path() {
        let was = "title = \"x\"\n[cell.a]\nrate = { value = \"1 /day\", source = \"A\" }\nstep = \"60 min\"\n[clock]\nend = \"3 day\"\n";
        let is = was.replace("1 /day", "2 /day").replace("60 min", "1 h").replace("3 day", "4 day");
        assert_eq!(between(was, &is).unwrap(), "cell.a.rate was 1 /day and is now 2 /day");
        assert_eq!(between(was, &was.replace("60 min", "1 h").replace("\"x\"", "\"y\"")), None);
        let added = format!("{was}seed = 4\nx = [1, 2]\n");
        assert_eq!(between(was, &added).unwrap(), "clock.x was absent and is now [1, 2]");
    }

    #[test]
    fn a_folder_without_its_documents_says_nothing() {
        assert_eq!(first(Path::new("/nonexistent"), &[("a.toml".to_string(), String::new())]), None);
        assert_eq!(between("not toml", "x = 1"), None);
    }
}
