//! A plan written out: documents that make the same runs again, with everything that the command line said.
//!
//! `resolved.toml` is the study or sweep itself; a single scenario is a study of one arm, so that the arm keeps its name
//! and replicates have a place. The scenarios stand beside it in full, each value with its unit and source, and can be
//! run by themselves. Running `resolved.toml` gives the same bytes in every table.

use super::labels;
use super::paths::{related, within};
use super::plan::{Arm, Plan};
use crate::spec::{self, Document, Override};
use std::path::Path;

/// The main document, and the folder of all others.
pub const MAIN: &str = "resolved.toml";
const FOLDER: &str = "resolved";

impl Plan {
    /// Names of files (relative to the results, with `/`) and their texts, the main document first.
    pub fn resolved(&self) -> Vec<(String, String)> {
        let mut scenarios: Vec<(&Document, String)> = Vec::new();
        for arm in &self.arms {
            let text = spec::resolved(arm.scenario());
            if scenarios.iter().all(|s| s.1 != text) {
                scenarios.push((arm.scenario(), text));
            }
        }
        let names = file_names(&scenarios.iter().map(|s| s.0.path.as_path()).collect::<Vec<_>>());
        let name_of = |arm: &Arm| {
            let text = spec::resolved(arm.scenario());
            scenarios.iter().position(|s| s.1 == text).map_or("", |i| names[i].as_str())
        };
        let mut out = Vec::new();
        match &self.sweep {
            Some(sweep) => {
                let mut base = "study".to_string();
                while names.contains(&base) {
                    base.push('_');
                }
                out.push((MAIN.to_string(), self.sweep_text(sweep, &format!("{FOLDER}/{base}.toml"))));
                out.push((format!("{FOLDER}/{base}.toml"), self.study_text("", &name_of)));
            }
            None => out.push((MAIN.to_string(), self.study_text(&format!("{FOLDER}/"), &name_of))),
        }
        let files = scenarios.into_iter().zip(&names);
        out.extend(files.map(|((_, text), name)| (format!("{FOLDER}/{name}.toml"), text)));
        out
    }

    fn head(&self, kind: &str) -> String {
        let verb = self.kind;
        format!(
            "# What this folder holds, with everything that the command line said. The same again:\n\
             #   tme {verb} {MAIN} --out ANOTHER_FOLDER\n\
             # The scenarios stand in full in {FOLDER}/, which belongs to this file.\nkind = \"{kind}\"\n"
        )
    }

    fn sweep_text(&self, sweep: &Document, base: &str) -> String {
        let text = Text::of(&spec::resolved(sweep));
        let mut out = self.head("sweep") + &text.header();
        out += &format!("base = {}\n", quoted(base));
        out += &text.top(&["kind", "title", "note", "base", "replicates", "seed"]);
        out += &format!("replicates = {}\nseed = {}\n", self.size().replicates, self.seed);
        text.sections.iter().for_each(|s| out += &s.text());
        out
    }

