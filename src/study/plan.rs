//! Which runs there are: arms x points of a sweep x subjects x replicates, in canonical order.

use super::paths::related;
use super::pictures::Pictures;
use super::{checkpoint, design, labels, levels};
use crate::model::Setup;
use crate::random::{Key, Purpose, Streams, derive_seed, purposes};
use crate::spec::{
    self, ComparisonSpec, Document, DocumentKind, Override, Problem, StudySpec, SubjectDraw, SweepSpec,
};
use crate::stats::Design;
use std::path::Path;
use std::sync::Arc;

/// A treatment: a scenario and what is set in it.
#[derive(Clone, Debug)]
pub struct Arm {
    pub id: String,
    pub label: String,
    pub control: bool,
    scenario: Arc<Document>,
    set: Vec<Override>,
}

impl Arm {
    pub fn scenario(&self) -> &Document {
        &self.scenario
    }

    pub fn set(&self) -> &[Override] {
        &self.set
    }
}

/// A point of a sweep: a value per factor.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// As written in the tables.
    pub values: Vec<String>,
    set: Vec<Override>,
    /// Where the arm is a factor: the arm of this point.
    arm: Option<String>,
}

/// One run of the plan.
#[derive(Clone, Debug)]
pub struct PlannedRun {
    pub arm: usize,
    pub point: usize,
    /// Counted from 1.
    pub subject: u32,
    pub replicate: u32,
    pub seed: u64,
    /// The first subject's first replicate keeps pictures of the lattice.
    pub pictures: Pictures,
}

#[derive(Clone, Debug)]
pub struct Plan {
    /// "run", "compare" or "sweep".
    pub kind: &'static str,
    pub title: String,
    pub arms: Vec<Arm>,
    /// Columns of the factors of a sweep, and their units ("" where there is none).
    pub factors: Vec<String>,
    pub factor_units: Vec<String>,
    pub points: Vec<Point>,
    pub runs: Vec<PlannedRun>,
    pub comparisons: Vec<ComparisonSpec>,
    pub design: Design,
    pub seed: u64,
    /// Whether the books of every run are checked after every step.
    pub check: bool,
    /// Endpoints and observables that the tables of a sweep keep; none: all.
    pub kept: Kept,
    /// What differs between subjects.
    draws: Vec<SubjectDraw>,
    /// The documents that say so, where there are such: what is written out again.
    pub(super) study: Option<Document>,
    pub(super) sweep: Option<Document>,
}

/// What tables keep, by id; none: all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub endpoints: Option<Vec<String>>,
    pub observables: Option<Vec<String>>,
}

impl Kept {
    pub fn endpoint(&self, id: &str) -> bool {
        self.endpoints.as_ref().is_none_or(|ids| ids.iter().any(|i| i == id))
    }

    pub fn observable(&self, id: &str) -> bool {
        self.observables.as_ref().is_none_or(|ids| ids.iter().any(|i| i == id))
    }
}

/// What the command line may change of a plan's size.
#[derive(Clone, Copy, Debug, Default)]
pub struct SizeOptions {
    pub seed: Option<u64>,
    pub subjects: Option<u32>,
    pub replicates: Option<u32>,
}

/// Subjects and replicates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub subjects: u32,
    pub replicates: u32,
}

impl Plan {
    /// The plan of any document that can be run.
    ///
    /// # Errors
    /// Every problem of the document; a model cannot be run.
    pub fn read(document: Document, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let wrong = |message: String| {
            vec![Problem::general(spec::Severity::Error, &document.path.display().to_string(), message)]
        };
        match document.kind {
            DocumentKind::Model => Err(wrong("a model by itself cannot be run".to_string())),
            DocumentKind::Scenario => Plan::of_scenario(document, options),
            DocumentKind::Study => {
                let plan = Plan::of_study(spec::study(&document)?, options)?;
                Ok(Plan { study: Some(document), ..plan })
            }
            DocumentKind::Sweep => {
                let mut plan = Plan::of_sweep(spec::sweep(&document)?, options)?;
                if let Some((fixed, factor)) = plan.fixed_factor() {
                    return Err(wrong(format!("`--set {fixed}` fixes what the sweep varies: {factor}")));
                }
                let base = document.tree.get("base").and_then(|n| Some((n.text()?, n.span)));
                if let Some((text, span)) = base {
                    let base = spec::load(&document.files.folder(span).join(text), &[])?;
                    plan.study = Some(base).filter(|d| d.kind == DocumentKind::Study);
                }
                Ok(Plan { sweep: Some(document), ..plan })
            }
        }
    }

