//! Every combination of levels, the last factor running fastest.

/// Points as one level per factor. No factor: one point.
pub fn points(levels: &[usize]) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new()];
    for n in levels {
        out = out
            .into_iter()
            .flat_map(|point: Vec<usize>| {
                (0..*n).map(move |level| {
                    let mut next = point.clone();
                    next.push(level);
                    next
                })
            })
            .collect();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::points;

    #[test]
    fn a_grid_has_every_combination_once_and_in_order() {
        let grid = points(&[2, 3]);
        assert_eq!(grid, [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(points(&[]), [Vec::<usize>::new()]);
        assert!(points(&[3, 0]).is_empty());
    }
}
