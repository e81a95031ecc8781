//! `figures.json`: what the study says about its own columns, so that no figure knows one by name.
//!
//! Everything in it may be missing; then names and units are read off the columns.

use crate::plot::PlotError;
use crate::units::suffix;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// Captions and groups of columns.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Captions {
    pub title: String,
    pub arms: Vec<ArmCaption>,
    pub groups: Groups,
    /// Unit of a column, as written in the model ("mm^3", "pM").
    pub units: BTreeMap<String, String>,
    /// Words for a column, or for a thing of the model by part and id, where its name does not read well.
    pub labels: BTreeMap<String, String>,
    /// Column that stands for a run where there is room for one.
    pub main: Option<String>,
    pub endpoint: BTreeMap<String, EndpointCaption>,
    /// By endpoint and column: where the column stays in a run that the endpoint has ended.
    pub after: BTreeMap<String, BTreeMap<String, Side>>,
    /// By endpoint and column: the number that a column stays below in such a run, where the endpoint names one.
    pub bound: BTreeMap<String, BTreeMap<String, f64>>,
    /// Smallest value of a column that counts as seen.
    pub limit: BTreeMap<String, f64>,
    /// Day of the comparison of burdens.
    pub burden: BurdenCaption,
    /// Columns of runs.csv that a sweep varies, in order; an empty list says that there are none.
    pub factors: Option<Vec<String>>,
    /// Cell types whose deaths are told apart by cause.
    pub kills: KillsCaption,
    /// Sentence under every figure.
    pub claim: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct ArmCaption {
    pub id: String,
    pub label: String,
}

/// Columns of series.csv that belong together.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct Groups {
    pub cell_counts: Vec<String>,
    pub fields: Vec<String>,
    pub exposure: Vec<String>,
    pub specificities: Vec<String>,
}

/// On which side of what was seen a column stays.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Above,
    Below,
}

/// The threshold behind an endpoint.
#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct EndpointCaption {
    pub observable: Option<String>,
    pub above: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct BurdenCaption {
    pub observable: Option<String>,
    pub day: Option<f64>,
}

#[derive(Debug, Clone, Default, Deserialize, PartialEq)]
#[serde(default)]
pub struct KillsCaption {
    pub cell_types: Vec<String>,
}

impl Captions {
    /// Read `figures.json`; the default where there is none.
    pub fn read(path: &Path) -> Result<Self, PlotError> {
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| PlotError::Table { path: path.to_owned(), problem: e.to_string() }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(PlotError::Read { path: path.to_owned(), source }),
        }
    }

    /// Name of a column without its unit, in words.
    pub fn name(&self, column: &str) -> String {
        if let Some(label) = self.labels.get(column) {
            return label.clone();
        }
        words(split_unit(column, self.units.get(column).map(String::as_str)).0)
    }

    /// A thing of a part of the model ("cell_type", "substrate") by its label, else its id in words; cells live or dead.
    pub fn thing(&self, part: &str, id: &str) -> String {
        let (id, dead) = id.strip_suffix(" (dead)").map_or((id, ""), |id| (id, " (dead)"));
        self.label(part, id).map_or_else(|| words(id), str::to_owned) + dead
    }

    /// The label of a thing, if it has one.
    pub fn label(&self, part: &str, id: &str) -> Option<&str> {
        self.labels.get(&format!("{part}.{id}")).map(String::as_str)
    }

    /// A column without the suffix of its unit. What counts cells keeps its name, but a declared suffix goes.
    pub fn without_unit(&self, column: &str) -> String {
        let declared = self.units.get(column).map(String::as_str);
        let written = declared.map(|u| format!("_{}", suffix(u)));
        let stripped = written.and_then(|w| column.strip_suffix(&w).map(str::to_owned));
        stripped.unwrap_or_else(|| split_unit(column, declared).0.to_owned())
    }

    /// Unit of a column, set for print; empty for a count.
    pub fn unit(&self, column: &str) -> String {
        let (_, unit) = split_unit(column, self.units.get(column).map(String::as_str));
        unit.map(|u| print_unit(&u)).unwrap_or_default()
    }

    /// "Tumor volume (mm^{3})".
    pub fn axis(&self, column: &str) -> String {
        let unit = self.unit(column);
        if unit.is_empty() { self.name(column) } else { format!("{} ({unit})", self.name(column)) }
    }
}

/// "tumor_cells" as "Tumor cells"; dots of paths become spaces.
pub fn words(id: &str) -> String {
    let text = id.replace(['_', '.'], " ");
    let mut letters = text.chars();
    match letters.next() {
        // A first word such as "oIL2" or "pH" keeps its case.
        Some(first) if letters.clone().next().is_none_or(|c| !c.is_uppercase()) => {
            first.to_uppercase().chain(letters).collect()
        }
        _ => text,
    }
}

