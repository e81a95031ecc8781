//! Maps of the lattice: cells by type, and fields, one row per arm and one column per day.

use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::style::{Color, FAINT, GRAY, INK, LABEL, TICK, WHITE, viridis};
use crate::plot::paper::{Area, Canvas, Scale, Stroke, TextStyle, text, ticks};
use crate::plot::read::{Source, Table, captions, npy};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Component, Path};

pub struct Maps;

/// More days than this are thinned evenly.
const MOST_DAYS: usize = 5;
const MOST_FIELDS: usize = 8;
/// Maps are thinned to about this many lattice columns.
const CELL_COLUMNS: usize = 240;
const FIELD_COLUMNS: usize = 120;
const SHADES: usize = 40;

impl Figure for Maps {
    fn id(&self) -> &'static str {
        "maps"
    }

    fn about(&self) -> &'static str {
        "lattice maps of cells and fields, arms by days"
    }

    fn needs(&self) -> &'static [&'static str] {
        &["snapshots/index.csv"]
    }

    fn draw(&self, source: &Source) -> Result<Vec<Drawing>, PlotError> {
        let Some(index) = &source.snapshots else { return Ok(Vec::new()) };
        let sheet = Sheet::plan(source, index);
        let mut out = Vec::new();
        if let Some(canvas) = sheet.cells()? {
            out.push(Drawing { name: "maps".to_owned(), canvas });
        }
        for name in sheet.field_names() {
            if let Some(canvas) = sheet.field(&name)? {
                out.push(Drawing { name: format!("maps_{}", page::file_name(&name)), canvas });
            }
        }
        Ok(out)
    }
}

/// Which run stands for an arm, and the days shown.
struct Sheet<'a> {
    source: &'a Source,
    index: &'a Table,
    /// Arm and the run that stands for it.
    rows: Vec<(usize, String)>,
    days: Vec<f64>,
}

/// A middle slice of an array: values row by row from the top, x to the right.
struct Slice<T> {
    columns: usize,
    rows: usize,
    /// Every how many sites are shown.
    stride: usize,
    values: Vec<T>,
}

impl<'a> Sheet<'a> {
    fn plan(source: &'a Source, index: &'a Table) -> Self {
        let mut rows: Vec<(usize, String)> = Vec::new();
        let mut days: Vec<f64> = Vec::new();
        for row in 0..index.len() {
            let Some(arm) = source.arm_index(index.named(row, "arm")) else { continue };
            if !rows.iter().any(|(known, _)| *known == arm) {
                rows.push((arm, index.named(row, "run").to_owned()));
            }
            days.extend(index.named_number(row, "time_day"));
        }
        rows.sort_by_key(|(arm, _)| *arm);
        days.sort_by(f64::total_cmp);
        days.dedup();
        // A day on which only one of several arms has a picture (the end of its run) compares nothing.
        let shared = |day: f64| {
            let has = |run: &String| {
                let here =
                    |r: usize| index.named(r, "run") == run && index.named_number(r, "time_day") == Some(day);
                (0..index.len()).any(here)
            };
            rows.iter().filter(|(_, run)| has(run)).count() > 1
        };
        if rows.len() > 1 && days.iter().any(|d| shared(*d)) {
            days.retain(|d| shared(*d));
        }
        if days.len() > MOST_DAYS {
            let last = days.len() - 1;
            days = (0..MOST_DAYS).map(|i| days[i * last / (MOST_DAYS - 1)]).collect();
        }
        Self { source, index, rows, days }
    }

    /// Rows of the index that belong to a run, a day and a kind.
    fn entries(&self, run: &str, day: f64, kind: &str) -> Vec<usize> {
        let t = self.index;
        (0..t.len())
            .filter(|&r| {
                t.named(r, "run") == run
                    && t.named(r, "kind") == kind
                    && t.named_number(r, "time_day") == Some(day)
            })
            .collect()
    }

    fn read(&self, row: usize) -> Result<Vec<u8>, PlotError> {
        let file = self.index.named(row, "file");
        let inside = Path::new(file).components().all(|c| matches!(c, Component::Normal(_)));
        let base = self.source.dir.join("snapshots");
        if !inside {
            return Err(PlotError::Table {
                path: base.join("index.csv"),
                problem: format!("the file name {file:?} leaves the folder"),
            });
        }
        let path = base.join(file);
        std::fs::read(&path).map_err(|source| PlotError::Read { path, source })
    }

