//! A document written out in full: everything it builds on merged in, overrides applied, one self-contained file.
//!
//! A resolved scenario compiles to the same setup as the document it came from. Nothing is compiled here.

use super::compile::build;
use super::documents::DocumentKind;
use super::merge::Document;
use super::overrides::Override;
use super::toml_text::{self, quoted};
use super::tree::Node;

/// The merged document as TOML, with the overrides of the command line applied.
pub fn resolved(document: &Document) -> String {
    resolved_with(document, &[])
}

/// As [`resolved`], with further overrides (of an arm, of a point of a sweep) applied first.
pub fn resolved_with(document: &Document, overrides: &[Override]) -> String {
    let tree: Node = match document.kind {
        DocumentKind::Model | DocumentKind::Scenario => build(document, overrides).tree,
        DocumentKind::Study | DocumentKind::Sweep => document.tree.clone(),
    };
    let mut out =
        String::from("# Resolved: all files merged and overrides applied; paths of files are absolute.\n");
    for file in &document.merged {
        out += &format!("# from {}\n", file.display());
    }
    for o in &document.overrides {
        out += &format!("# with --set {}\n", comment(&describe(o)));
    }
    out += &format!("kind = {}\n", quoted(document.kind.name()));
    for (key, text) in [("title", &document.title), ("note", &document.note)] {
        if let Some(text) = text {
            out += &format!("{key} = {}\n", quoted(text));
        }
    }
    tree.table().map_or(out.clone(), |t| out + &toml_text::document(document.kind, t, &document.files))
}

/// An override as `path = value`.
pub fn describe(o: &Override) -> String {
    format!("{} = {}", o.path, toml_text::inline(&o.node))
}

fn comment(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::compile::compile;
    use super::super::load;
    use super::*;
    use std::path::{Path, PathBuf};

    fn config(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(name)
    }

    #[test]
    fn a_resolved_scenario_stands_alone_and_is_the_same_setup() {
        for (name, set) in
            [("minimal/scenario.toml", "cell_type.tumor.push=7"), ("gbm/triple.toml", "clock.end=20 day")]
        {
            let document = load(&config(name), &[set.to_string()]).unwrap();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("resolved.toml");
            let text = resolved(&document);
            std::fs::write(&path, &text).unwrap();
            let alone = load(&path, &[]).unwrap();
            assert_eq!(alone.merged.len(), 1, "{name}");
            let (a, b) = (compile(&document, &[]).unwrap(), compile(&alone, &[]).unwrap());
            assert_eq!(format!("{a:#?}"), format!("{b:#?}"), "{name}");
            assert_eq!(
                resolved(&alone).lines().filter(|l| !l.starts_with('#')).count(),
                text.lines().filter(|l| !l.starts_with('#')).count()
            );
        }
    }

    #[test]
    fn a_resolved_study_reads_as_the_same_study() {
        let document = load(&config("gbm/study.toml"), &[]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resolved.toml");
        std::fs::write(&path, resolved(&document)).unwrap();
        let again = super::super::study(&load(&path, &[]).unwrap()).unwrap();
        let first = super::super::study(&document).unwrap();
        let ids = |s: &super::super::StudySpec| s.arms.iter().map(|a| a.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&again));
        assert_eq!(first.comparisons, again.comparisons);
        assert_eq!(first.subjects.n, again.subjects.n);
    }
}
