//! Tables of numbers beside documents: CSV files read with the place of every value, so that a mistake in one is told
//! like a mistake in a document.
//!
//! A mistake is a light [`Fault`] until somebody wants its line: a large table may have many. One row per line, values between commas, in double quotes where they hold a comma; blanks around values do not count
//! and empty lines are skipped. Knows nothing of what columns mean.

use super::diagnostics::{Problem, Severity};
use super::read_text::{read_file, text};
use super::tree::{Fault, Files, Span};
use std::borrow::Cow;
use std::path::Path;

/// Largest table, bytes.
const MAX_BYTES: u64 = 1 << 28;

/// The text of a table and its first line.
pub struct Csv {
    files: Files,
    headers: Vec<(String, Span)>,
    /// Where the first row begins, and the number of its line less one.
    start: (usize, usize),
}

/// A value and where it stands.
pub type Value<'a> = (Cow<'a, str>, Span);

impl Csv {
    /// Opens a table; `name` is how messages call it.
    ///
    /// # Errors
    /// Why the file cannot be read, or what is wrong with its first line.
    pub fn open(path: &Path, name: &str) -> Result<Csv, Box<Problem>> {
        let general = |message: String| Box::new(Problem::general(Severity::Error, name, message));
        let bytes = read_file(path, MAX_BYTES).map_err(general)?;
        let text = text(bytes).map_err(|(_, message)| general(message))?;
        let mut files = Files::default();
        files.add(name, Path::new(""), text);
        let mut csv = Csv { files, headers: Vec::new(), start: (0, 0) };
        let mut rows = csv.rows();
        let first = rows.next();
        let start = (rows.at, rows.line);
        let Some(first) = first else { return Err(general("the table is empty".to_string())) };
        let first = first.map_err(|fault| Box::new(csv.problem(fault)))?;
        let headers = first.into_iter().map(|(text, span)| (text.into_owned(), span)).collect::<Vec<_>>();
        (csv.headers, csv.start) = (headers, start);
        Ok(csv)
    }

    /// Names of the columns and where they stand.
    pub fn headers(&self) -> &[(String, Span)] {
        &self.headers
    }

    /// Columns without a name, or with that of another.
    pub fn header_faults(&self) -> Vec<Fault> {
        let mut out = Vec::new();
        for (i, (header, span)) in self.headers.iter().enumerate() {
            if header.is_empty() {
                out.push(fault(*span, "a column has no name", ""));
            } else if self.headers[..i].iter().any(|(h, _)| h == header) {
                out.push(fault(*span, format!("column `{header}` stands twice"), ""));
            }
        }
        out
    }

    /// Position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|(h, _)| h == name)
    }

    /// The rows after the first; each has as many values as there are columns, or is a problem.
    pub fn rows(&self) -> Rows<'_> {
        Rows { csv: self, at: self.start.0, line: self.start.1 }
    }

    /// A mistake with its line.
    pub fn problem(&self, fault: Fault) -> Problem {
        let mut problem = Problem::at(Severity::Error, &self.files, fault.span, fault.message);
        problem.help.extend(fault.help);
        problem
    }

    /// A number at a place of the table.
    ///
    /// # Errors
    /// It is none, or not finite.
    pub fn number(&self, (text, span): &Value, column: &str) -> Result<f64, Fault> {
        let parsed = text.parse::<f64>().ok().filter(|v| v.is_finite());
        parsed.ok_or_else(|| fault(*span, format!("`{text}` in column `{column}` is no number"), ""))
    }
}

/// A mistake at a place of a table.
pub fn fault(span: Span, message: impl Into<String>, help: &str) -> Fault {
    Fault { span, message: message.into(), help: (!help.is_empty()).then(|| help.to_string()) }
}

/// Goes through the lines.
pub struct Rows<'a> {
    csv: &'a Csv,
    at: usize,
    line: usize,
}

impl Rows<'_> {
    /// Line of the row that came last, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Vec<Value<'a>>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let text: &'a str = &self.csv.files.list[0].text;
        loop {
            if self.at >= text.len() {
                return None;
            }
            let start = self.at;
            let end = text[start..].find('\n').map_or(text.len(), |n| start + n);
            self.at = end + 1;
            self.line += 1;
            if text[start..end].trim().is_empty() {
                continue;
            }
            let row = values(text, start, end).and_then(|row| {
                let wanted = self.csv.headers.len();
                if wanted == 0 || row.len() == wanted {
                    return Ok(row);
                }
                let message = format!("this row has {} values, the first line {wanted}", row.len());
                Err(fault(place(start, end), message, ""))
            });
            return Some(row);
        }
    }
}

