//! What a comparison is made of: times and values of its arms, mouse beside mouse.

use crate::random::KeyedRng;
use crate::record::EndpointValue;
use crate::spec::ComparisonSpec;
use crate::stats::compare::Resampling;
use crate::stats::{Design, Known, Observation};
use crate::study::results::{ArmResult, Results, RunResult};
use std::collections::BTreeSet;

/// By subject, the replicates.
pub type Subjects<T> = Vec<Vec<T>>;

pub struct Input<'a> {
    pub spec: &'a ComparisonSpec,
    pub results: &'a Results,
    pub arms: Vec<&'a ArmResult>,
    pub control: Option<&'a ArmResult>,
    /// Detection limit of the observable.
    pub limit: Option<f64>,
    /// Day of the comparison, as written or once it is chosen.
    pub day: Option<f64>,
    pub plan: Resampling,
    pub drawn: &'a dyn Fn(u32, &str) -> Option<f64>,
    pub rng: KeyedRng,
    /// What the reader of the table must know: who was left out, what is a bound.
    pub notes: Vec<String>,
}

impl Input<'_> {
    pub fn uniform(&mut self) -> f64 {
        self.rng.uniform()
    }

    /// Times to the comparison's endpoint, by arm; every run that has one counts, whoever its partners are.
    ///
    /// Time counts from day 0. Whoever has reached the endpoint, or has left, before that day was never at risk and is
    /// left out.
    pub fn times(&mut self) -> Result<Vec<Subjects<Observation>>, String> {
        self.gather(false, "a time", |input, run| input.time(run))
    }

    /// The same where arms are compared subject by subject: only those that have a time in every arm.
    pub fn paired_times(&mut self) -> Result<Vec<Subjects<Observation>>, String> {
        let times =
            self.gather(self.plan.design == Design::Paired, "a time", |input, run| input.time(run))?;
        self.some_event(&times)?;
        Ok(times)
    }

    /// Where nobody has reached the endpoint nothing is known of who reaches it later.
    pub fn some_event(&self, times: &[Subjects<Observation>]) -> Result<(), String> {
        if times.iter().flatten().flatten().any(|o| o.event) {
            return Ok(());
        }
        let endpoint = self.spec.endpoint.as_deref().unwrap_or_default();
        Err(format!("no subject has reached {endpoint} in the time simulated"))
    }

    /// Numbers of the subjects whose times [`Input::times`] holds, by arm.
    pub fn subjects(&self) -> Result<Vec<Vec<u32>>, String> {
        let keys = self.keys(&|input, run| input.time(run))?;
        let each = |keys: &BTreeSet<(u32, u32)>| {
            let numbers: BTreeSet<u32> = keys.iter().map(|k| k.0).collect();
            numbers.into_iter().collect()
        };
        Ok(keys.iter().map(each).collect())
    }

    /// Values of the comparison's observable on its day, or of its endpoint that is a value, of those who have one: by
    /// arm, the control last. `None` ranks above every number (see `study::after`); a bound enters as a number and is
    /// told in the notes.
    pub fn values(&mut self) -> Result<Vec<Subjects<Option<f64>>>, String> {
        let (day, what) = match self.spec.endpoint {
            Some(_) => (0.0, "a value".to_string()),
            None => self.day().map(|day| (day, format!("a value on day {day}")))?,
        };
        let known = self.gather(self.plan.design == Design::Paired, &what, |input, run| {
            let known = input.known(run, day)?;
            let beyond = input.spec.observable.as_ref().is_some_and(|o| run.censored(o, day));
            Ok(known.rank().map(|_| (known, beyond)))
        })?;
        let all = || known.iter().flatten().flatten();
        let count = |test: &dyn Fn(&(Known, bool)) -> bool| all().filter(|k| test(k)).count();
        let above = count(&|k| k.0 == Known::Above);
        let bounded = count(&|k| matches!(k.0, Known::AtMost(_)));
        let beyond = count(&|k| k.1);
        if above > 0 {
            self.notes.push(format!("{above} runs had left by growth and rank above every value"));
        }
        if bounded > 0 {
            self.notes
                .push(format!("{bounded} runs had left by clearance and enter as the most they can be"));
        }
        if beyond > 0 {
            self.notes.push(format!("{beyond} values beyond the range of the reading enter as its end"));
        }
        let rank = |runs: &Vec<(Known, bool)>| runs.iter().filter_map(|k| k.0.rank()).collect();
        Ok(known.iter().map(|arm| arm.iter().map(rank).collect()).collect())
    }

    /// As [`Input::values`], for statistics that need a number of everybody.
    pub fn numbers(&mut self) -> Result<Vec<Subjects<Option<f64>>>, String> {
        let values = self.values()?;
        match values.iter().flatten().flatten().filter(|v| v.is_none()).count() {
            0 => Ok(values),
            n => Err(format!("{n} runs had left by growth before that day; choose an earlier one")),
        }
    }

    /// The day of the comparison: as written, else the last on which all its arms have all their subjects.
    fn day(&mut self) -> Result<f64, String> {
        if self.day.is_none() {
            let all: Vec<&ArmResult> = self.everybody().collect();
            self.day = self.results.last_common_day(&all);
        }
        self.day.ok_or_else(|| "a run has ended before its first record".to_string())
    }

    fn everybody(&self) -> impl Iterator<Item = &ArmResult> {
        self.arms.iter().copied().chain(self.control)
    }

    fn time(&self, run: &RunResult) -> Result<Option<Observation>, String> {
        let id = self.spec.endpoint.as_deref().ok_or("needs an endpoint")?;
        match run.endpoints.get(id) {
            Some(EndpointValue::Time { day, reached } | EndpointValue::Visit { day, reached, .. }) => {
                Ok((*day >= 0.0).then_some(Observation { time: *day, event: *reached }))
            }
            Some(_) => Err(format!("{id} is not a time")),
            None => Err(format!("not every arm has the endpoint {id}")),
        }
    }

    fn known(&self, run: &RunResult, day: f64) -> Result<Known, String> {
        if let Some(id) = self.spec.endpoint.as_deref() {
            return match run.endpoints.get(id) {
                Some(EndpointValue::Value(v)) => {
                    Ok(v.filter(|v| v.is_finite()).map_or(Known::Missing, Known::Value))
                }
                Some(_) => Err(format!("{id} is not a value")),
                None => Err(format!("not every arm has the endpoint {id}")),
            };
        }
        let id = self.spec.observable.as_deref().ok_or("needs an observable")?;
        let course = run.series.get(id).ok_or_else(|| format!("not every arm records {id}"))?;
        let first = self.everybody().flat_map(|a| self.results.of_arm(a)).find_map(|r| r.series.get(id));
        match first {
            Some(first) if first.unit != course.unit => {
                Err(format!("{id} is in {} in one arm and in {} in another", first.unit, course.unit))
            }
            _ => Ok(run.known(id, day)),
        }
    }

    /// Subject and replicate of the runs that have what is asked for, by arm.
    fn keys<T>(
        &self,
        one: &impl Fn(&Self, &RunResult) -> Result<Option<T>, String>,
    ) -> Result<Vec<BTreeSet<(u32, u32)>>, String> {
        let arm = |arm: &ArmResult| {
            let mut keys = BTreeSet::new();
            for (subject, (replicate, run)) in
                arm.subjects.iter().flat_map(|s| s.runs.iter().map(|r| (s.subject, *r)))
            {
                if one(self, &self.results.runs[run])?.is_some() {
                    keys.insert((subject, replicate));
                }
            }
            Ok(keys)
        };
        self.everybody().map(arm).collect()
    }

    /// What every arm has of what is asked for; with `pairs` only of subjects and replicates that have it in all arms.
    fn gather<T>(
        &mut self,
        pairs: bool,
        what: &str,
        one: impl Fn(&Self, &RunResult) -> Result<Option<T>, String>,
    ) -> Result<Vec<Subjects<T>>, String> {
        let mut keys = self.keys(&one)?;
        let runs = |arm: &ArmResult| arm.subjects.iter().map(|s| s.runs.len()).sum::<usize>();
        let all: usize = self.everybody().map(runs).sum();
        if pairs {
            let common =
                keys.iter().skip(1).fold(keys[0].clone(), |a, b| a.intersection(b).copied().collect());
            keys = vec![common; keys.len()];
        }
        let left = all - keys.iter().map(BTreeSet::len).sum::<usize>();
        if let Some((arm, _)) = self.everybody().zip(&keys).find(|(_, k)| k.is_empty()) {
            return Err(match pairs {
                true => format!("no subject has {what} in every arm"),
                false => format!("no subject of arm {} has {what}", arm.id),
            });
        }
        if left > 0 {
            let other = if pairs { ", or none in another arm" } else { "" };
            let what = what.strip_prefix("a ").unwrap_or(what);
            self.notes.push(format!("{left} of {all} runs left out (no {what}{other})"));
        }
        let mut out = Vec::new();
        for (arm, keys) in self.everybody().zip(&keys) {
            let mut subjects = Vec::new();
            for subject in &arm.subjects {
                let mut found = Vec::new();
                for (replicate, run) in &subject.runs {
                    if keys.contains(&(subject.subject, *replicate)) {
                        found.extend(one(self, &self.results.runs[*run])?);
                    }
                }
                if !found.is_empty() {
                    subjects.push(found);
                }
            }
            out.push(subjects);
        }
        Ok(out)
    }
}