    /// `folder`: where the scenarios lie, seen from the study.
    fn study_text<'a>(&self, folder: &str, name_of: &dyn Fn(&Arm) -> &'a str) -> String {
        let written = self.study.as_ref().map(|d| Text::of(&spec::resolved(d))).unwrap_or_default();
        let size = self.size();
        let file = |arm: &Arm| quoted(&format!("{folder}{}.toml", name_of(arm)));
        let common = self.arms.first().map(file).unwrap_or_default();
        let mut out = if folder.is_empty() { "kind = \"study\"\n".to_string() } else { self.head("study") };
        out += &match &self.study {
            Some(_) => written.header(),
            None => format!("title = {}\n", quoted(&self.title)),
        };
        out += &format!("scenario = {common}\n");
        out += &written.top(&["kind", "title", "note", "scenario", "replicates", "seed"]);
        // A base of a sweep has neither: the sweep says how often and with which seed.
        if self.sweep.is_none() {
            out += &format!("replicates = {}\nseed = {}\n", size.replicates, self.seed);
        }
        for arm in &self.arms {
            let name = format!("arm.{}", key(&arm.id));
            let section = written.sections.iter().find(|s| s.name == name);
            out += &format!("\n[{name}]\n");
            out += &section.map(|s| s.without(&["scenario", "set", "enabled"])).unwrap_or_default();
            if file(arm) != common {
                out += &format!("scenario = {}\n", file(arm));
            }
            let set: Vec<String> = self
                .settings(arm)
                .iter()
                .map(|o| format!("{} = {}", quoted(&o.path), value(o, arm.scenario())))
                .collect();
            if !set.is_empty() {
                out += &format!("set = {{ {} }}\n", set.join(", "));
            }
        }
        let subjects = written.sections.iter().find(|s| s.name == "subjects");
        out += &format!("\n[subjects]\nn = {}\n", size.subjects);
        out += &subjects.map(|s| s.without(&["n"])).unwrap_or_default();
        let rest = |name: &str| name != "subjects" && !name.starts_with("arm.");
        written.sections.iter().filter(|s| rest(&s.name)).for_each(|s| out += &s.text());
        out
    }

    /// What an arm sets. The scenario holds what the command line says; where the arm, or a draw, would change that again,
    /// the arm says it too: the command line has the last word.
    fn settings<'a>(&self, arm: &'a Arm) -> Vec<&'a Override> {
        let last = &arm.scenario().overrides;
        let own = arm.set().iter().filter(|o| last.iter().all(|l| !within(&o.path, &l.path)));
        let drawn = |path: &str| self.draws().any(|d| related(d.path(), path));
        let of_arm = |path: &str| arm.set().iter().any(|o| related(&o.path, path));
        let again = last.iter().enumerate().filter(|(i, l)| {
            let replaced = last[i + 1..].iter().any(|later| within(&l.path, &later.path));
            // A clock that the command line cut short may end before a day of a comparison: the study must say so.
            let cut = l.path.starts_with("clock.");
            !replaced && (cut || drawn(&l.path) || of_arm(&l.path))
        });
        own.chain(again.map(|(_, l)| l)).collect()
    }
}

/// The value of an override as TOML; the path of a file becomes absolute, since the document moves.
fn value(o: &Override, document: &Document) -> String {
    let file = o.path.rsplit('.').next() == Some("file") || spec::is_file(&o.path);
    if let Some(text) = o.node.text().filter(|_| file) {
        let path = document.files.folder(o.node.span).join(text);
        return quoted(&std::path::absolute(&path).unwrap_or(path).to_string_lossy());
    }
    spec::describe(o)[o.path.len() + 3..].to_string()
}

/// Names for files that hold these documents: letters, digits, `_` and `-` only, all different.
fn file_names(paths: &[&Path]) -> Vec<String> {
    let ids = labels::of_paths(paths).unwrap_or_else(|_| vec!["scenario".to_string(); paths.len()]);
    let mut out: Vec<String> = Vec::new();
    for id in ids {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let mut name: String = id.chars().map(plain).collect();
        if name.is_empty() || out.contains(&name) {
            name = format!("{name}_{}", out.len() + 1);
        }
        out.push(name);
    }
    out
}

/// A basic string; what JSON escapes, TOML escapes alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn key(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { text.to_string() } else { quoted(text) }
}

/// A resolved document by sections: `spec` writes one key a line.
#[derive(Default)]
struct Text {
    top: Section,
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    name: String,
    lines: Vec<String>,
}

impl Text {
    fn of(text: &str) -> Text {
        let mut out = Text::default();
        for line in text.lines() {
            match line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                Some(name) => out.sections.push(Section { name: name.to_string(), lines: Vec::new() }),
                None => out.sections.last_mut().unwrap_or(&mut out.top).lines.push(line.to_string()),
            }
        }
        out
    }

    /// Title and note.
    fn header(&self) -> String {
        let wanted = |l: &&String| ["title = ", "note = "].iter().any(|k| l.starts_with(k));
        self.top.lines.iter().filter(wanted).map(|l| format!("{l}\n")).collect()
    }

    /// The keys at the top but these, without comments.
    fn top(&self, known: &[&str]) -> String {
        let text = self.top.without(known);
        text.lines().filter(|l| !l.starts_with('#')).map(|l| format!("{l}\n")).collect()
    }
}

impl Section {
    fn text(&self) -> String {
        format!("\n[{}]\n{}", self.name, self.without(&[]))
    }

    fn without(&self, keys: &[&str]) -> String {
        let is = |line: &str, key: &str| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(" ="));
        let kept = self.lines.iter().filter(|l| !l.is_empty() && keys.iter().all(|k| !is(l, k)));
        kept.map(|l| format!("{l}\n")).collect()
    }
}
