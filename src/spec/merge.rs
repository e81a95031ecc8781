//! From a path to one merged tree: `extends` and `model` are followed, each file of the graph merged once, deeper
//! files first. Says nothing about what keys mean.

use super::diagnostics::{Problem, Problems, Severity, suggest};
use super::documents::DocumentKind;
use super::overrides::{Override, apply, of_table};
use super::read_text::{MAX_BYTES, decode, read_file};
use super::tree::{self, Files, Node, Span, Table, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A document with everything it builds on merged in, `set` applied, nothing compiled.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: DocumentKind,
    pub path: PathBuf,
    pub title: Option<String>,
    pub note: Option<String>,
    /// All tables but the header.
    pub tree: Node,
    /// Every text that spans point into.
    pub files: Arc<Files>,
    /// Overrides of the command line: they win over all others and are applied last.
    pub overrides: Vec<Override>,
    /// Files that were merged, deepest first, the document itself last.
    pub merged: Vec<PathBuf>,
    /// What merging found.
    pub problems: Vec<Problem>,
}

impl Document {
    /// Things that have a name for figures: part, id, label.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let parts = self.tree.table().into_iter().flat_map(|t| &t.entries);
        parts.flat_map(|(part, things)| {
            let things = things.node.table().into_iter().flat_map(|t| &t.entries);
            things.filter_map(move |(id, thing)| {
                Some((part.as_str(), id.as_str(), thing.node.get("label")?.text()?))
            })
        })
    }
}

/// Reads a document and everything it builds on; `set` holds overrides as `path=value`, `files` texts that are already known
/// (a study's, when its scenario is read). A document with errors can be checked, so that what merging finds hides nothing.
///
/// # Errors
/// Every problem of reading, syntax and `extends` that leaves nothing to merge.
pub(super) fn read(files: Files, path: &Path, set: &[String]) -> Result<Document, Vec<Problem>> {
    read_with(Loader { files, ..Loader::default() }, path, set)
}

/// As [`read`], of a text that stands in a file of another kind.
pub(super) fn read_text(text: String, path: &Path, set: &[String]) -> Result<Document, Vec<Problem>> {
    read_with(Loader { inside: Some(text), ..Loader::default() }, path, set)
}

fn read_with(mut loader: Loader, path: &Path, set: &[String]) -> Result<Document, Vec<Problem>> {
    let Some(root) = loader.visit(path, &display(path), None) else {
        return Err(loader.problems.into_sorted());
    };
    let kind = loader.loaded[&root].kind;
    let document = loader.merge(&root, path);
    let mut overrides = Vec::new();
    for text in set {
        match Override::parse(&mut loader.files, text) {
            Ok(o) => overrides.push(o),
            Err(faults) => loader.problems.faults(&loader.files, faults),
        }
    }
    let (mut tree, sets, merged) = document;
    for o in &sets {
        apply(&mut tree, o, kind, &loader.files, &mut loader.problems);
        loader.conflicts.remove(&o.path);
    }
    // In a study or sweep an override may aim at its scenario: those are kept for the compiler.
    for o in &overrides {
        let own = kind.body().any(|f| o.path.split('.').next() == Some(f.key));
        if own && matches!(kind, DocumentKind::Study | DocumentKind::Sweep) {
            apply(&mut tree, o, kind, &loader.files, &mut loader.problems);
        }
    }
    for (path, (first, second)) in std::mem::take(&mut loader.conflicts) {
        let message = format!("`{path}` has different values in {} and here", loader.files.name(first));
        let help = "neither file extends the other; the file that uses both must decide with `set`";
        loader.problems.error(&loader.files, second, message, help);
    }
    let header = &loader.loaded[&root].root;
    let text = |key: &str| header.get(key).and_then(Node::text).map(str::to_string);
    Ok(Document {
        kind,
        path: path.to_path_buf(),
        title: text("title"),
        note: text("note"),
        tree,
        overrides,
        merged,
        problems: loader.problems.into_sorted(),
        files: Arc::new(loader.files),
    })
}

