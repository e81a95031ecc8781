//! The comparisons of a study: estimate, interval and the band that was expected, one line each.

use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::style::{ALARM, FAINT, GRAY, INK, LABEL, Marker, NOTE, PALETTE, TICK};
use crate::plot::paper::{Area, Canvas, Color, LineLook, Scale, Stroke, TextStyle, text, ticks};
use crate::plot::read::{Source, Table, captions::words};

pub struct Comparisons;

/// From the baseline of one line of a row to that of the next.
const LINE: f64 = NOTE + 3.5;
/// Lines of method at most: longer ones are cut.
const MOST_LINES: usize = 4;
const BAND: Color = Color(0xbb, 0xdd, 0xd0);

impl Figure for Comparisons {
    fn id(&self) -> &'static str {
        "comparisons"
    }

    fn about(&self) -> &'static str {
        "estimates with intervals against the expected bands"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["comparisons.csv"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let rows = source.comparisons.as_ref().map(read).unwrap_or_default();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Drawing { name: "comparisons".to_owned(), canvas: draw(source, &rows) }])
    }
}

/// One row of comparisons.csv.
struct Row {
    name: String,
    endpoint: String,
    arm: String,
    reference: String,
    estimate: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
    p: Option<f64>,
    method: String,
    kind: String,
    /// All arms of it.
    arms: String,
    n: String,
    low: Option<f64>,
    high: Option<f64>,
    /// `None` where nothing was expected.
    holds: Option<bool>,
}

fn read(table: &Table) -> Vec<Row> {
    (0..table.len())
        .map(|r| {
            let text = |c: &str| table.named(r, c).to_owned();
            let number = |c: &str| table.named_number(r, c);
            let holds = match table.named(r, "holds") {
                "true" | "1" | "yes" => Some(true),
                "false" | "0" | "no" => Some(false),
                _ => None,
            };
            Row {
                name: text("comparison"),
                endpoint: text("endpoint"),
                arm: text("arm"),
                reference: text("reference"),
                estimate: number("estimate"),
                lower: number("lower"),
                upper: number("upper"),
                p: number("p"),
                method: text("method"),
                kind: text("kind"),
                arms: text("arms"),
                n: text("n"),
                low: number("expect_low"),
                high: number("expect_high"),
                holds,
            }
        })
        .collect()
}

impl Row {
    /// The strip's own scale: all its numbers with room on both sides; `None` without numbers.
    fn scale(&self) -> Option<Scale> {
        let mut known = vec![self.estimate, self.lower, self.upper, self.low, self.high];
        if known.iter().any(Option::is_some) {
            known.push(self.neutral());
        }
        let fold = |start: f64, better: fn(f64, f64) -> bool| {
            known.iter().flatten().fold(start, |a, v| if better(*v, a) { *v } else { a })
        };
        let (low, high) = (fold(f64::INFINITY, |v, a| v < a), fold(f64::NEG_INFINITY, |v, a| v > a));
        if !low.is_finite() {
            return None;
        }
        let pad = 0.08 * (high - low);
        let pad = if pad > 0.0 { pad } else { 0.1 * high.abs() + 0.05 };
        Some(Scale::linear(low - pad, high + pad))
    }

    /// The value of no difference, where the kind of estimate has one.
    fn neutral(&self) -> Option<f64> {
        let method = self.method.to_lowercase();
        if method.contains("excess") || method.contains("difference") {
            Some(0.0)
        } else if method.contains("ratio") {
            Some(1.0)
        } else {
            None
        }
    }

    /// The arms it compares.
    fn against(&self, source: &Source) -> String {
        let arm = labels(source, &self.arm).join(", ");
        if self.kind == "synergy" {
            let control = source.arm_label(&self.reference);
            let mut parts = labels(source, &self.arms);
            parts.retain(|p| *p != arm && *p != control);
            return format!("{arm} against {}; control: {control}", parts.join(" and "));
        }
        match self.reference.as_str() {
            _ if self.kind == "rank_first" => format!("{arm} vs all others"),
            "" => arm,
            reference => format!("{arm} vs {}", labels(source, reference).join(", ")),
        }
    }

    fn verdict(&self) -> Color {
        match self.holds {
            Some(true) => PALETTE[5],
            Some(false) => ALARM,
            None => INK,
        }
    }