    /// The middle z slice of values stored with x fastest.
    fn slice<T: Copy>(&self, row: usize, values: &[T], most: usize) -> Result<Slice<T>, PlotError> {
        let size = |name: &str| self.index.named_number(row, name).map_or(0, |v| v as usize);
        let (nx, ny, nz) = (size("nx"), size("ny"), size("nz").max(1));
        if nx * ny * nz != values.len() || values.is_empty() {
            return Err(PlotError::Table {
                path: self.source.dir.join("snapshots/index.csv"),
                problem: format!("{nx} x {ny} x {nz} sites do not match {} values", values.len()),
            });
        }
        let plane = &values[nx * ny * (nz / 2)..][..nx * ny];
        let stride = nx.div_ceil(most).max(1);
        let (columns, rows) = (nx.div_ceil(stride), ny.div_ceil(stride));
        let pick = |i: usize, n: usize| (i * stride + stride / 2).min(n - 1);
        // The lattice's y points up, the page's down.
        let values = (0..rows)
            .flat_map(|j| (0..columns).map(move |i| (i, rows - 1 - j)))
            .map(|(i, j)| plane[pick(j, ny) * nx + pick(i, nx)])
            .collect();
        Ok(Slice { columns, rows, stride, values })
    }

    /// Cells of all layers, later layers over earlier ones.
    fn cell_map(&self, run: &str, day: f64) -> Result<Option<Slice<u16>>, PlotError> {
        let mut map: Option<Slice<u16>> = None;
        for row in self.entries(run, day, "cells") {
            let array = npy::u16_values(&self.read(row)?).map_err(|e| self.damaged(row, e))?;
            let layer = self.slice(row, &array.values, CELL_COLUMNS)?;
            match &mut map {
                Some(below) if below.values.len() == layer.values.len() => {
                    for (old, new) in below.values.iter_mut().zip(&layer.values) {
                        if *new > 0 {
                            *old = *new;
                        }
                    }
                }
                Some(_) => {}
                None => map = Some(layer),
            }
        }
        Ok(map)
    }

    fn field_map(&self, run: &str, day: f64, name: &str) -> Result<Option<Slice<f32>>, PlotError> {
        let rows = self.entries(run, day, "field");
        let Some(&row) = rows.iter().find(|&&r| self.index.named(r, "name") == name) else { return Ok(None) };
        if self.index.named(row, "file").is_empty() {
            // One number stands for a field that is the same everywhere.
            let size = |name: &str| self.index.named_number(row, name).map_or(0, |v| v as usize);
            let sites = size("nx") * size("ny") * size("nz").max(1);
            let value = self.index.named_number(row, "value").filter(|_| sites <= npy::MOST);
            let Some(value) = value else { return Ok(None) };
            return self.slice(row, &vec![value as f32; sites], FIELD_COLUMNS).map(Some);
        }
        let array = npy::f32_values(&self.read(row)?).map_err(|e| self.damaged(row, e))?;
        self.slice(row, &array.values, FIELD_COLUMNS).map(Some)
    }

    fn damaged(&self, row: usize, problem: String) -> PlotError {
        PlotError::Table {
            path: self.source.dir.join("snapshots").join(self.index.named(row, "file")),
            problem,
        }
    }

    /// Value in the maps and name of each cell type.
    fn cell_types(&self) -> Vec<(u16, String)> {
        let Some(table) = &self.source.cell_types else { return Vec::new() };
        let named: Vec<(u16, String)> = (0..table.len())
            .filter_map(|r| {
                Some((table.named_number(r, "id")? as u16, captions::words(table.named(r, "name"))))
            })
            .collect();
        // Maps hold index + 1; a list that counts from 0 is shifted.
        let shift = u16::from(named.iter().any(|(id, _)| *id == 0));
        named.into_iter().map(|(id, name)| (id + shift, name)).collect()
    }