/// A path as people write it: without `.` and `x/..`.
fn display(path: &Path) -> String {
    let mut out: Vec<String> = Vec::new();
    for part in path.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        match part.as_str() {
            "." => {}
            ".." if out.last().is_some_and(|p| p != ".." && p != "/") => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    if out.is_empty() { ".".to_string() } else { out.join("/").replacen("//", "/", 1) }
}

#[derive(Default)]
struct Loader {
    files: Files,
    problems: Problems,
    loaded: BTreeMap<PathBuf, Loaded>,
    /// Deeper first.
    order: Vec<PathBuf>,
    /// Files being visited, for cycles.
    stack: Vec<(PathBuf, String)>,
    /// Keys that two files give different values, neither extending the other.
    conflicts: BTreeMap<String, (Span, Span)>,
    /// The text of the first file, where it is not the file itself.
    inside: Option<String>,
}

struct Loaded {
    file: u32,
    path: PathBuf,
    root: Node,
    kind: DocumentKind,
    parents: Vec<PathBuf>,
    /// A model with a product: meant to add, not to change.
    product: bool,
}

impl Loader {
    /// Reads a file and, first, the files it names. Returns its identity; problems are noted.
    fn visit(&mut self, path: &Path, name: &str, from: Option<Span>) -> Option<PathBuf> {
        let fail = |loader: &mut Loader, message: String, help: &str| {
            match from {
                Some(span) => loader.problems.error(&loader.files, span, message, help),
                None => loader.problems.push(Problem::general(Severity::Error, name, message)),
            }
            None
        };
        let identity = match std::fs::canonicalize(path) {
            Ok(identity) => identity,
            Err(_) if path.exists() => return fail(self, format!("cannot open {name}"), ""),
            Err(_) => {
                return fail(
                    self,
                    format!("no such file: {name}"),
                    "paths start at the folder of the document",
                );
            }
        };
        if let Some(at) = self.stack.iter().position(|(p, _)| *p == identity) {
            let mut chain: Vec<&str> = self.stack[at..].iter().map(|(_, n)| n.as_str()).collect();
            chain.push(name);
            let message = format!("a document that extends itself: {}", chain.join(" -> "));
            return fail(self, message, "");
        }
        if self.loaded.contains_key(&identity) {
            return Some(identity);
        }
        let bytes = match self.inside.take() {
            Some(text) => Ok(text.into_bytes()),
            None => read_file(path, 4 * MAX_BYTES as u64),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(why) => return fail(self, format!("cannot read {name}: {why}"), ""),
        };
        let text = match decode(bytes) {
            Ok(text) => text,
            Err((_, message)) => {
                self.problems.push(Problem::general(Severity::Error, name, message));
                return None;
            }
        };
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let file = self.files.add(name, &folder, text);
        let root = match tree::parse(file, &self.files.list[file as usize].text) {
            Ok(root) => root,
            Err(faults) => {
                self.problems.faults(&self.files, faults);
                return None;
            }
        };
        let kind = self.kind(&root, name)?;
        self.stack.push((identity.clone(), name.to_string()));
        let mut parents = Vec::new();
        let mut complete = true;
        for (key, node) in self.links(&root, kind) {
            let target = folder.join(node.text().unwrap_or_default());
            match self.visit(&target, &display(&target), Some(node.span)) {
                Some(parent) => {
                    let wanted = if key == "model" { DocumentKind::Model } else { kind };
                    let found = self.loaded[&parent].kind;
                    if found != wanted {
                        let message =
                            format!("{} is a {}, not a {}", display(&target), found.name(), wanted.name());
                        let help = if key == "extends" && found == DocumentKind::Model {
                            "a scenario names its models with `model`"
                        } else {
                            ""
                        };
                        self.problems.error(&self.files, node.span, message, help);
                        complete = false;
                    }
                    parents.push(parent);
                }
                None => complete = false,
            }
        }
        self.stack.pop();
        if !complete {
            return None;
        }
        let product = kind == DocumentKind::Model && root.get("product").is_some();
        self.order.push(identity.clone());
        self.loaded.insert(
            identity.clone(),
            Loaded { file, path: path.to_path_buf(), root, kind, parents, product },
        );
        Some(identity)
    }

    fn kind(&mut self, root: &Node, name: &str) -> Option<DocumentKind> {
        let Some(node) = root.get("kind") else {
            let mut problem =
                Problem::general(Severity::Error, name, "the document has no `kind`".to_string());
            problem
                .help
                .push("begin with kind = \"model\", \"scenario\", \"study\" or \"sweep\"".to_string());
            self.problems.push(problem);
            return None;
        };
        let given = node.text().unwrap_or_default();
        let found = DocumentKind::ALL.into_iter().find(|k| k.name() == given);
        if found.is_none() {
            let message = match node.text() {
                Some(text) => format!("unknown kind of document `{text}`"),
                None => format!("`kind` must be text, not {}", node.kind()),
            };
            let help = suggest(given, DocumentKind::ALL.map(DocumentKind::name));
            self.problems.error(&self.files, node.span, message, help);
        }
        found
    }

    /// Paths named by `extends` and `model`, in the order written.
    fn links(&mut self, root: &Node, kind: DocumentKind) -> Vec<(&'static str, Node)> {
        let mut out = Vec::new();
        for key in ["extends", "model"] {
            if key == "model" && kind != DocumentKind::Scenario {
                continue;
            }
            let Some(node) = root.get(key) else { continue };
            let list = match &node.value {
                Value::Array(list) => list.as_slice(),
                _ => std::slice::from_ref(node),
            };
            for entry in list {
                if entry.text().is_some() {
                    out.push((key, entry.clone()));
                } else {
                    let message = format!("`{key}` must be a path or a list of paths, not {}", entry.kind());
                    self.problems.error(&self.files, entry.span, message, "");
                }
            }
        }
        out
    }

    /// Merges all visited files; returns the tree, the overrides of all `set` tables and the files.
    fn merge(&mut self, root: &PathBuf, path: &Path) -> (Node, Vec<Override>, Vec<PathBuf>) {
        let mut ancestors: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        let mut target = Table::default();
        let mut sets = Vec::new();
        let mut merged = Vec::new();
        let order = std::mem::take(&mut self.order);
        for identity in &order {
            let loaded = &self.loaded[identity];
            merged.push(if identity == root { path.to_path_buf() } else { loaded.path.clone() });
            let mut up = BTreeSet::new();
            for parent in &loaded.parents {
                let file = self.loaded[parent].file;
                up.insert(file);
                up.extend(ancestors.get(&file).into_iter().flatten());
            }
            let mut own = loaded.root.table().cloned().unwrap_or_default();
            for field in loaded.kind.header() {
                if let Some(entry) = own.entries.remove(field.key)
                    && field.key == "set"
                {
                    let found = of_table(&entry.node, &self.files, &mut self.problems);
                    sets.extend(found);
                }
            }
            let step = Step {
                files: &self.files,
                scenario: loaded.kind == DocumentKind::Scenario,
                models: self
                    .loaded
                    .values()
                    .filter(|l| l.kind == DocumentKind::Model)
                    .map(|l| l.file)
                    .collect(),
                product: loaded.product,
                ancestors: up.clone(),
            };
            step.table(&mut target, own, "", &mut self.problems, &mut self.conflicts);
            ancestors.insert(loaded.file, up);
        }
        let span = self.loaded[root].root.span;
        (Node::new(span, Value::Table(target)), sets, merged)
    }
}

/// Merging one file into what its forerunners made.
struct Step<'a> {
    files: &'a Files,
    scenario: bool,
    models: BTreeSet<u32>,
    product: bool,
    ancestors: BTreeSet<u32>,
}