    /// "1.52 [1.21, 1.93], p = 0.003".
    fn numbers(&self) -> (String, String) {
        let short = |v: f64| ticks::significant(v, 3);
        let interval = match (self.lower, self.upper) {
            (None, None) => String::new(),
            (low, high) => {
                let end = |v: Option<f64>| v.map_or("–".to_owned(), short);
                format!(" [{}, {}]", end(low), end(high))
            }
        };
        let p = match self.p {
            Some(p) if p < 0.001 => "p < 0.001".to_owned(),
            Some(p) => format!("p = {}", ticks::significant(p, 2)),
            None => String::new(),
        };
        let p = if self.n.is_empty() || p.is_empty() { p } else { format!("{p}, ") };
        let p = if self.n.is_empty() { p } else { format!("{p}n = {}", self.n) };
        let p = if self.estimate.is_some() { p } else { String::new() };
        (self.estimate.map_or_else(|| self.absence().to_owned(), short) + &interval, p)
    }

    /// What stands in place of an estimate.
    fn absence(&self) -> &'static str {
        if self.method.starts_with("not made") {
            "not made"
        } else if self.method.contains("the reference is 0") {
            "no estimate"
        } else {
            "not reached"
        }
    }
}

fn draw(source: &Source, rows: &[Row]) -> Canvas {
    let (mut canvas, top) = page::open(source, "Comparisons: estimate, 95 % interval and expected band");
    let point = |color| LineLook { color, dash: &[], marker: Marker::Disc, width: 1.6 };
    let mut keys = Vec::new();
    if rows.iter().any(|r| r.low.is_some() || r.high.is_some()) {
        keys.push(("expected".to_owned(), Key::Patch(BAND)));
    }
    for (holds, words) in [(Some(true), "within"), (Some(false), "outside"), (None, "nothing expected")] {
        if let Some(row) = rows.iter().find(|r| r.holds == holds) {
            let look = point(row.verdict());
            let key = if holds == Some(false) { Key::Hollow(look) } else { Key::Point(look) };
            keys.push((words.to_owned(), key));
        }
    }
    let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
    let (names, values) = (248.0, 142.0);
    let mut y = top + tall + 4.0;
    for row in rows {
        canvas.line((page::LEFT, y), (page::WIDTH - page::LEFT, y), &Stroke::new(FAINT, 0.8));
        let strip = Area::new(page::LEFT + names + 12.0, y + 9.0, page::WIDTH - names - values - 58.0, 20.0);
        let lines = describe(&mut canvas, source, row, y, names);
        strip_of(&mut canvas, row, &strip);
        let (estimate, p) = row.numbers();
        let x = page::WIDTH - page::LEFT - values;
        let style = TextStyle::new(TICK);
        let verdict = match row.holds {
            Some(true) => "within the band",
            Some(false) => "outside the band",
            None => "",
        };
        let gap = if p.is_empty() || verdict.is_empty() { "" } else { "; " };
        canvas.text((x, y + 18.0), &estimate, &style.bold());
        canvas.text(
            (x, y + 18.0 + NOTE + 5.0),
            &format!("{p}{gap}{verdict}"),
            &TextStyle::new(NOTE).color(GRAY),
        );
        y += 22.0 + LINE * lines.max(3) as f64;
    }
    canvas.line((page::LEFT, y), (page::WIDTH - page::LEFT, y), &Stroke::new(FAINT, 0.8));
    let note =
        "Every line has its own scale; dotted: no difference. An arrow marks an interval without an end.";
    page::close(canvas, source, &[note.to_owned()], y)
}

/// Labels of one arm or of several that a cell lists.
fn labels(source: &Source, cell: &str) -> Vec<String> {
    let ids = cell.split([',', ';', ' ']).filter(|id| !id.is_empty());
    ids.map(|id| source.arm_label(id)).collect()
}

/// Writes what a row compares and how; returns the lines below its name.
fn describe(canvas: &mut Canvas, source: &Source, row: &Row, y: f64, room: f64) -> usize {
    let bold = TextStyle::new(LABEL).bold();
    let small = TextStyle::new(NOTE).color(GRAY);
    canvas.text((page::LEFT, y + 15.0), &text::fit(&words(&row.name), &bold, room), &bold);
    let method = match row.endpoint.as_str() {
        "" => row.method.clone(),
        endpoint => format!("{}: {}", source.captions.name(endpoint), row.method),
    };
    let mut lines = text::wrap(&row.against(source), &small, room);
    let method = text::wrap(&method, &small, room);
    let (told, rest) = method.split_at(method.len().min(MOST_LINES - 1));
    lines.extend(told.iter().cloned());
    if !rest.is_empty() {
        lines.push(text::fit(&rest.join(" "), &small, room));
    }
    for (i, line) in lines.iter().enumerate() {
        canvas.text((page::LEFT, y + 15.0 + LINE * (i + 1) as f64), line, &small);
    }
    lines.len()
}