    /// Fields to draw: those the study chose, else the first ones.
    fn field_names(&self) -> Vec<String> {
        let (Some(kind), Some(name)) = (self.index.column("kind"), self.index.column("name")) else {
            return Vec::new();
        };
        let mut all: Vec<String> = Vec::new();
        for row in (0..self.index.len()).filter(|&r| self.index.text(r, kind) == "field") {
            let text = self.index.text(row, name);
            if !all.iter().any(|known| known == text) {
                all.push(text.to_owned());
            }
        }
        let chosen = &self.source.captions.groups.fields;
        if all.iter().any(|f| chosen.contains(f)) {
            all.retain(|f| chosen.contains(f));
        }
        all.truncate(MOST_FIELDS);
        all
    }

    fn cells(&self) -> Result<Option<Canvas>, PlotError> {
        let mut maps = Vec::new();
        let mut found: BTreeMap<u16, usize> = BTreeMap::new();
        for (_, run) in &self.rows {
            for &day in &self.days {
                let map = self.cell_map(run, day)?;
                for id in map.iter().flat_map(|m| m.values.iter()).filter(|v| **v > 0) {
                    *found.entry(*id).or_default() += 1;
                }
                maps.push(map);
            }
        }
        if maps.iter().all(Option::is_none) {
            return Ok(None);
        }
        let mut names = self.cell_types();
        for id in found.keys() {
            if !names.iter().any(|(known, _)| known == id) {
                names.push((*id, format!("type {id}")));
            }
        }
        // Every type has its color, whether it is in these pictures or not: it keeps it in those of other runs.
        let colors = type_colors(&names, &found);
        let shown = names.iter().zip(colors).filter(|((id, _), _)| found.contains_key(id));
        let colors: Vec<(u16, &str, Color)> = shown.map(|((id, name), c)| (*id, name.as_str(), c)).collect();
        let keys: Vec<(String, Key)> =
            colors.iter().map(|(_, name, c)| ((*name).to_owned(), Key::Patch(*c))).collect();
        let (mut canvas, top) = page::open(self.source, &self.title("Cells on the lattice"));
        let tall = legend::draw(&mut canvas, &keys, page::LEFT, page::WIDTH - page::LEFT, top);
        let frame = self.frame(&maps, top + tall + 26.0, 0.0);
        self.labels(&mut canvas, &frame);
        for (place, map) in maps.iter().enumerate() {
            let area = frame.area(place);
            match map {
                Some(map) => {
                    let layers: Vec<(Color, String)> =
                        colors.iter().map(|(id, _, c)| (*c, runs_of(map, |v| v == id))).collect();
                    canvas.lattice(&area, map.columns, map.rows, &layers);
                    self.weight(&mut canvas, &area, place);
                }
                None => absent(&mut canvas, &area),
            }
            canvas.frame(&area, &Stroke::new(GRAY, 0.6));
        }
        self.scale_bar(&mut canvas, &frame);
        let thinned = maps.iter().flatten().any(|m| m.stride > 1);
        let notes = [self.note(thinned)];
        Ok(Some(page::close(canvas, self.source, &notes, frame.bottom() + 14.0)))
    }