fn place(start: usize, end: usize) -> Span {
    Span { file: 0, start: start as u32, end: end as u32 }
}

/// The values of one line.
fn values(text: &str, start: usize, end: usize) -> Result<Vec<Value<'_>>, Fault> {
    let mut out = Vec::new();
    let mut at = start;
    loop {
        at += text[at..end].len() - text[at..end].trim_start().len();
        if text[at..end].starts_with('"') {
            let Some((inner, after)) = quoted(&text[at..end]) else {
                return Err(fault(place(at, end), "a quote is not closed on its line", ""));
            };
            let rest = text[at + after..end].find(',').map_or(end, |n| at + after + n);
            if !text[at + after..rest].trim().is_empty() {
                return Err(fault(place(at + after, rest), "text after a closing quote", ""));
            }
            out.push((Cow::Owned(inner), place(at, at + after)));
            at = rest;
        } else {
            let rest = text[at..end].find(',').map_or(end, |n| at + n);
            let value = text[at..rest].trim_end();
            out.push((Cow::Borrowed(value), place(at, at + value.len())));
            at = rest;
        }
        if at >= end {
            return Ok(out);
        }
        at += 1;
    }
}

/// The text within quotes at the start of a text, doubled ones as one, and where it ends.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((i, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', Some((_, '"'))) => {
                chars.next();
                out.push('"');
            }
            ('"', _) => return Some((out.trim().to_string(), i + 1)),
            _ => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<(Vec<Vec<String>>, Csv), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, text).unwrap();
        let csv = Csv::open(&path, "t.csv").map_err(|p| p.to_string())?;
        if let Some(fault) = csv.header_faults().into_iter().next() {
            return Err(csv.problem(fault).to_string());
        }
        let mut rows = vec![csv.headers().iter().map(|h| h.0.clone()).collect::<Vec<_>>()];
        for row in csv.rows() {
            rows.push(
                row.map_err(|f| csv.problem(f).to_string())?.into_iter().map(|v| v.0.into_owned()).collect(),
            );
        }
        Ok((rows, csv))
    }

    #[test]
    fn values_are_read_with_quotes_blanks_and_empty_lines() {
        let (rows, csv) = table("\u{feff}a, b ,\"c, d\"\r\n\n1,,\"x \"\"y\"\"\"\r\n 2 , 3,\n").unwrap();
        assert_eq!(rows, [["a", "b", "c, d"], ["1", "", "x \"y\""], ["2", "3", ""]]);
        let row = csv.rows().nth(1).unwrap().unwrap();
        let message = csv.problem(fault(row[1].1, "no", "")).to_string();
        assert!(message.starts_with("t.csv:4:6: error: no\n4 |  2 , 3,\n  |      ^"), "{message}");
    }

    #[test]
    fn what_is_no_table_is_told_with_its_place() {
        for (text, expected) in [
            ("", "t.csv: error: the table is empty"),
            ("\n \n", "t.csv: error: the table is empty"),
            ("a,b\n1\n", "t.csv:2:1: error: this row has 1 values, the first line 2"),
            ("a,a\n1,2\n", "t.csv:1:3: error: column `a` stands twice"),
            ("a,,b\n1,2,3\n", "t.csv:1:3: error: a column has no name"),
            ("a\n\"1\n", "t.csv:2:1: error: a quote is not closed on its line"),
            ("a\n\"1\"2\n", "t.csv:2:4: error: text after a closing quote"),
        ] {
            let message = table(text).map(|t| t.0).unwrap_err();
            assert!(message.starts_with(expected), "{text:?}: {message}");
        }
        let (_, csv) = table("a\nnan\n1e999\nx\n2\n").unwrap();
        let numbers: Vec<bool> = csv.rows().map(|r| csv.number(&r.unwrap()[0], "a").is_ok()).collect();
        assert_eq!(numbers, [false, false, false, true]);
    }
}
