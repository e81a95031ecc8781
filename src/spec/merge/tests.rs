//! Merging files: order, conflicts, circles, and what is no document.

use super::super::diagnostics::render;
use super::*;

/// Writes files into a folder, loads the last and returns it or its messages without the folder's name.
pub fn load_files(files: &[(&str, &str)], set: &[&str]) -> Result<Document, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let set: Vec<String> = set.iter().map(|s| (*s).to_string()).collect();
    let prefix = format!("{}/", folder.path().display());
    let read = read(Files::default(), &folder.path().join(files.last().unwrap().0), &set);
    let found = match read {
        Ok(document) if document.problems.iter().all(|p| p.severity == Severity::Warning) => {
            return Ok(document);
        }
        Ok(document) => document.problems,
        Err(found) => found,
    };
    Err(render(&found).replace(&prefix, ""))
}

const BASE: &str = "kind = \"model\"\n[substrate.o2]\nunit = \"mmHg\"\ndecay = \"1 /min\"\n";

#[test]
fn deeper_files_come_first_and_each_once() {
    let left = "kind = \"model\"\nextends = \"base.toml\"\n[substrate.o2]\ndecay = \"2 /min\"\n";
    let right = "kind = \"model\"\nextends = [\"base.toml\"]\n[trait.x]\n";
    let top = "kind = \"scenario\"\nmodel = [\"m/l.toml\", \"m/r.toml\"]\nset = { \"substrate.o2.initial\" = \"38 mmHg\" }\n";
    let files = [("m/base.toml", BASE), ("m/l.toml", left), ("m/r.toml", right), ("top.toml", top)];
    let document = load_files(&files, &[]).unwrap();
    assert_eq!(document.merged.len(), 4);
    let at = |path: &[&str]| document.tree.at(path).and_then(Node::text).map(str::to_string);
    assert_eq!(at(&["substrate", "o2", "decay"]).as_deref(), Some("2 /min"));
    assert_eq!(at(&["substrate", "o2", "initial"]).as_deref(), Some("38 mmHg"));
    assert_eq!(at(&["substrate", "o2", "unit"]).as_deref(), Some("mmHg"));
}

#[test]
fn siblings_that_disagree_need_a_decision() {
    let left = "kind = \"model\"\nextends = \"base.toml\"\n[substrate.o2]\ndecay = \"2 /min\"\n";
    let right = left.replace('2', "3").replace("o3", "o2");
    let top = "kind = \"scenario\"\nmodel = [\"l.toml\", \"r.toml\"]\n";
    let files = [("base.toml", BASE), ("l.toml", left), ("r.toml", &right), ("top.toml", top)];
    let expected = "r.toml:4:9: error: `substrate.o2.decay` has different values in l.toml and here\n\
        4 | decay = \"3 /min\"\n  |         ^^^^^^^^\n  \
        help: neither file extends the other; the file that uses both must decide with `set`\n\n1 error\n";
    assert_eq!(load_files(&files, &[]).unwrap_err(), expected);
    let decided = format!("{top}set = {{ \"substrate.o2.decay\" = \"5 /min\" }}\n");
    let files = [("base.toml", BASE), ("l.toml", left), ("r.toml", &right), ("top.toml", &decided)];
    assert!(load_files(&files, &[]).is_ok());
    let merged = "kind = \"model\"\nextends = [\"l.toml\", \"r.toml\"]\nsubstrate.o2.decay = \"4 /min\"\n";
    let files = [("base.toml", BASE), ("l.toml", left), ("r.toml", &right), ("both.toml", merged)];
    assert!(load_files(&files, &[]).is_ok());
}

#[test]
fn cycles_are_shown_as_a_chain() {
    let files = [
        ("a.toml", "kind = \"model\"\nextends = \"b.toml\"\n"),
        ("b.toml", "kind = \"model\"\nextends = \"c.toml\"\n"),
        ("c.toml", "kind = \"model\"\nextends = \"a.toml\"\n"),
    ];
    let expected = "b.toml:2:11: error: a document that extends itself: c.toml -> a.toml -> b.toml -> c.toml\n\
        2 | extends = \"c.toml\"\n  |           ^^^^^^^^\n\n1 error\n";
    assert_eq!(load_files(&files, &[]).unwrap_err(), expected);
}