    fn field(&self, name: &str) -> Result<Option<Canvas>, PlotError> {
        let mut maps = Vec::new();
        for (_, run) in &self.rows {
            for &day in &self.days {
                maps.push(self.field_map(run, day, name)?);
            }
        }
        let finite = || {
            maps.iter()
                .flatten()
                .flat_map(|m| m.values.iter())
                .map(|v| f64::from(*v))
                .filter(|v| v.is_finite())
        };
        let high = finite().fold(f64::NEG_INFINITY, |a, v| if v > a { v } else { a });
        let low = finite().fold(f64::INFINITY, |a, v| if v < a { v } else { a });
        if !high.is_finite() {
            return Ok(None);
        }
        // A substance that no arm has is no picture.
        if low == 0.0 && high == 0.0 {
            return Ok(None);
        }
        // Secreted substances fall off over decades; their maps are read on a logarithmic scale of three of them.
        let positive: Vec<f64> = finite().filter(|v| *v > 0.0).collect();
        let small = positive.iter().filter(|v| **v < 0.01 * high).count();
        let scale = if low >= 0.0 && 4 * small > positive.len() {
            Scale::log(1e-3 * high, high)
        } else {
            Scale::linear(if low >= 0.0 && low < 0.5 * high { 0.0 } else { low }, high)
        };
        let unit = (0..self.index.len())
            .find(|&r| self.index.named(r, "name") == name)
            .map(|r| captions::print_unit(self.index.named(r, "unit")))
            .filter(|u| !u.is_empty() && u != "1");
        let label = self.source.captions.labels.get(name).cloned().unwrap_or_else(|| captions::words(name));
        let shown = unit.as_ref().map_or(label.clone(), |u| format!("{label} ({u})"));
        let (mut canvas, top) = page::open(self.source, &self.title(&shown));
        let frame = self.frame(&maps, top + 22.0, 62.0);
        self.labels(&mut canvas, &frame);
        for (place, map) in maps.iter().enumerate() {
            let area = frame.area(place);
            match map {
                Some(map) => {
                    let shade = |v: f32| {
                        let share = scale.share(f64::from(v));
                        ((share * SHADES as f64) as usize).min(SHADES - 1)
                    };
                    let layers: Vec<(Color, String)> = (0..SHADES)
                        .map(|k| {
                            (viridis((k as f64 + 0.5) / SHADES as f64), runs_of(map, |v| shade(*v) == k))
                        })
                        .collect();
                    canvas.lattice(&area, map.columns, map.rows, &layers);
                    self.weight(&mut canvas, &area, place);
                }
                None => absent(&mut canvas, &area),
            }
            canvas.frame(&area, &Stroke::new(GRAY, 0.6));
        }
        let tall = (frame.bottom() - frame.top).min(180.0);
        let bar = Area::new(page::WIDTH - 62.0, frame.top, 12.0, tall);
        legend::color_bar(&mut canvas, &bar, &scale, unit.as_deref().unwrap_or(""), viridis);
        self.scale_bar(&mut canvas, &frame);
        let thinned = maps.iter().flatten().any(|m| m.stride > 1);
        let mut notes = vec![self.note(thinned)];
        if let Scale::Log { low, .. } = scale {
            notes.push(format!("Logarithmic; less than {} is drawn as that.", ticks::significant(low, 2)));
        }
        Ok(Some(page::close(canvas, self.source, &notes, frame.bottom() + 14.0)))
    }

    /// What is shown, of a block its middle layer.
    fn title(&self, what: &str) -> String {
        let block = self.index.named_number(0, "nz").is_some_and(|nz| nz > 1.0);
        let arms = if self.rows.len() > 1 { "arm and " } else { "" };
        format!("{what}{}, by {arms}day", if block { ", middle layer" } else { "" })
    }

    fn note(&self, thinned: bool) -> String {
        let subject = |run: &String| {
            let row = (0..self.index.len()).find(|&r| self.index.named(r, "run") == run);
            row.map_or("", |r| self.index.named(r, "subject"))
        };
        let mut subjects: Vec<&str> = self.rows.iter().map(|(_, run)| subject(run)).collect();
        subjects.dedup();
        let of = if self.rows.len() > 1 { " of each arm" } else { "" };
        let mut out = format!("Subject {}{of}.", subjects.join(", "));
        if (0..self.rows.len() * self.days.len()).any(|place| self.weight_of(place).is_some()) {
            out += " \u{d7}n: a cell of the section stands for n of the animal.";
        }
        if thinned {
            out += " Sites are thinned for print.";
        }
        out
    }

    /// How many cells of the animal one of the map stands for, where the run is a section.
    fn weight_of(&self, place: usize) -> Option<f64> {
        let series = self.source.series.as_ref()?;
        let (run, day) = (&self.rows[place / self.days.len()].1, self.days[place % self.days.len()]);
        let column = series.column("section_weight")?;
        // The last record at or before the picture.
        let at = |r: &usize| {
            series.named(*r, "run") == run
                && series.named_number(*r, "time_day").is_some_and(|t| t <= day + 1e-6)
        };
        series.number((0..series.len()).rfind(at)?, column)
    }

    fn weight(&self, canvas: &mut Canvas, area: &Area, place: usize) {
        let Some(weight) = self.weight_of(place) else { return };
        let style = TextStyle::new(8.5);
        let text = format!("\u{d7}{}", ticks::significant(weight, 2));
        let wide = text::width(&text, &style);
        canvas.rect(&Area::new(area.right() - wide - 7.0, area.top + 1.0, wide + 6.0, 13.0), WHITE, 0.85);
        canvas.text((area.right() - 4.0, area.top + 11.0), &text, &style.end());
    }