fn strip_of(canvas: &mut Canvas, row: &Row, area: &Area) {
    let Some(scale) = row.scale() else { return };
    let at = |v: f64| area.left + area.width * scale.share(v);
    let middle = area.top + area.height / 2.0;
    if row.low.is_some() || row.high.is_some() {
        let (a, b) = (row.low.map_or(area.left, at), row.high.map_or(area.right(), at));
        canvas.rect(&Area::new(a, area.top, b - a, area.height), BAND, 1.0);
    }
    if let Some(neutral) = row.neutral() {
        let x = at(neutral);
        canvas.line((x, area.top - 2.0), (x, area.bottom()), &Stroke::new(GRAY, 1.0).dash(&[1.5, 2.0]));
    }
    let base = Stroke::new(INK, 0.7);
    canvas.line((area.left, area.bottom()), (area.right(), area.bottom()), &base);
    for (t, label) in scale.ticks(3).0 {
        let x = at(t);
        canvas.line((x, area.bottom()), (x, area.bottom() + 3.0), &base);
        canvas.text((x, area.bottom() + 4.0 + NOTE), &label, &TextStyle::new(NOTE).middle());
    }
    let color = row.verdict();
    if row.lower.is_some() || row.upper.is_some() {
        let (a, b) = (row.lower.map_or(area.left, at), row.upper.map_or(area.right(), at));
        canvas.line((a, middle), (b, middle), &Stroke::new(color, 1.8));
        for (x, open, side) in [(a, row.lower.is_none(), -1.0), (b, row.upper.is_none(), 1.0)] {
            if open {
                let tip = x + 4.0 * side;
                canvas.polygon(
                    &[(tip, middle), (x - 3.0 * side, middle - 4.0), (x - 3.0 * side, middle + 4.0)],
                    color,
                    1.0,
                );
            } else {
                canvas.line((x, middle - 4.0), (x, middle + 4.0), &Stroke::new(color, 1.4));
            }
        }
    }
    if let Some(estimate) = row.estimate {
        canvas.marker((at(estimate), middle), Marker::Disc, 4.2, color, row.holds == Some(false));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cells: &[&str]) -> Vec<Row> {
        let head = "comparison,estimate,lower,upper,p,method,n\n";
        read(&Table::parse(format!("{head}{}\n", cells.join("\n")).as_bytes()).unwrap())
    }

    #[test]
    fn what_is_absent_has_its_own_words() {
        let rows = rows(&[
            "a,,,,,not made: arm x has no finished run,0",
            "b,,1.45,,0.01,ratio of medians; the arm's median is not reached,4",
            "c,,,,,ratio of medians; no ratio: the reference is 0,4",
            "d,2,1,,0.01,ratio of medians,4",
        ]);
        let said: Vec<String> = rows.iter().map(|r| r.numbers().0).collect();
        assert_eq!(said, ["not made", "not reached [1.45, –]", "no estimate", "2 [1, –]"]);
    }

    #[test]
    fn a_synergy_names_the_arms_it_adds_up() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("runs.csv"), "run,arm\n0,x\n").unwrap();
        std::fs::write(dir.path().join("figures.json"), "{}").unwrap();
        let source = Source::open(dir.path()).unwrap();
        let table = "comparison,arm,reference,kind,arms\na,both,none,synergy,both one two none\nb,both,none,ratio,both none\n";
        let rows = read(&Table::parse(table.as_bytes()).unwrap());
        let said: Vec<String> = rows.iter().map(|r| r.against(&source)).collect();
        assert_eq!(said, ["Both against One and Two; control: None", "Both vs None"]);
    }

    #[test]
    fn an_open_interval_has_its_arrow_without_an_estimate_too() {
        let drawn = |row: &str| {
            let dir = tempfile::tempdir().unwrap();
            let source = Source::open(dir.path()).unwrap();
            draw(&source, &rows(&[row])).into_svg().matches("<polygon").count()
        };
        assert_eq!(drawn("a,,,,,ratio of medians,4"), 0);
        assert_eq!(drawn("a,2,1.45,3,,ratio of medians,4"), 0);
        assert_eq!(drawn("a,,1.45,,,ratio of medians,4"), 1);
        assert_eq!(drawn("a,2,,3,,ratio of medians,4"), 1);
    }
}
