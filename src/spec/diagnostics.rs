//! Problems of documents: collected, sorted, and rendered as one clear message each.
//!
//! A problem knows its place in the text, so that it can be shown without the files at hand.

use super::tree::{Fault, Files, Span};
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// One mistake, or one thing worth a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub severity: Severity,
    pub file: String,
    /// Counted from 1; 0 where the problem belongs to no line.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    pub message: String,
    /// What is allowed, the nearest name, the way out.
    pub help: Vec<String>,
    /// The line as written.
    pub source_line: String,
    /// Characters to underline.
    pub width: usize,
}

impl Problem {
    /// A problem that belongs to no place in a text.
    pub fn general(severity: Severity, file: &str, message: String) -> Problem {
        Problem {
            severity,
            file: file.to_string(),
            line: 0,
            column: 0,
            message,
            help: Vec::new(),
            source_line: String::new(),
            width: 0,
        }
    }

    /// A problem at a place in a text.
    pub fn at(severity: Severity, files: &Files, span: Span, message: String) -> Problem {
        let mut problem = Problem::general(severity, files.name(span), message);
        let Some(file) = files.list.get(span.file as usize) else { return problem };
        let text = &file.text;
        let floor = |at: u32| {
            let mut at = (at as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let (start, end) = (floor(span.start), floor(span.end));
        let line_start = text[..start].rfind('\n').map_or(0, |n| n + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |n| start + n);
        problem.line = text[..start].matches('\n').count() + 1;
        problem.column = text[line_start..start].chars().count() + 1;
        problem.source_line = text[line_start..line_end].trim_end_matches('\r').to_string();
        problem.width = text[start..end.clamp(start, line_end)].chars().count().max(1);
        problem
    }
}

impl fmt::Display for Problem {
    /// `path:line:col: error: ...`, the line with a mark under the place, and help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        if self.line == 0 {
            write!(f, "{}: {word}: {}", self.file, self.message)?;
        } else {
            writeln!(f, "{}:{}:{}: {word}: {}", self.file, self.line, self.column, self.message)?;
            let gutter = " ".repeat(self.line.to_string().len());
            let (line, skipped) = window(&self.source_line, self.column);
            let pad = " ".repeat(self.column - 1 - skipped);
            let mark = "^".repeat(self.width.min(line.chars().count().saturating_sub(pad.len()).max(1)));
            write!(f, "{} | {line}\n{gutter} | {pad}{mark}", self.line)?;
        }
        for help in &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

/// A line of at most 140 characters around the column, tabs as blanks, and how many were cut in front.
fn window(line: &str, column: usize) -> (String, usize) {
    const WIDTH: usize = 140;
    let chars: Vec<char> = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if chars.len() <= WIDTH {
        return (chars.into_iter().collect(), 0);
    }
    let skip = (column - 1).saturating_sub(WIDTH / 3).min(chars.len() - WIDTH);
    (chars[skip..skip + WIDTH].iter().collect(), skip)
}

/// Problems found so far; reading goes on after each.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// Notes an error; `help` may be empty.
    pub fn error(&mut self, files: &Files, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.note(Severity::Error, files, span, message.into(), help.into());
    }

    /// Notes a warning; `help` may be empty.
    pub fn warning(
        &mut self,
        files: &Files,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(Severity::Warning, files, span, message.into(), help.into());
    }

    fn note(&mut self, severity: Severity, files: &Files, span: Span, message: String, help: String) {
        let mut problem = Problem::at(severity, files, span, message);
        if !help.is_empty() {
            problem.help.push(help);
        }
        self.push(problem);
    }

    /// Notes a problem once: one mistake in an inherited table is met by every heir.
    pub fn push(&mut self, problem: Problem) {
        if !self.list.contains(&problem) {
            self.list.push(problem);
        }
    }

    pub fn faults(&mut self, files: &Files, faults: Vec<Fault>) {
        for fault in faults {
            self.error(files, fault.span, fault.message, fault.help.unwrap_or_default());
        }
    }

    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|p| p.severity == Severity::Error)
    }

    /// All problems, `merged`.
    pub fn into_sorted(self) -> Vec<Problem> {
        merged(self.list, Vec::new())
    }
}