    /// Sizes of the maps: as wide as the page allows, in the shape of the lattice.
    fn frame<T>(&self, maps: &[Option<Slice<T>>], top: f64, right: f64) -> Frame {
        let shape = maps.iter().flatten().next().map_or(1.0, |m| m.rows as f64 / m.columns as f64);
        let style = TextStyle::new(TICK);
        let arms = self.rows.iter().map(|(a, _)| text::width(&self.source.arms[*a].label, &style));
        let widest = arms.fold(0.0, |a, b| if b > a { b } else { a });
        let left = page::LEFT + 10.0 + if widest < 96.0 { widest } else { 96.0 };
        let columns = self.days.len().max(1);
        let room = (page::WIDTH - left - page::LEFT - right) / columns as f64 - 6.0;
        // Many arms must still fit on one page.
        let most = if shape > 0.0 { 800.0 / (self.rows.len().max(1) as f64 * shape) } else { 190.0 };
        let most = if most < 190.0 { most } else { 190.0 };
        let width = if room < most { room } else { most };
        Frame { left, top, width, height: width * shape, columns, rows: self.rows.len() }
    }

    fn labels(&self, canvas: &mut Canvas, frame: &Frame) {
        for (column, day) in self.days.iter().enumerate() {
            let area = frame.area(column);
            let style = TextStyle::new(LABEL).bold().middle();
            canvas.text((area.center().0, area.top - 6.0), &format!("day {}", ticks::plain(*day)), &style);
        }
        let style = TextStyle::new(TICK).end();
        for (row, (arm, _)) in self.rows.iter().enumerate() {
            let area = frame.area(row * frame.columns);
            let lines = text::wrap(&self.source.arms[*arm].label, &style, 96.0);
            let first = area.center().1 - (lines.len() as f64 - 1.0) * 0.5 * (TICK + 2.0);
            for (i, line) in lines.iter().enumerate() {
                canvas.text_centered((frame.left - 8.0, first + i as f64 * (TICK + 2.0)), line, &style);
            }
        }
    }

    /// A bar of a round length in the first map, on a pale ground that sets it off from any color.
    fn scale_bar(&self, canvas: &mut Canvas, frame: &Frame) {
        let (Some(nx), Some(spacing)) =
            (self.index.named_number(0, "nx"), self.index.named_number(0, "spacing_um"))
        else {
            return;
        };
        let whole = nx * spacing;
        let Some(length) = ticks::linear(0.0, whole, 4).get(1).copied().filter(|l| *l > 0.0) else { return };
        let area = frame.area(0);
        let long = area.width * length / whole;
        let (x, y) = (area.left + 6.0, area.bottom() - 7.0);
        let name = if length >= 1000.0 {
            format!("{} mm", ticks::plain(length / 1000.0))
        } else {
            format!("{} µm", ticks::plain(length))
        };
        let wide = text::width(&name, &TextStyle::new(8.5));
        let wide = if wide > long { wide } else { long };
        canvas.rect(&Area::new(x - 3.0, y - 13.0, wide + 6.0, 17.0), WHITE, 0.85);
        canvas.line((x, y), (x + long, y), &Stroke::new(INK, 2.2));
        canvas.text((x, y - 4.0), &name, &TextStyle::new(8.5));
    }
}

struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    columns: usize,
    rows: usize,
}

impl Frame {
    fn area(&self, place: usize) -> Area {
        let (column, row) = (place % self.columns, place / self.columns);
        let left = self.left + column as f64 * (self.width + 6.0);
        Area::new(left, self.top + row as f64 * (self.height + 6.0), self.width, self.height)
    }

    fn bottom(&self) -> f64 {
        self.top + self.rows as f64 * (self.height + 6.0) - 6.0
    }
}

fn absent(canvas: &mut Canvas, area: &Area) {
    canvas.rect(area, FAINT, 0.5);
    canvas.text_centered(area.center(), "no picture", &TextStyle::new(TICK).middle().color(GRAY));
}