impl Step<'_> {
    fn table(
        &self,
        target: &mut Table,
        own: Table,
        path: &str,
        problems: &mut Problems,
        conflicts: &mut BTreeMap<String, (Span, Span)>,
    ) {
        for (key, entry) in own.entries {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let Some(existing) = target.entries.get_mut(&key) else {
                target.entries.insert(key, entry);
                continue;
            };
            if !existing.node.is_leaf() && !entry.node.is_leaf() {
                if let (Value::Table(t), Value::Table(o)) = (&mut existing.node.value, entry.node.value) {
                    self.table(t, o, &path, problems, conflicts);
                }
                continue;
            }
            if existing.node.same(&entry.node) {
                continue;
            }
            let before = existing.node.span;
            if !self.ancestors.contains(&before.file) {
                conflicts.entry(path).or_insert((before, entry.node.span));
                continue;
            }
            let base = self.files.name(before).to_string();
            if self.scenario && self.models.contains(&before.file) {
                let message = format!("`{path}` is already given in {base}");
                let help = format!(
                    "a scenario adds; to change a value of a model write set = {{ \"{path}\" = ... }}"
                );
                problems.error(self.files, entry.key, message, help);
            } else if self.product && !only_adds(&existing.node, &entry.node) {
                let message = format!("this product changes `{path}` of {base}");
                problems.warning(
                    self.files,
                    entry.key,
                    message,
                    "a product that only adds can be combined with others",
                );
            }
            let decided = conflicts
                .get(&path)
                .is_some_and(|(a, b)| self.ancestors.contains(&a.file) && self.ancestors.contains(&b.file));
            if decided {
                conflicts.remove(&path);
            }
            existing.key = entry.key;
            existing.node = Node { replaced: Some(before), ..entry.node };
        }
    }
}

/// Whether a list has all that it replaces, and more.
fn only_adds(old: &Node, new: &Node) -> bool {
    let (Value::Array(old), Value::Array(new)) = (&old.value, &new.value) else { return false };
    old.iter().all(|o| new.iter().any(|n| n.same(o)))
}

#[cfg(test)]
mod tests;
