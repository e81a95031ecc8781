//! The closing table of a sweep: what came out at each point, within 80 columns.

use super::words::{counted, median};
use crate::stats::Observation;
use crate::study::{Conclusion, Plan};
use std::fmt::Write as _;

/// More points than this are not read on a terminal.
const MOST: usize = 40;
/// Room for the names of points; the numbers need the rest.
const ROOM: usize = 36;

/// A line per point (and arm, where there are several): median of the endpoint, subjects, events.
pub fn table(plan: &Plan, conclusion: &Conclusion) -> String {
    let ids: Vec<&str> =
        conclusion.times.keys().map(|k| k.0.as_str()).filter(|e| plan.kept.endpoint(e)).collect();
    let by_custom = ids.iter().find(|e| **e == "survival").or(ids.first());
    let Some(endpoint) = by_custom else { return String::new() };
    let rows: Vec<(Vec<String>, &[Observation])> = conclusion
        .times
        .iter()
        .filter(|((e, ..), _)| e == endpoint)
        .map(|((_, point, arm), of)| (names(plan, *point, *arm), of.as_slice()))
        .collect();
    let mut heads = short(&plan.factors);
    if plan.arms.len() > 1 {
        heads.insert(0, "arm".to_string());
    }
    let wide = |column: usize| {
        let cells = rows.iter().map(|(names, _)| names[column].chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or(0) + 2
    };
    let widths: Vec<usize> = (0..heads.len()).map(wide).collect();
    let narrow = widths.iter().sum::<usize>() <= ROOM;
    let room = if narrow { widths.iter().sum() } else { 2 };
    let mut out = String::new();
    let mut line = |left: &str, n: &str, events: &str, median: &str| {
        let _ = writeln!(out, "{}", format!("{left:<room$}{n:>5}{events:>8}  {median}").trim_end());
    };
    let beside = |cells: &[String]| -> String {
        cells.iter().zip(&widths).map(|(cell, w)| format!("{cell:<w$}")).collect()
    };
    let left = if narrow { beside(&heads) } else { String::new() };
    line("", "", "", "");
    line(&left, "n", "events", &format!("median {endpoint}, days"));
    for (names, of) in rows.iter().take(MOST) {
        let events = of.iter().filter(|o| o.event).count().to_string();
        let left = if narrow { beside(names) } else { String::new() };
        if !narrow {
            let pairs: Vec<String> = heads.iter().zip(names).map(|(h, v)| format!("{h} = {v}")).collect();
            line(&cut(&pairs.join(", "), 79), "", "", "");
        }
        line(&left, &of.len().to_string(), &events, &median(of).unwrap_or_default());
    }
    if rows.len() > MOST {
        let _ = writeln!(out, "and {}: survival.csv has them all", counted(rows.len() - MOST, "more point"));
    }
    out
}

/// Arm and values of a point.
fn names(plan: &Plan, point: usize, arm: usize) -> Vec<String> {
    let arm = (plan.arms.len() > 1).then(|| plan.arms[arm].id.clone());
    arm.into_iter().chain(plan.points[point].values.iter().cloned()).collect()
}

/// The last parts of paths, as many as tell them apart.
fn short(paths: &[String]) -> Vec<String> {
    let parts: Vec<Vec<&str>> = paths.iter().map(|p| p.split('.').collect()).collect();
    let end = |p: &[&str], depth: usize| p[p.len().saturating_sub(depth)..].join(".");
    let of = |i: usize| {
        let distinct =
            |d: &usize| (0..parts.len()).all(|j| j == i || end(&parts[j], *d) != end(&parts[i], *d));
        let depth = (1..parts[i].len()).find(distinct).unwrap_or(parts[i].len());
        end(&parts[i], depth)
    };
    (0..parts.len()).map(of).collect()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_string()
    } else {
        text.chars().take(most - 3).chain("...".chars()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_to_what_tells_them_apart() {
        let paths = ["dose.a.amount", "dose.b.amount", "cell.t.push"].map(String::from);
        assert_eq!(short(&paths), ["a.amount", "b.amount", "push"]);
        assert_eq!(short(&["x".to_string()]), ["x"]);
        assert_eq!(cut("abcdefgh", 6), "abc...");
    }
}
