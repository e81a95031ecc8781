//! What the columns of the tables mean, for `tme list columns`. A test holds every column that is written against this
//! list.

/// (table.column, meaning). Of `<...>` there is one for each such thing of the document; the unit is the suffix.
pub fn columns() -> &'static [(&'static str, &'static str)] {
    COLUMNS
}

const COLUMNS: &[(&str, &str)] = &[
    ("runs.run", "number of the run in canonical order, from 0; joins the tables of a folder"),
    ("runs.run_id", "first 16 digits of the run's identity: hash of epoch, setup and seed"),
    ("runs.arm", "arm of the study; of a single scenario its file's name"),
    ("runs.subject", "subject, from 1; the same subject stands in every arm"),
    ("runs.replicate", "replicate of the subject, from 1"),
    ("runs.seed", "seed of the run's streams, hexadecimal; arms of a subject share it"),
    ("runs.<path>", "value of a sweep's factor"),
    ("runs.<endpoint>_day", "day of the endpoint, or of the end of watching; with visits that of a visit"),
    ("runs.<endpoint>_event", "1 reached, 0 censored"),
    (
        "runs.<endpoint>_after",
        "endpoints seen at visits: the last visit without it; with event 0 both days are the last visit of all",
    ),
    ("runs.<endpoint>", "an endpoint that is a value, or a category"),
    (
        "runs.outcome",
        "finished (end of the clock), stopped (by an endpoint) or failed; an interrupted run has no row",
    ),
    ("runs.ended_by", "endpoint that ended the run; of a `first` the one that came first"),
    ("runs.watched_until", "last day simulated"),
    (
        "runs.unseen_below",
        "sections: no live tumor cell is left in the slice; up to about this many may remain",
    ),
    ("runs.state_hash", "BLAKE3 of the last state: equal runs have equal hashes"),
    ("series.run", "as in runs"),
    ("series.arm", "as in runs"),
    ("series.subject", "as in runs"),
    ("series.replicate", "as in runs"),
    ("series.time_day", "days from the scenario's day 0"),
    ("series.<observable>", "value in animal units; without suffix where it counts cells"),
    ("series.section_weight", "how many times the slice the animal is"),
    (
        "series.<observable>_censored",
        "readings with `detect`: -1 below the range, 1 above it (the value is then its end), 0 within",
    ),
    ("events.run", "as in runs, where arm and subject stand"),
    ("events.time_day", "end of the time bin"),
    (
        "events.event",
        "arrival, birth, death, conversion, departure, removal, clearance or blocked (a division without room)",
    ),
    ("events.cell_type", "type of the cell to which it happened; of a conversion the type before"),
    (
        "events.cause",
        "id of the interaction, flow, place, dose or removal, name of a death, `division`, `convert.TYPE`, \
         `cleared` (a dead cell dissolved) or `blocked`",
    ),
    ("events.actor", "type of the cell that did it; empty where none did"),
    ("events.antigen", "antigen that the actor recognized; empty where none"),
    ("events.count", "cells of the animal"),
    ("survival.endpoint", "endpoint whose curve it is"),
    ("survival.arm", "arm whose curve it is"),
    ("survival.time_day", "days from day 0; runs that broke, or whose time lies before day 0, are left out"),
    ("survival.at_risk", "runs under observation just before the time"),
    ("survival.events", "runs that reach the endpoint at the time"),
    ("survival.censored", "runs that leave without it at the time, after the events"),
    ("survival.survival", "Kaplan-Meier estimate after the events at the time"),
    ("survival.std_error", "Greenwood's standard error; it takes runs for independent"),
    ("survival.lower", "lower end of the 95 % band on the log-log scale"),
    ("survival.upper", "upper end"),
    ("survival.<path>", "value of a sweep's factor"),
    ("features.run", "as in runs"),
    ("features.arm", "as in runs"),
    ("features.subject", "as in runs"),
    ("features.replicate", "as in runs"),
    (
        "features.<path>",
        "what the subject drew at the path, a word as it is; where an arm, a factor or --set sets the path, \
         that value acts instead",
    ),
    ("features.covariate.<name>", "what the subject drew of a covariate, which drives nothing"),
    ("comparisons.comparison", "id of the comparison"),
    ("comparisons.endpoint", "id of the endpoint, or the column of the observable"),
    ("comparisons.arm", "first arm"),
    ("comparisons.reference", "control of a synergy, else the last arm; empty where there is one arm"),
    ("comparisons.estimate", "the comparison's value; empty where it has none"),
    ("comparisons.lower", "lower end of the 95 % interval; empty where it is open or there is none"),
    ("comparisons.upper", "upper end"),
    ("comparisons.p", "of the kinds that have a test; empty where subjects have several replicates"),
    (
        "comparisons.method",
        "how estimate and interval were made, who was left out and what is a bound; or why it was not made",
    ),
    ("comparisons.n", "subjects of the first arm that entered"),
    ("comparisons.expect_low", "lower end of the band that the study expects"),
    ("comparisons.expect_high", "upper end"),
    ("comparisons.role", "what the study calls the band: fit, check, prediction"),
    ("comparisons.holds", "whether the estimate lies in the expected band"),
    ("comparisons.kind", "kind of the comparison, as in `tme list comparisons`"),
    ("comparisons.day", "day, or horizon, as written or as chosen; empty where the kind has none"),
    ("comparisons.arms", "all arms, separated by blanks; the control of a synergy last"),
    ("index.run", "snapshots/index.csv: whose picture, as in runs"),
    ("index.arm", "as in runs"),
    ("index.subject", "as in runs"),
    ("index.time_day", "when"),
    ("index.layer", "layer of the cells"),
    ("index.kind", "cells or field"),
    ("index.name", "the layer, or the substrate"),
    ("index.file", "the array; empty where a field is the same everywhere"),
    ("index.nx", "sites along x"),
    ("index.ny", "sites along y"),
    ("index.nz", "sites along z"),
    ("index.spacing_um", "edge of a site"),
    ("index.unit", "unit of a field"),
    ("index.value", "the value that a field has everywhere; then there is no file"),
    ("cell_types.id", "snapshots/cell_types.csv: number of a type in the arrays; 0 is no cell"),
    ("cell_types.name", "its name; `NAME (dead)` is a dead cell still in its place"),
];

#[cfg(test)]
mod tests {
    use super::columns;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_is_told_once() {
        let names: BTreeSet<&str> = columns().iter().map(|c| c.0).collect();
        assert_eq!(names.len(), columns().len());
    }
}