/// Unit suffixes that columns end with when no unit is declared.
const SUFFIXES: [(&str, &str); 22] = [
    ("_mm3", "mm^3"),
    ("_um3", "um^3"),
    ("_mm2", "mm^2"),
    ("_um2", "um^2"),
    ("_mm", "mm"),
    ("_um", "um"),
    ("_pM", "pM"),
    ("_nM", "nM"),
    ("_uM", "uM"),
    ("_mM", "mM"),
    ("_mmHg", "mmHg"),
    ("_pg", "pg"),
    ("_ng", "ng"),
    ("_ug", "ug"),
    ("_pg_per_mL", "pg/mL"),
    ("_per_day", "/day"),
    ("_per_h", "/h"),
    ("_per_uL", "/uL"),
    ("_percent", "%"),
    ("_day", "days"),
    ("_h", "h"),
    ("_fmol", "fmol"),
];

/// The name and the unit of a column.
fn split_unit<'a>(column: &'a str, declared: Option<&str>) -> (&'a str, Option<String>) {
    let longest = SUFFIXES.iter().filter(|(s, _)| column.ends_with(s)).max_by_key(|(s, _)| s.len());
    let guess = longest.and_then(|(s, unit)| Some((column.strip_suffix(s)?, *unit)));
    match (declared, guess) {
        (Some(unit), found) => {
            let written = suffix(unit);
            let stripped = column.strip_suffix(&written).and_then(|name| name.strip_suffix('_'));
            // Counts carry the unit 1, cells or none at all, and keep their whole name.
            if matches!(unit, "" | "1" | "cells") {
                return (column, None);
            }
            (stripped.or(found.map(|(name, _)| name)).unwrap_or(column), Some(unit.to_owned()))
        }
        (None, Some((name, unit))) => (name, Some(unit.to_owned())),
        (None, None) => (column, None),
    }
}

/// "um^2/min" as "µm^{2}/min", "mm3" as "mm^{3}".
pub fn print_unit(unit: &str) -> String {
    let mut out = String::new();
    let letters: Vec<char> = unit.chars().collect();
    let mut i = 0;
    while i < letters.len() {
        let c = letters[i];
        let starts_word = i == 0 || !letters[i - 1].is_alphabetic();
        let next_is_letter = letters.get(i + 1).is_some_and(|n| n.is_alphabetic());
        if c == 'u' && starts_word && next_is_letter && !unit[..].starts_with("unit") {
            out.push('µ');
        } else if c == '^' || (c.is_ascii_digit() && i > 0 && letters[i - 1].is_alphabetic()) {
            let from = if c == '^' { i + 1 } else { i };
            let to = (from..letters.len())
                .find(|&j| !(letters[j].is_ascii_digit() || (j == from && letters[j] == '-')))
                .unwrap_or(letters.len());
            let power: String = letters[from..to].iter().collect();
            out.push_str(&format!("^{{{}}}", power.replace('-', "−")));
            i = to;
            continue;
        } else if c == '*' {
            out.push('·');
        } else {
            out.push(c);
        }
        i += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_read_as_words_and_units() {
        let mut captions = Captions::default();
        assert_eq!(captions.axis("tumor_volume_mm3"), "Tumor volume (mm^{3})");
        assert_eq!(captions.axis("tumor_cells"), "Tumor cells");
        assert_eq!(captions.axis("ifn_tissue_pM"), "Ifn tissue (pM)");
        captions.units.insert("density_cells_per_uL".into(), "cells/uL".into());
        assert_eq!(captions.axis("density_cells_per_uL"), "Density (cells/µL)");
        captions.units.insert("tumor_cells".into(), "cells".into());
        assert_eq!(captions.axis("tumor_cells"), "Tumor cells");
        captions.units.insert("load_mm3".into(), "mm^3".into());
        captions.labels.insert("load_mm3".into(), "Load".into());
        assert_eq!(captions.axis("load_mm3"), "Load (mm^{3})");
        captions.labels.insert("cell_type.load".into(), "Loaded cell".into());
        assert_eq!(captions.thing("cell_type", "load (dead)"), "Loaded cell (dead)");
        assert_eq!(captions.thing("substrate", "load"), "Load");
        assert_eq!(captions.name("load"), "Load");
        assert_eq!(print_unit("um^2/min"), "µm^{2}/min");
        assert_eq!(print_unit("1/day"), "1/day");
    }

    #[test]
    fn a_partial_file_is_enough() {
        let json =
            r#"{"title": "T", "endpoint": {"survival": {"observable": "v_mm3", "above": 50}}, "new": 1}"#;
        let captions: Captions = serde_json::from_str(json).unwrap();
        assert_eq!(captions.endpoint["survival"].above, Some(50.0));
        assert!(captions.arms.is_empty());
        assert_eq!(Captions::read(Path::new("/nonexistent/figures.json")).unwrap(), Captions::default());
    }
}
