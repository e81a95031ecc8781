//! The comparison finds what is wrong: a naive engine with a flaw is refused, each flaw by the numbers that it should move.

use super::compare::refuse;
use super::world::Flaw;
use super::{alone, touching};
use crate::lattice::Contact;

#[test]
fn flaws_are_refused() {
    let kill = "death tumor kill by t_cell of 0 on b7h3";
    let growth = alone::growth([9, 8, 1], Contact::Full, 2);
    refuse(&growth, [5, 8], 1000, Flaw::Divides, "birth tumor division");
    let spreading = alone::spreading([9, 9, 1], Contact::Full, 0.0);
    refuse(&spreading, [2, 4], 1000, Flaw::Strides, "radius tumor");
    let killing = touching::one_by_one(0.0);
    refuse(&killing, [3, 6], 1000, Flaw::Spreads, kill);
    refuse(&killing, [3, 6], 1000, Flaw::Unrepaired, kill);
    refuse(&touching::engulfing(), [3, 8], 1000, Flaw::CountsDead, "death t_cell tired");
}
