//! Maps of the lattice: cells by type, and fields, one row per arm and one column per day.

mod colors;
mod frame;
mod slice;

use super::{Drawing, Figure, page};
use crate::plot::PlotError;
use crate::plot::paper::legend::{self, Key};
use crate::plot::paper::style::{Color, FAINT, GRAY, TICK, viridis};
use crate::plot::paper::{Area, Canvas, Scale, Stroke, TextStyle, ticks};
use crate::plot::read::{Source, Table, captions};
use colors::type_colors;
use frame::Frame;
use slice::{Slice, runs_of};
use std::collections::BTreeMap;

pub struct Maps;

/// More days than this are thinned evenly.
const MOST_DAYS: usize = 5;
const MOST_FIELDS: usize = 8;
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

    /// Value in the maps and name of each cell type.
    fn cell_types(&self) -> Vec<(u16, String)> {
        let Some(table) = &self.source.cell_types else { return Vec::new() };
        let named: Vec<(u16, String)> = (0..table.len())
            .filter_map(|r| {
                Some((
                    table.named_number(r, "id")? as u16,
                    self.source.captions.thing("cell_type", table.named(r, "name")),
                ))
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
        self.panels(&mut canvas, &frame, &maps, |map| {
            colors.iter().map(|(id, _, c)| (*c, runs_of(map, |v| v == id))).collect()
        });
        self.scale_bar(&mut canvas, &frame);
        let thinned = maps.iter().flatten().any(|m| m.stride > 1);
        let covered = "Of cells on one site that of the last layer is shown and hides the others.";
        let notes = [self.note(thinned), covered.to_owned()];
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
        let label = self.source.captions.thing("substrate", name);
        let shown = unit.as_ref().map_or(label.clone(), |u| format!("{label} ({u})"));
        let (mut canvas, top) = page::open(self.source, &self.title(&shown));
        let frame = self.frame(&maps, top + 22.0, 62.0);
        self.labels(&mut canvas, &frame);
        let shade = |v: f32| ((scale.share(f64::from(v)) * SHADES as f64) as usize).min(SHADES - 1);
        let color = |k: usize| viridis((k as f64 + 0.5) / SHADES as f64);
        self.panels(&mut canvas, &frame, &maps, |map| {
            (0..SHADES).map(|k| (color(k), runs_of(map, |v| shade(*v) == k))).collect()
        });
        let tall = (frame.bottom() - frame.top).min(180.0);
        let bar = Area::new(frame.right() + 18.0, frame.top, 12.0, tall);
        legend::color_bar(&mut canvas, &bar, &scale, unit.as_deref().unwrap_or(""), viridis);
        self.scale_bar(&mut canvas, &frame);
        let thinned = maps.iter().flatten().any(|m| m.stride > 1);
        let mut notes = vec![self.note(thinned)];
        if let Scale::Log { low, .. } = scale {
            notes.push(format!("Logarithmic; less than {} is drawn as that.", ticks::significant(low, 2)));
        }
        Ok(Some(page::close(canvas, self.source, &notes, frame.bottom() + 14.0)))
    }

    /// Draws each map in its place, as path data by color.
    fn panels<T>(
        &self,
        canvas: &mut Canvas,
        frame: &Frame,
        maps: &[Option<Slice<T>>],
        layers: impl Fn(&Slice<T>) -> Vec<(Color, String)>,
    ) {
        for (place, map) in maps.iter().enumerate() {
            let area = frame.area(place);
            match map {
                Some(map) => {
                    canvas.lattice(&area, map.columns, map.rows, &layers(map));
                    self.weight(canvas, &area, place);
                }
                None => absent(canvas, &area),
            }
            canvas.frame(&area, &Stroke::new(GRAY, 0.6));
        }
    }
}

fn absent(canvas: &mut Canvas, area: &Area) {
    canvas.rect(area, FAINT, 0.5);
    canvas.text_centered(area.center(), "no picture", &TextStyle::new(TICK).middle().color(GRAY));
}
