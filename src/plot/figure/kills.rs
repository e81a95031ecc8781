//! Deaths by cause and antigen, arm by arm: why an arm won.

use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::panel::Axis;
use crate::plot::paper::style::{Color, GRAY, INK, PALETTE, TICK, WHITE};
use crate::plot::paper::{Area, Canvas, Panel, Scale, Stroke, TextStyle, text};
use crate::plot::read::{Source, Table};
use std::collections::BTreeMap;

pub struct Kills;

/// More causes than this are folded into "other".
const MOST_CAUSES: usize = 10;
const BAR: f64 = 20.0;

impl Figure for Kills {
    fn id(&self) -> &'static str {
        "kills"
    }

    fn about(&self) -> &'static str {
        "deaths by cause and antigen per arm, as numbers and as shares"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["runs.csv", "events.csv"]
    }

    fn by_group(&self) -> bool {
        true
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let (Some(runs), Some(events)) = (&source.runs, &source.events) else { return Ok(Vec::new()) };
        let types = chosen_types(source, events);
        let several = types.len() > 1;
        let drawn = types.iter().filter_map(|cell_type| {
            let deaths = Deaths::count(source, runs, events, cell_type)?;
            let name =
                if several { format!("kills_{}", page::file_name(cell_type)) } else { "kills".to_owned() };
            Some(Drawing { name, canvas: draw(source, cell_type, &deaths) })
        });
        Ok(drawn.collect())
    }
}

/// The types that figures.json names, else the one that others act upon most.
fn chosen_types(source: &Source, events: &Table) -> Vec<String> {
    if !source.captions.kills.cell_types.is_empty() {
        return source.captions.kills.cell_types.clone();
    }
    let mut totals: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for row in (0..events.len()).filter(|&r| events.named(r, "event") == "death") {
        let count = events.named_number(row, "count").unwrap_or(0.0);
        let total = totals.entry(events.named(row, "cell_type").to_owned()).or_default();
        if !events.named(row, "actor").is_empty() {
            total.0 += count;
        }
        total.1 += count;
    }
    let most = totals.into_iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0).then(a.1.1.total_cmp(&b.1.1)));
    most.into_iter().map(|(name, _)| name).collect()
}

/// Mean deaths per run, arms x causes.
struct Deaths {
    causes: Vec<String>,
    arms: Vec<(usize, Vec<f64>)>,
}

impl Deaths {
    fn count(source: &Source, runs: &Table, events: &Table, cell_type: &str) -> Option<Self> {
        let mut arm_of: BTreeMap<&str, usize> = BTreeMap::new();
        let mut size = vec![0_usize; source.groups.len()];
        for row in 0..runs.len() {
            if let Some(arm) = source.group_of(runs.named(row, "run"), runs.named(row, "arm")) {
                arm_of.insert(runs.named(row, "run"), arm);
                size[arm] += 1;
            }
        }
        let mut by_cause: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for row in 0..events.len() {
            if events.named(row, "event") != "death" || events.named(row, "cell_type") != cell_type {
                continue;
            }
            let Some(&arm) = arm_of.get(events.named(row, "run")) else { continue };
            let (cause, antigen) = (events.named(row, "cause"), events.named(row, "antigen"));
            let cause = source.captions.thing("interaction", cause);
            let antigen = source.captions.label("antigen", antigen).unwrap_or(antigen);
            let label = if antigen.is_empty() { cause } else { format!("{cause} · {antigen}") };
            let counts = by_cause.entry(label).or_insert_with(|| vec![0.0; source.groups.len()]);
            counts[arm] += events.named_number(row, "count").unwrap_or(0.0);
        }
        let mut causes: Vec<(String, Vec<f64>)> = by_cause.into_iter().collect();
        for (_, counts) in &mut causes {
            for (count, n) in counts.iter_mut().zip(&size) {
                *count /= (*n).max(1) as f64;
            }
        }
        let total = |c: &[f64]| c.iter().sum::<f64>();
        // The order of the stack is the same in every arm: the most frequent cause first.
        causes.sort_by(|a, b| total(&b.1).total_cmp(&total(&a.1)).then(a.0.cmp(&b.0)));
        causes.retain(|c| total(&c.1) > 0.0);
        if causes.len() > MOST_CAUSES {
            let rest = causes.split_off(MOST_CAUSES - 1);
            let sum = (0..source.groups.len()).map(|a| rest.iter().map(|(_, c)| c[a]).sum()).collect();
            causes.push(("other".to_owned(), sum));
        }
        let arms = (0..source.groups.len())
            .filter(|&a| size[a] > 0)
            .map(|a| (a, causes.iter().map(|(_, counts)| counts[a]).collect()))
            .collect();
        let causes: Vec<String> = causes.into_iter().map(|(name, _)| name).collect();
        (!causes.is_empty()).then_some(Self { causes, arms })
    }
}