    /// A path that the command line sets and that a factor varies, which then would not vary.
    fn fixed_factor(&self) -> Option<(String, String)> {
        let fixed = self.arms.iter().flat_map(|a| &a.scenario.overrides);
        let varied = || self.points.iter().flat_map(|p| &p.set);
        let clash = |f: &Override| {
            let of = varied().find(|v| related(&v.path, &f.path))?;
            Some((f.path.clone(), of.path.clone()))
        };
        fixed.into_iter().find_map(clash)
    }

    /// The plan of one arm and one subject as that of its scenario.
    pub fn as_run(self) -> Plan {
        let size = self.size();
        Plan { kind: "run", ..self }.sized(size)
    }

    /// Subjects and replicates.
    pub fn size(&self) -> Size {
        let most = |of: fn(&PlannedRun) -> u32| self.runs.iter().map(of).max().unwrap_or(1);
        Size { subjects: most(|r| r.subject), replicates: most(|r| r.replicate) }
    }

    /// What differs between subjects.
    pub fn draws(&self) -> impl Iterator<Item = &SubjectDraw> {
        self.draws.iter()
    }

    /// A scenario by itself: one arm, one subject, `replicates` runs.
    pub fn of_scenario(scenario: Document, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let title = scenario.title.clone().unwrap_or_default();
        let seed = options.seed.map_or_else(|| spec::compile(&scenario, &[]).map(|s| s.seed), Ok)?;
        let id = scenario.path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        let arm =
            Arm { label: label(&id), id, control: false, scenario: Arc::new(scenario), set: Vec::new() };
        let size = Size { subjects: 1, replicates: options.replicates.unwrap_or(1) };
        Plan::new("run", title, vec![arm], seed).fitting(size, options)
    }

    /// Several scenarios as the arms of a comparison.
    pub fn of_scenarios(scenarios: Vec<Document>, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let mut plans = Vec::new();
        for scenario in scenarios {
            plans.push(Plan::of_scenario(scenario, options)?);
        }
        let seed = plans.first().map_or(1, |p| p.seed);
        let mut arms: Vec<Arm> = plans.into_iter().flat_map(|p| p.arms).collect();
        let paths: Vec<&Path> = arms.iter().map(|a| a.scenario.path.as_path()).collect();
        let ids = labels::of_paths(&paths).map_err(|(first, second)| {
            let message =
                format!("the same document as {}: arms need names of their own", paths[first].display());
            vec![Problem::general(spec::Severity::Error, &paths[second].display().to_string(), message)]
        })?;
        for (arm, id) in arms.iter_mut().zip(ids) {
            (arm.label, arm.id) = (label(&id), id);
        }
        let title = arms.iter().map(|a| a.label.as_str()).collect::<Vec<_>>().join(" against ");
        let size =
            Size { subjects: options.subjects.unwrap_or(1), replicates: options.replicates.unwrap_or(1) };
        Plan::new("compare", title, arms, seed).fitting(size, options)
    }