/// Colors of types by their place in the list: dark and saturated ones in turn, and paler ones once these are used up; dead
/// cells are gray. The most frequent live type is pale ground, so that rare cells stand out on it, in gray too.
fn type_colors(types: &[(u16, String)], found: &BTreeMap<u16, usize>) -> Vec<Color> {
    const GROUND: Color = Color(0xf0, 0xdc, 0xa0);
    const DEAD: [Color; 2] = [Color(0x8a, 0x8a, 0x8a), Color(0xb8, 0xb8, 0xb8)];
    const OTHERS: [Color; 12] = [
        Color(0x00, 0x72, 0xb2),
        Color(0xd5, 0x5e, 0x00),
        Color(0x00, 0x9e, 0x73),
        Color(0x8b, 0x2f, 0xa0),
        Color(0x11, 0x11, 0x11),
        Color(0x56, 0xb4, 0xe9),
        Color(0xe3, 0x77, 0xc2),
        Color(0x6b, 0x6b, 0x00),
        Color(0xa5, 0x69, 0x4f),
        Color(0x33, 0x22, 0x88),
        Color(0xa0, 0xd0, 0x30),
        Color(0x1b, 0x5e, 0x5e),
    ];
    let pale = |c: Color| {
        let half = |part: u8| part / 2 + 127;
        Color(half(c.0), half(c.1), half(c.2))
    };
    // A pale black would be the gray of dead cells.
    let rounds = OTHERS.into_iter().chain(OTHERS.into_iter().filter(|c| c.lightness() > 0.1).map(pale));
    let (mut gray, mut live) = (DEAD.into_iter().cycle(), rounds.cycle());
    let dead = |name: &str| name.ends_with("(dead)");
    let often = |id: &u16| found.get(id).copied().unwrap_or(0);
    let alive = types.iter().filter(|(_, name)| !dead(name)).map(|(id, _)| *id);
    let ground = alive.max_by_key(|id| (often(id), std::cmp::Reverse(*id)));
    let of = |(id, name): &(u16, String)| {
        let next = if dead(name) { gray.next() } else { live.next() };
        if Some(*id) == ground { GROUND } else { next.unwrap_or(GRAY) }
    };
    types.iter().map(of).collect()
}

/// Path data of all sites that satisfy `test`, neighbors in a row merged.
fn runs_of<T>(map: &Slice<T>, test: impl Fn(&T) -> bool) -> String {
    let mut data = String::new();
    for (j, row) in map.values.chunks(map.columns).enumerate() {
        let mut i = 0;
        while i < row.len() {
            if !test(&row[i]) {
                i += 1;
                continue;
            }
            let long = row[i..].iter().take_while(|v| test(v)).count();
            // Writing to a String cannot fail.
            let _ = write!(data, "M{i} {j}h{long}v1h-{long}z");
            i += long;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbors_merge_into_runs() {
        let map = Slice { columns: 4, rows: 2, stride: 1, values: vec![1, 1, 0, 1, 0, 0, 0, 0] };
        assert_eq!(runs_of(&map, |v| *v == 1), "M0 0h2v1h-2zM3 0h1v1h-1z");
        assert_eq!(runs_of(&map, |v| *v == 7), "");
    }

    #[test]
    fn every_type_has_its_own_color_by_its_place_in_the_list() {
        let types = |live: u16| -> Vec<(u16, String)> {
            let dead = (live + 1..live + 3).map(|id| (id, format!("T {id} (dead)")));
            (1..=live).map(|id| (id, format!("T {id}"))).chain(dead).collect()
        };
        let often = |id| BTreeMap::from([(2, 10), (id, 900), (22, 5000)]);
        let colors = type_colors(&types(20), &often(4));
        assert!(
            (0..13).all(|i| i == 3 || colors[i].lightness() < colors[3].lightness()),
            "the fourth is ground"
        );
        let mut distinct = colors.clone();
        distinct.sort_by_key(|c| (c.0, c.1, c.2));
        distinct.dedup();
        assert_eq!(distinct.len(), 22);
        assert_eq!(type_colors(&types(9), &often(4))[..9], colors[..9]);
        let other = type_colors(&types(20), &often(7));
        assert!((0..20).all(|i| i == 3 || i == 6 || other[i] == colors[i]));
    }
}