/// Colors of the stack; the palette's black is kept for text, the ninth and tenth are grays.
fn cause_color(index: usize) -> Color {
    let order = [7, 1, 2, 5, 3, 6, 4];
    order.get(index).map_or_else(|| GRAY.pale(0.25 * (index - order.len() + 1) as f64), |&k| PALETTE[k])
}

fn draw(source: &Source, cell_type: &str, deaths: &Deaths) -> Canvas {
    let who = source.member_word();
    let shown =
        format!("Deaths of {} cells by cause and antigen, mean per {who}", cell_type.replace('_', " "));
    let (mut canvas, top) = page::open(source, &shown);
    let keys: Vec<(String, Key)> = deaths
        .causes
        .iter()
        .enumerate()
        .map(|(i, name)| (name.clone(), Key::Patch(cause_color(i))))
        .collect();
    let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
    let small = TextStyle::new(TICK);
    let names: Vec<String> =
        deaths.arms.iter().map(|(a, _)| text::fit(&source.groups[*a].label, &small, 172.0)).collect();
    let room = names.iter().map(|n| text::width(n, &small)).fold(0.0, |a, b| if b > a { b } else { a });
    let left = page::LEFT + room + 12.0;
    let free = page::WIDTH - left - 24.0 - 22.0;
    let (numbers, shares) = (0.58 * free, 0.42 * free);
    let height = deaths.arms.len() as f64 * (BAR + 8.0) + 8.0;
    let area = Area::new(left, top + tall + 8.0, numbers, height);
    let most =
        deaths.arms.iter().map(|(_, c)| c.iter().sum::<f64>()).fold(0.0, |a, b| if b > a { b } else { a });
    let none = Scale::linear(0.0, 1.0);
    let panel = Panel { area, x: Scale::linear(0.0, 1.03 * most), y: none };
    let area = Area::new(area.right() + 24.0, area.top, shares, height);
    let share = Panel { area, x: Scale::linear(0.0, 1.0), y: none };
    for (row, ((_, counts), name)) in deaths.arms.iter().zip(&names).enumerate() {
        let y = panel.area.top + 8.0 + row as f64 * (BAR + 8.0);
        canvas.text_centered((left - 8.0, y + BAR / 2.0), name, &small.end());
        let total: f64 = counts.iter().sum();
        let (mut from, mut cut) = (0.0, 0.0);
        for (i, count) in counts.iter().enumerate() {
            bar(&mut canvas, &panel, y, from, from + count, cause_color(i), None);
            from += count;
            if total > 0.0 {
                let part = count / total;
                let label = (part >= 0.1).then(|| format!("{:.0} %", 100.0 * part));
                bar(&mut canvas, &share, y, cut, cut + part, cause_color(i), label);
                cut += part;
            }
        }
    }
    let y = Axis { label: "", numbers: false, ticks: 0 };
    panel.axes(&mut canvas, &Axis { label: &format!("Deaths per {who}"), numbers: true, ticks: 4 }, &y);
    share.axes(&mut canvas, &Axis { label: "Share of deaths", numbers: true, ticks: 4 }, &y);
    let note = "All cells (a section stands for the animal) until the end of each run; causes are stacked in the order of the legend.";
    page::close(canvas, source, &[note.to_owned()], panel.area.bottom() + 36.0)
}

fn bar(canvas: &mut Canvas, panel: &Panel, y: f64, from: f64, to: f64, color: Color, label: Option<String>) {
    let (a, b) = (panel.px(from), panel.px(to));
    if b - a < 0.05 {
        return;
    }
    canvas.rect(&Area::new(a, y, b - a, BAR), color, 1.0);
    canvas.line((b, y), (b, y + BAR), &Stroke::new(WHITE, 0.6));
    let style = TextStyle::new(8.5).middle().color(if color.lightness() > 0.45 { INK } else { WHITE });
    if let Some(label) = label.filter(|l| text::width(l, &style) < b - a - 2.0) {
        canvas.text_centered(((a + b) / 2.0, y + BAR / 2.0), &label, &style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_runs_that_have_a_result() {
        let dir = tempfile::tempdir().unwrap();
        let runs = "run,arm,subject,replicate,outcome\n0,a,1,1,finished\n1,a,2,1,stopped\n2,a,3,1,failed\n";
        let events = "run,time_day,event,cell_type,cause,actor,antigen,count\n0,1,death,t,drug,,,6\n\
                      1,1,death,t,drug,,,2\n2,1,death,t,drug,,,100\n";
        for (name, text) in [("runs.csv", runs), ("events.csv", events)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let source = Source::open(dir.path()).unwrap();
        let (runs, events) = (source.runs.as_ref().unwrap(), source.events.as_ref().unwrap());
        assert_eq!(Deaths::count(&source, runs, events, "t").unwrap().arms, [(0, vec![4.0])]);
    }
}