    /// A study: every subject in every arm.
    ///
    /// # Errors
    /// More runs than can be planned.
    pub fn of_study(study: StudySpec, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let size = Size {
            subjects: options.subjects.unwrap_or(study.subjects.n),
            replicates: options.replicates.unwrap_or(study.replicates),
        };
        let arms = study
            .arms
            .into_iter()
            .map(|arm| Arm {
                label: arm.label.unwrap_or_else(|| label(&arm.id)),
                id: arm.id,
                control: arm.control,
                scenario: arm.scenario,
                set: arm.set,
            })
            .collect();
        let mut plan = Plan::new("compare", study.title, arms, options.seed.unwrap_or(study.seed));
        plan.draws = study.subjects.draws;
        plan.comparisons = study.comparisons;
        plan.fitting(size, options)
    }

    /// A sweep: its base at every point of the design.
    ///
    /// # Errors
    /// A design that is not built, or more runs than can be planned.
    pub fn of_sweep(sweep: SweepSpec, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let replicates = options.replicates.unwrap_or(sweep.replicates);
        let design = design::find(&sweep.design).ok_or_else(|| {
            let message = format!("{} is not built yet", sweep.design);
            vec![Problem::general(spec::Severity::Error, "design", message)]
        })?;
        let levels: Vec<usize> = sweep.factors.iter().map(|f| f.levels.len()).collect();
        let columns: Vec<Option<levels::Column>> = sweep.factors.iter().map(levels::column).collect();
        let points = (design.points)(&levels)
            .into_iter()
            .map(|point| {
                let chosen: Vec<_> = sweep.factors.iter().zip(&point).map(|(f, l)| &f.levels[*l]).collect();
                let values =
                    columns.iter().zip(&point).filter_map(|(c, l)| Some(c.as_ref()?.values[*l].clone()));
                Point {
                    values: values.collect(),
                    set: chosen.iter().flat_map(|l| l.set.iter().cloned()).collect(),
                    arm: chosen.iter().find_map(|l| l.arm.clone()),
                }
            })
            .collect();
        let columns: Vec<levels::Column> = columns.into_iter().flatten().collect();
        let mut plan = Plan::of_study(sweep.base, SizeOptions { replicates: Some(replicates), ..options })?;
        plan.kind = "sweep";
        // Without a title of its own a sweep is a sweep of what it stands on.
        plan.title = Some(sweep.title).filter(|t| !t.is_empty()).unwrap_or(plan.title);
        plan.seed = options.seed.or(sweep.seed).unwrap_or(plan.seed);
        plan.factors = columns.iter().map(|c| c.name.clone()).collect();
        plan.factor_units = columns.into_iter().map(|c| c.unit).collect();
        plan.points = points;
        plan.kept = Kept { endpoints: sweep.endpoints, observables: sweep.observables };
        let subjects = plan.runs.iter().map(|r| r.subject).max().unwrap_or(1);
        plan.fitting(Size { subjects, replicates }, options)
    }

    fn new(kind: &'static str, title: String, arms: Vec<Arm>, seed: u64) -> Plan {
        Plan {
            kind,
            title,
            arms,
            factors: Vec::new(),
            factor_units: Vec::new(),
            points: vec![Point::default()],
            runs: Vec::new(),
            comparisons: Vec::new(),
            design: Design::Paired,
            seed,
            check: false,
            kept: Kept::default(),
            draws: Vec::new(),
            study: None,
            sweep: None,
        }
    }

    /// As [`Plan::sized`], unless the command line asks for more runs than can be held: documents have this bound too.
    fn fitting(self, size: Size, options: SizeOptions) -> Result<Plan, Vec<Problem>> {
        let of_one_arm = self.points.iter().any(|p| p.arm.is_some());
        let message = spec::too_many(&[
            ("points", self.points.len()),
            ("arms", if of_one_arm { 1 } else { self.arms.len() }),
            ("subjects", size.subjects as usize),
            ("replicates", size.replicates as usize),
        ]);
        let Some(message) = message else { return Ok(self.sized(size)) };
        let option = if options.subjects.is_some() { "--subjects" } else { "--replicates" };
        Err(vec![Problem::general(spec::Severity::Error, option, message)])
    }

