//! Planted bugs: each wrong variant of the engine must be caught by a test that the engine itself passes.

use super::super::planted::{Bug, with};
use super::{
    books, border, contacts, divide, doses, gates, hazards, hits, inherit, moves, pools, removals, section,
    traits,
};
use std::panic::catch_unwind;

/// A bug, what is wrong with it, and the test that must fail.
type Planted = (Bug, &'static str, &'static str, fn());

const ALL: &[Planted] = &[
    (Bug::HazardRate, "hazards 5 % too high", "race", hazards::birth_and_death_race_by_the_exact_law),
    (Bug::HazardLinear, "r dt for 1 - exp(-r dt)", "race", hazards::birth_and_death_race_by_the_exact_law),
    (
        Bug::FirstListed,
        "the first hazard listed wins",
        "shares",
        hazards::winners_have_the_shares_of_their_rates,
    ),
    (Bug::SharedStream, "one stream for all hazards", "race", hazards::birth_and_death_race_by_the_exact_law),
    (Bug::RemainsLonger, "the dead stay a step longer", "remains", hazards::the_dead_stay_for_their_time),
    (Bug::MovesRoundedDown, "parts of moves are dropped", "fractions", moves::fractions_of_moves_are_drawn),
    (Bug::DiagonalsFree, "diagonal moves cost nothing", "speed", moves::the_speed_has_no_direction),
    (Bug::PersistenceIgnored, "no persistence", "heading", moves::persistence_keeps_the_heading),
    (
        Bug::ContrastIgnored,
        "any gradient counts in full",
        "faint",
        moves::a_faint_gradient_pulls_in_proportion,
    ),
    (Bug::SiteTakenTwice, "two movers take one site", "sharing", moves::nobody_shares_a_site),
    (Bug::DirectionBiased, "all mothers prefer one direction", "clumps", divide::clumps_grow_round),
    (Bug::LosersGiveUp, "losers of a conflict give up", "losers", divide::losers_propose_again),
    (
        Bug::DaughterKeepsKey,
        "a daughter keeps its mother's identity",
        "books",
        books::the_books_balance_and_the_lattice_holds_one_cell_per_site,
    ),
    (Bug::AttentionIgnored, "targets in order of sites", "attention", contacts::an_actor_keeps_to_one_target),
    (
        Bug::DeadActorsAct,
        "the dead go on killing",
        "fate",
        hits::a_killer_that_has_met_its_fate_delivers_no_more,
    ),
    (
        Bug::RepairIgnored,
        "no repair between hits",
        "repair",
        hits::repair_between_hits_is_that_of_continuous_time,
    ),
    (Bug::LethalLater, "a kill needs one more hit", "three hits", hits::three_hits_kill_at_any_step),
    (
        Bug::GateIgnored,
        "gates always open",
        "gate",
        gates::the_gate_scales_the_rate_and_the_books_name_the_antigen,
    ),
    (
        Bug::AntigenUnnamed,
        "the books forget the antigen",
        "gate",
        gates::the_gate_scales_the_rate_and_the_books_name_the_antigen,
    ),
    (
        Bug::ArrivalUnpaid,
        "arrivals are not taken from the pool",
        "border",
        border::the_border_conserves_what_crosses_it,
    ),
    (
        Bug::ArrivalOrderFixed,
        "arrivals come in the same order in every run",
        "border",
        border::a_small_pool_pays_for_anyone,
    ),
    (Bug::DepartureTwice, "departures arrive twice", "leaving", border::what_leaves_arrives),
    (Bug::DelayShorter, "delays 5 % too short", "Erlang", pools::a_delay_is_an_erlang_chain),
    (Bug::ViabilityIgnored, "all cells of a product live", "parts", doses::parts_enter_their_pools),
    (Bug::ShareIgnored, "every part is the whole product", "parts", doses::parts_enter_their_pools),
    (Bug::RegionIgnored, "removal everywhere", "region", removals::region_and_margin),
    (Bug::MutationMore, "mutations 40 % too frequent", "mutation", inherit::mutation_is_binomial),
    (Bug::SplitCopies, "split copies", "inheritance", inherit::copy_split_increment_and_reset),
    (
        Bug::ConversionForgets,
        "conversion draws all traits anew",
        "conversion",
        traits::conversion_keeps_what_both_carry,
    ),
    (Bug::DynamicsEuler, "Euler steps for traits", "dynamics", traits::dynamics_are_exact_at_any_step),
    (
        Bug::WeightIgnored,
        "births are booked without weight",
        "section",
        section::the_books_in_animal_units_add_up,
    ),
];

/// One after another: every test fails with its bug. That each passes without is what the suite sees anyway.
#[test]
fn every_planted_bug_is_caught() {
    let mut missed = Vec::new();
    for (bug, wrong, name, test) in ALL {
        let caught = catch_unwind(|| with(Some(*bug), *test)).is_err();
        println!("planted: {wrong} ({bug:?}): {} by `{name}`", if caught { "caught" } else { "MISSED" });
        if !caught {
            missed.push(bug);
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
    assert!(ALL.len() >= 20);
}
