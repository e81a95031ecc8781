//! Everything at once.

use super::compare::agree;
use crate::engine::tests::worlds::everything;

/// What has to happen at least once in twenty runs.
const EVENTS: [&str; 12] = [
    "birth tumor division",
    "birth t_cell division",
    "death tumor hypoxia",
    "death tumor kill by t_cell of 0 on b7h3",
    "death tumor kill by t_cell of 1 on b7h3",
    "death t_cell tired",
    "clearance tumor eat by macrophage of 0 on none",
    "conversion t_cell to macrophage",
    "arrival macrophage door",
    "departure t_cell home",
    "departure tumor shed",
    "removal tumor surgery",
];

#[test]
fn all_behaviors_together_agree() {
    for size in [[12, 12, 1], [6, 6, 6]] {
        agree(&format!("everything {size:?}"), &everything(size), [5, 10], 300, &EVENTS);
    }
}