    /// The runs, by point, arm, subject and replicate. Seeds come from subject and replicate alone, so that all arms and
    /// points of a subject share their luck.
    fn sized(mut self, size: Size) -> Plan {
        let pictures = match self.kind {
            "sweep" => Pictures::None,
            "run" => Pictures::AskedAndEnd,
            _ => Pictures::Asked,
        };
        let mut runs = Vec::new();
        for (p, point) in self.points.iter().enumerate() {
            for (a, arm) in self.arms.iter().enumerate() {
                if point.arm.as_ref().is_some_and(|id| *id != arm.id) {
                    continue;
                }
                for subject in 1..=size.subjects {
                    for replicate in 1..=size.replicates {
                        runs.push(PlannedRun {
                            arm: a,
                            point: p,
                            subject,
                            replicate,
                            seed: derive_seed(self.seed, u64::from(subject), u64::from(replicate)),
                            pictures: if subject == 1 && replicate == 1 { pictures } else { Pictures::None },
                        });
                    }
                }
            }
        }
        self.runs = runs;
        self
    }

    /// The setup of a run: scenario, subject's draws, arm, point; the command line's overrides last.
    ///
    /// # Errors
    /// Every problem of the resulting document.
    pub fn compile(&self, run: &PlannedRun) -> Result<Setup, Vec<Problem>> {
        spec::compile(&self.arms[run.arm].scenario, &self.settings_of(run))
    }

    /// As [`compile`](Plan::compile), with the seed of the run's streams. A run from a checkpoint keeps the luck of the run
    /// that left it where the plan has the same seed; other replicates and subjects have luck of their own from there on.
    ///
    /// # Errors
    /// As `compile`; a checkpoint that does not fit.
    pub fn prepare(&self, run: &PlannedRun) -> Result<(Setup, u64), Vec<Problem>> {
        let mut setup = self.compile(run)?;
        let first = run.subject == 1 && run.replicate == 1;
        let seed = match checkpoint::look(&mut setup)? {
            Some((plan_seed, seed)) if first && plan_seed == self.seed => seed,
            _ => run.seed,
        };
        Ok((setup, seed))
    }

    /// The scenario of a run, and what to set in it besides the overrides of the command line.
    pub(super) fn written(&self, run: &PlannedRun) -> (Document, Vec<Override>) {
        let scenario = self.arms[run.arm].scenario().clone();
        let mut set = self.settings_of(run);
        set.push(Override::number("clock.seed", self.seed as i64));
        (scenario, set)
    }

    /// What a run sets in its scenario: the subject's draws, then the arm, then the point.
    fn settings_of(&self, run: &PlannedRun) -> Vec<Override> {
        let mut set = self.subject(run.subject);
        set.extend(self.arms[run.arm].set.iter().cloned());
        set.extend(self.points[run.point].set.iter().cloned());
        set
    }

    /// What subject number `subject` draws: keyed by the subject and the drawn path, so that adding a draw or a subject
    /// leaves the others as they were.
    fn subject(&self, subject: u32) -> Vec<Override> {
        self.draws.iter().map(|draw| draw.sample(self.uniforms(subject, draw))).collect()
    }

    fn uniforms(&self, subject: u32, draw: &SubjectDraw) -> [f64; 2] {
        let streams = Streams { seed: derive_seed(self.seed, u64::from(subject), 0) };
        let key = Key(u64::from(Purpose::of(draw.path()).0));
        [0, 1].map(|sub| streams.uniform(key, 0, purposes::SUBJECT, sub))
    }

    /// What a subject drew, as written in the draws' units, in their order.
    pub fn drawn_by(&self, subject: u32) -> Vec<String> {
        self.draws.iter().map(|draw| draw.text(self.uniforms(subject, draw))).collect()
    }

    /// What a subject drew at a path, in the unit in which the draw is written.
    pub fn drawn(&self, subject: u32, path: &str) -> Option<f64> {
        let draw = self.draws.iter().find(|d| d.path() == path)?;
        Some(draw.value(self.uniforms(subject, draw)))
    }
}

/// An id as words.
fn label(id: &str) -> String {
    id.replace('_', " ")
}
