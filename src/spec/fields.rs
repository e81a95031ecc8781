//! What a field table is: the keys one part of a document may hold, each with type, default and meaning.
//!
//! The tables themselves are in `model_fields`, `scenario_fields` and `study_fields`. The reader, the JSON Schema,
//! `tme list` and the overrides all read them; a key that is in no table does not exist. What the language has but this
//! version does not build is marked here once: it is refused by name, and neither lists nor schema show it.

use super::scenario_fields::DISTRIBUTION;
use crate::units::{Dimension, number};

/// What may stand at a key.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A number with a unit of this dimension.
    Quantity(Dimension),
    /// A plain number.
    Number,
    /// A whole number, not negative.
    Whole,
    Bool,
    Text,
    /// Path of a file, relative to the document.
    File,
    /// A quantity whose unit follows from another entry (said in words).
    InUnit(&'static str),
    /// As `InUnit`, or a distribution.
    Drawn(&'static str),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// An id of a thing of this table; several tables separated by a blank.
    Name(&'static str),
    /// One id or a list of them.
    Names(&'static str),
    /// A list of quantities of this dimension.
    Lengths(Dimension),
    /// Any id = value of this kind.
    Map(&'static Kind),
    /// Any id = a table: a named thing.
    Things(&'static [Field]),
    Table(&'static [Field]),
    /// A list of tables.
    List(&'static [Field]),
    /// A time, a list of times, or a table (language: triggers).
    Trigger,
    /// Read by hand; the words say what is allowed.
    Special(&'static str),
}

/// Which numbers are allowed, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    Any,
    Positive,
    NotNegative,
    /// 0..1
    Share,
    /// -1..1
    Bias,
    AtLeastOne,
}

impl Range {
    /// What is wrong with a number, if it is out of range.
    pub fn refuses(self, value: f64) -> Option<&'static str> {
        let (fine, words) = match self {
            Range::Any => (true, ""),
            Range::Positive => (value > 0.0, "must be above 0"),
            Range::NotNegative => (value >= 0.0, "must not be negative"),
            Range::Share => ((0.0..=1.0).contains(&value), "must be between 0 and 1"),
            Range::Bias => ((-1.0..=1.0).contains(&value), "must be between -1 and 1"),
            Range::AtLeastOne => (value >= 1.0, "must be at least 1"),
        };
        (!fine).then_some(words)
    }
}

/// One key of a part of a document.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub key: &'static str,
    pub kind: Kind,
    pub range: Range,
    /// As written in TOML; empty: none.
    pub default: &'static str,
    pub required: bool,
    pub text: &'static str,
    /// Largest number allowed: what may be counted, stored or waited for.
    pub most: f64,
    /// Whether this version builds it.
    pub built: bool,
    /// Words of the language that a choice or list does not build yet.
    pub later: &'static [&'static str],
}

impl Field {
    pub const fn range(self, range: Range) -> Field {
        Field { range, ..self }
    }

    pub const fn positive(self) -> Field {
        self.range(Range::Positive)
    }

    pub const fn not_negative(self) -> Field {
        self.range(Range::NotNegative)
    }

    pub const fn share(self) -> Field {
        self.range(Range::Share)
    }

    pub const fn default(self, default: &'static str) -> Field {
        Field { default, ..self }
    }

    pub const fn required(self) -> Field {
        Field { required: true, ..self }
    }

    pub const fn most(self, most: f64) -> Field {
        Field { most, ..self }
    }

    /// Part of the language, refused by name.
    pub const fn unbuilt(self) -> Field {
        Field { built: false, ..self }
    }

    pub const fn later(self, later: &'static [&'static str]) -> Field {
        Field { later, ..self }
    }

    /// What is wrong with a number, if it may not stand here.
    pub fn refuses(&self, value: f64) -> Option<String> {
        if value > self.most {
            return Some(format!("is {}; at most {} are allowed", number(value), number(self.most)));
        }
        self.range.refuses(value).map(str::to_string)
    }
}

/// Fields that this version builds: what lists, the schema and suggestions show.
pub fn built(fields: &[Field]) -> impl Iterator<Item = &Field> + Clone {
    fields.iter().filter(|f| f.built)
}

/// A key that may be left out.
pub const fn field(key: &'static str, kind: Kind, text: &'static str) -> Field {
    Field {
        key,
        kind,
        range: Range::Any,
        default: "",
        required: false,
        text,
        most: f64::INFINITY,
        built: true,
        later: &[],
    }
}

/// A key with a quantity of fixed dimension that must not be negative.
pub const fn quantity(key: &'static str, dimension: Dimension, text: &'static str) -> Field {
    field(key, Kind::Quantity(dimension), text).not_negative()
}

/// A part of documents: the named things of one table.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub name: &'static str,
    pub fields: &'static [Field],
    pub text: &'static str,
}

/// The field at a path of keys below a table of fields; ids of maps stand for anything.
pub fn lookup(fields: &'static [Field], path: &[&str]) -> Option<Kind> {
    let (first, rest) = path.split_first()?;
    let field = fields.iter().find(|f| f.key == *first)?;
    descend(field.kind, rest)
}

/// The field that governs the value at a path, with its range: for an entry of a map that of the map.
pub fn governing<'f>(fields: impl IntoIterator<Item = &'f Field>, path: &[&str]) -> Option<&'f Field> {
    let (first, rest) = path.split_first()?;
    let field = fields.into_iter().find(|f| f.key == *first)?;
    match (field.kind, rest) {
        (_, [] | ["value"]) | (Kind::Map(_), [_] | [_, "value"]) => Some(field),
        (Kind::Drawn(_), rest) | (Kind::Map(Kind::Drawn(_)), [_, rest @ ..]) => governing(DISTRIBUTION, rest),
        (Kind::Things(fields), [_, rest @ ..]) | (Kind::Table(fields), rest) => governing(fields, rest),
        _ => None,
    }
}

/// What may stand at a path below a kind of value.
pub fn descend(kind: Kind, path: &[&str]) -> Option<Kind> {
    let Some((_, rest)) = path.split_first() else { return Some(kind) };
    match kind {
        Kind::Map(inner) => descend(*inner, rest),
        Kind::Things(fields) => match rest {
            [] => Some(Kind::Table(fields)),
            _ => lookup(fields, rest),
        },
        Kind::Table(fields) => lookup(fields, path),
        _ => None,
    }
}
