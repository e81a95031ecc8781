//! What the columns of the tables mean, for `tme list columns`.

/// (table.column, meaning).
pub fn columns() -> &'static [(&'static str, &'static str)] {
    &[
        ("runs.run", "number of the run in canonical order, from 0"),
        ("runs.run_id", "first 16 digits of the run's identity: hash of epoch, setup and seed"),
        ("runs.arm", "arm of the study; of a single scenario its file's name"),
        ("runs.subject", "subject, from 1; the same subject stands in every arm"),
        ("runs.replicate", "replicate of the subject, from 1"),
        ("runs.seed", "seed of the run's streams, hexadecimal; arms of a subject share it"),
        ("runs.<path>", "value of a sweep's factor"),
        ("runs.<endpoint>_day", "day of the endpoint, or of the end of watching"),
        ("runs.<endpoint>_event", "1 reached, 0 censored"),
        ("runs.<endpoint>_after", "last visit without the endpoint (endpoints seen at visits)"),
        ("runs.<endpoint>", "an endpoint that is a value (with its unit as suffix) or a category"),
        ("runs.outcome", "finished, stopped (by an endpoint), failed or interrupted"),
        ("runs.ended_by", "endpoint that ended the run; of a `first` the one that came first"),
        ("runs.watched_until", "last day simulated"),
        (
            "runs.unseen_below",
            "sections: no live tumor cell is left in the slice; up to about this many may remain",
        ),
        ("runs.state_hash", "BLAKE3 of the last state: equal runs have equal hashes"),
        ("series.time_day", "days from the scenario's day 0"),
        ("series.<observable>", "value in animal units; the unit is the suffix"),
        ("series.section_weight", "how many times the slice the animal is"),
        (
            "series.<observable>_censored",
            "readings with `detect`: -1 below the range, 1 above it (the value is then its end), 0 within",
        ),
        ("events.time_day", "end of the time bin"),
        (
            "events.event",
            "arrival, birth, death, conversion, departure, removal, clearance or blocked division",
        ),
        ("events.cause", "id of what did it: interaction, named death, flow, dose, place or removal"),
        ("events.actor", "type of the cell that did it"),
        ("events.antigen", "antigen that the actor recognized"),
        ("events.count", "cells of the animal"),
        (
            "survival.time_day",
            "days from day 0; runs that broke, or whose time lies before day 0, are left out",
        ),
        ("survival.at_risk", "subjects under observation just before the time"),
        ("survival.survival", "Kaplan-Meier estimate after the events at the time"),
        ("survival.std_error", "Greenwood's standard error"),
        ("survival.lower, survival.upper", "95 % band on the log-log scale"),
        (
            "features.<path>",
            "what the subject drew at the path; the unit is the suffix, a word stands as it is",
        ),
        ("features.covariate.<name>", "what the subject drew of a covariate, which drives nothing"),
        ("comparisons.estimate", "the comparison's value; empty where it has none"),
        ("comparisons.n", "subjects of the first arm that entered"),
        (
            "comparisons.method",
            "how estimate and interval were made, who was left out and what is a bound; or why it was not made",
        ),
        ("comparisons.holds", "whether the estimate lies in the expected band"),
    ]
}
