//! What a sweep varies: the factor columns of runs.csv and their levels.

use super::{Source, Table};

/// A varied column.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    pub column: usize,
    pub header: String,
    pub name: String,
    pub unit: String,
    /// Distinct cell texts; ascending where they are numbers, else in order of appearance.
    pub levels: Vec<String>,
    /// The numbers of the levels where all have one.
    pub numbers: Option<Vec<f64>>,
}

impl Factor {
    /// Place of a cell's text among the levels.
    pub fn level(&self, text: &str) -> Option<usize> {
        self.levels.iter().position(|l| l == text)
    }

    /// Text of a level as a label.
    pub fn label(&self, level: usize) -> String {
        match &self.numbers {
            Some(numbers) => crate::plot::paper::ticks::compact(numbers[level], 4),
            None => self.levels[level].clone(),
        }
    }

    /// Name with unit.
    pub fn axis(&self) -> String {
        if self.unit.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.unit) }
    }
}

/// Leading number and the rest: "2.5 /day" is 2.5 and "/day".
fn quantity(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(' ').unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then(|| (value, text[end..].trim()))
}

/// Factors of runs.csv with more than one level: those that figures.json names, else the columns between `seed` and
/// the first endpoint.
pub fn factors(source: &Source) -> Vec<Factor> {
    let Some(runs) = &source.runs else { return Vec::new() };
    let columns: Vec<usize> = if let Some(named) = &source.captions.factors {
        named.iter().filter_map(|f| runs.column(f)).collect()
    } else {
        let first = runs.column("seed").map_or(runs.headers.len(), |c| c + 1);
        let endpoint =
            |h: &String| ["_day", "_event", "_after"].iter().any(|s| h.ends_with(s)) || h == "outcome";
        let last = runs.headers.iter().position(endpoint).unwrap_or(first);
        (first..last).collect()
    };
    columns.into_iter().map(|c| factor(source, runs, c)).filter(|f| f.levels.len() > 1).collect()
}

fn factor(source: &Source, runs: &Table, column: usize) -> Factor {
    let header = &runs.headers[column];
    let mut levels = runs.distinct(column);
    levels.retain(|l| !l.is_empty());
    let parsed: Option<Vec<(f64, String)>> =
        levels.iter().map(|l| quantity(l).map(|(v, u)| (v, u.to_owned()))).collect();
    let path = source.captions.without_unit(header);
    let name = source.captions.labels.get(header).cloned().unwrap_or_else(|| short_name(&path));
    let declared =
        source.captions.units.get(header).map(|u| super::captions::print_unit(u)).unwrap_or_default();
    let header = header.clone();
    match parsed {
        // Numbers must share one unit; otherwise the texts are categories.
        Some(pairs) if pairs.iter().all(|(_, u)| *u == pairs[0].1) && !pairs.is_empty() => {
            let unit =
                if pairs[0].1.is_empty() { declared } else { super::captions::print_unit(&pairs[0].1) };
            let mut order: Vec<usize> = (0..levels.len()).collect();
            order.sort_by(|&a, &b| pairs[a].0.total_cmp(&pairs[b].0));
            let numbers = order.iter().map(|&i| pairs[i].0).collect();
            let levels = order.iter().map(|&i| levels[i].clone()).collect();
            Factor { column, header, name, unit, levels, numbers: Some(numbers) }
        }
        _ => Factor { column, header, name, unit: declared, levels, numbers: None },
    }
}

/// Names for labels of points: the last word of each path, or the whole name where these are the same.
pub fn brief(factors: &[Factor]) -> Vec<String> {
    let last = |f: &Factor| f.name.rsplit(' ').next().unwrap_or(&f.name).to_owned();
    let names: Vec<String> = factors.iter().map(last).collect();
    let twice = |n: &String| names.iter().filter(|m| *m == n).count() > 1;
    let of = |(f, n): (&Factor, &String)| if twice(n) { f.name.clone() } else { n.to_lowercase() };
    factors.iter().zip(&names).map(of).collect()
}

/// Paths are long; their last three parts tell enough.
fn short_name(header: &str) -> String {
    let parts: Vec<&str> = header.split('.').collect();
    super::captions::words(&parts[parts.len().saturating_sub(3)..].join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_sorted_and_constants_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,run_id,arm,subject,replicate,seed,dose.a.cells,rate,mode,fixed,survival_day,survival_event\n\
                    0,x,base,0,0,1,1e6,2 /day,fast,1,3,1\n1,y,base,0,0,1,2e5,0.5 /day,slow,1,3,1\n";
        std::fs::write(dir.path().join("runs.csv"), runs).unwrap();
        let found = factors(&Source::open(dir.path()).unwrap());
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].numbers, Some(vec![2e5, 1e6]));
        assert_eq!(found[0].name, "Dose a cells");
        assert_eq!((found[1].unit.as_str(), found[1].levels[0].as_str()), ("/day", "0.5 /day"));
        assert_eq!((found[2].numbers.clone(), found[2].levels.len()), (None, 2));
        assert_eq!(found[1].level("2 /day"), Some(1));
        // A study says that it varies nothing: then a column of numbers is an endpoint.
        std::fs::write(dir.path().join("figures.json"), r#"{"factors": []}"#).unwrap();
        assert_eq!(factors(&Source::open(dir.path()).unwrap()), []);
    }
}