#[test]
fn a_scenario_adds_to_a_model_and_changes_it_only_by_set() {
    let top = "kind = \"scenario\"\nmodel = \"base.toml\"\nsubstrate.o2.decay = \"3 /min\"\n";
    let message = load_files(&[("base.toml", BASE), ("top.toml", top)], &[]).unwrap_err();
    assert!(
        message.contains("top.toml:3:14: error: `substrate.o2.decay` is already given in base.toml"),
        "{message}"
    );
    assert!(message.contains("write set = { \"substrate.o2.decay\" = ... }"), "{message}");
}

#[test]
fn documents_that_are_none() {
    let one = |text: &str| load_files(&[("a.toml", text)], &[]).unwrap_err();
    assert_eq!(one(""), "a.toml: error: the file is empty\n\n1 error\n");
    assert!(
        one("title = \"x\"").starts_with("a.toml: error: the document has no `kind`\n  help: begin with")
    );
    assert!(one("kind = \"modell\"").contains("did you mean `model`?"));
    assert!(one("kind = 3").contains("`kind` must be text, not a number"));
    assert!(one("kind = \"model\"\nextends = \"b.toml\"").contains("error: no such file: b.toml"));
    assert!(one("kind = \"model\"\nextends = 4").contains("must be a path or a list of paths, not a number"));
    let files = [("m.toml", BASE), ("s.toml", "kind = \"scenario\"\nextends = \"m.toml\"\n")];
    let message = load_files(&files, &[]).unwrap_err();
    assert!(message.contains("m.toml is a model, not a scenario"), "{message}");
    assert!(message.contains("a scenario names its models with `model`"), "{message}");
}

#[test]
fn paths_of_overrides_must_exist() {
    let top = "kind = \"scenario\"\nmodel = \"base.toml\"\nset = { \"substrat.o2.decay\" = 1, \"substrate.o3.decay\" = 1, \"substrate.o2.decai\" = 1 }\n";
    let message = load_files(&[("base.toml", BASE), ("top.toml", top)], &[]).unwrap_err();
    for expected in [
        "path `substrat.o2.decay`: a scenario has no `substrat`\n",
        "did you mean `substrate`?",
        "path `substrate.o3.decay`: `substrate` has no `o3`",
        "did you mean `o2`?",
        "path `substrate.o2.decai`: `substrate.o2` has no `decai`",
        "did you mean `decay`?",
        "3 errors",
    ] {
        assert!(message.contains(expected), "{expected} not in {message}");
    }
}

#[test]
fn the_command_line_takes_toml_and_bare_quantities() {
    let mut files = Files::default();
    let bare = Override::parse(&mut files, "clock.end=30 day").unwrap();
    assert_eq!((bare.path.as_str(), bare.node.text()), ("clock.end", Some("30 day")));
    let toml = Override::parse(&mut files, "a.b = [1, 2]").unwrap();
    assert!(matches!(&toml.node.value, Value::Array(a) if a.len() == 2));
    assert_eq!(files.list[1].text[toml.node.span.start as usize..].trim(), "[1, 2]");
    let quoted = Override::parse(&mut files, "\"a.b\"=\"x\"").unwrap();
    assert_eq!((quoted.path.as_str(), quoted.node.text()), ("a.b", Some("x")));
    assert!(Override::parse(&mut files, "a.b").is_err());
    assert!(Override::parse(&mut files, "a.b=").is_err());
}

#[test]
fn the_end_on_the_command_line_goes_by_its_option() {
    let mut files = Files::default();
    let end = Override::parse(&mut files, "--until=30 day").unwrap();
    assert_eq!((end.path.as_str(), end.node.text()), ("clock.end", Some("30 day")));
    assert_eq!(files.name(end.node.span), "--until");
    for (text, message) in [
        ("30", "--until: `30` has no unit of time"),
        ("3 mm", "--until must be a time, not a length (um, mm, cm)"),
        ("soon", "--until: `soon` does not begin with a number"),
    ] {
        let [fault] = &Override::parse(&mut files, &format!("--until={text}")).unwrap_err()[..] else {
            panic!()
        };
        assert_eq!(fault.message, message);
        assert!(fault.help.as_ref().unwrap().contains("--until \"30 day\""));
    }
    let scenario = "kind = \"scenario\"\nclock = { start = \"5 day\", end = \"9 day\" }\n";
    let document = load_files(&[("s.toml", scenario)], &["--until=4 day"]).unwrap();
    let told = render(&super::super::compile::build(&document, &[]).problems);
    assert!(told.starts_with("--until:1:1: error: --until is not after clock.start\n1 | 4 day"), "{told}");
}