/// Problems in order of file, line and column, errors first at one place, each once. Of two at one place of which one message
/// ends with the other, that a draw or a level *can* lead to a mistake and the mistake itself, the mistake stays.
pub fn merged(mut list: Vec<Problem>, more: Vec<Problem>) -> Vec<Problem> {
    list.extend(more);
    list.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.severity, &a.message)
            .cmp(&(&b.file, b.line, b.column, b.severity, &b.message))
    });
    list.dedup();
    let place = |p: &Problem| (p.file.clone(), p.line, p.column, p.severity);
    let said: Vec<_> = list.iter().map(|p| (place(p), p.message.clone())).collect();
    list.retain(|p| {
        !said.iter().any(|(at, message)| {
            *at == place(p) && p.message.len() > message.len() && p.message.ends_with(message.as_str())
        })
    });
    list
}

/// All messages, one after the other, and at the end how many there are of what there is; nothing for none.
pub fn render(problems: &[Problem]) -> String {
    let mut out = String::new();
    for problem in problems {
        out += &format!("{problem}\n\n");
    }
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let counts = [(errors, "error"), (problems.len() - errors, "warning")];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| format!("{n} {word}{}", if *n == 1 { "" } else { "s" }))
        .collect();
    if counts.is_empty() { out } else { out + &counts.join(", ") + "\n" }
}

/// A word with its article.
pub fn article(word: &str) -> String {
    format!("{} {word}", if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" })
}

/// `did you mean` where a name is near, else the list of what is allowed.
pub fn suggest<'a>(given: &str, allowed: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = allowed.into_iter().collect();
    names.sort_unstable();
    names.dedup();
    if let Some(near) = nearest(given, &names) {
        return format!("did you mean `{near}`?");
    }
    match names.len() {
        0 => "none is defined".to_string(),
        1..=24 => format!("allowed: {}", names.join(", ")),
        n => format!("allowed: {}, ... ({n} in all)", names[..24].join(", ")),
    }
}

/// The allowed name nearest in spelling, if it is near.
pub fn nearest<'a>(given: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let lower = given.to_lowercase();
    let scored =
        allowed.iter().map(|name| (strsim::damerau_levenshtein(&name.to_lowercase(), &lower), *name));
    let (distance, name) = scored.min()?;
    (distance <= 1 + given.chars().count() / 4).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_problem_shows_its_line_and_a_mark() {
        let mut files = Files::default();
        files.add("m.toml", Path::new(""), "a = 1\n[substrate.o2]\ndifusion = \"1 um\"\n".to_string());
        let mut problems = Problems::default();
        let span = Span { file: 0, start: 21, end: 29 };
        problems.error(&files, span, "unknown key `difusion`", suggest("difusion", ["decay", "diffusion"]));
        problems.warning(&files, Span { file: 0, start: 0, end: 1 }, "unused", "");
        problems.warning(&files, Span { file: 0, start: 0, end: 1 }, "unused", "");
        let expected = "m.toml:1:1: warning: unused\n1 | a = 1\n  | ^\n\n\
            m.toml:3:1: error: unknown key `difusion`\n3 | difusion = \"1 um\"\n  | ^^^^^^^^\n  \
            help: did you mean `diffusion`?\n\n1 error, 1 warning\n";
        assert_eq!(render(&problems.into_sorted()), expected);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let mut files = Files::default();
        files.add("m.toml", Path::new(""), format!("a = \"{}\" x", "\u{e9}".repeat(500)));
        let at = files.list[0].text.len() as u32;
        let problem =
            Problem::at(Severity::Error, &files, Span { file: 0, start: at - 1, end: at }, "no".into());
        assert_eq!(problem.column, 508);
        assert!(problem.to_string().lines().all(|l| l.chars().count() < 160));
        assert!(problem.to_string().ends_with('^'));
    }

    #[test]
    fn names_far_from_all_are_answered_with_the_list() {
        assert_eq!(suggest("zzz", ["b", "a"]), "allowed: a, b");
        assert_eq!(suggest("Tumour", ["tumor", "blood"]), "did you mean `tumor`?");
    }
}
