//! All figures from synthetic tables: which are drawn, that bytes repeat, that odd tables are survived.
//!
//! Set `TME_FIGURES_OUT` to keep the pictures of these tests for the eye.

mod synthetic;

use super::*;
use std::collections::BTreeMap;

/// A folder to draw in: the one asked for, or a temporary one.
fn folder(name: &str) -> (PathBuf, Option<tempfile::TempDir>) {
    match std::env::var_os("TME_FIGURES_OUT") {
        Some(base) => {
            let dir = PathBuf::from(base).join(name);
            std::fs::create_dir_all(&dir).unwrap();
            (dir, None)
        }
        None => {
            let dir = tempfile::tempdir().unwrap();
            (dir.path().to_owned(), Some(dir))
        }
    }
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    let svg = paths.iter().filter(|p| p.extension().is_some_and(|e| e == "svg"));
    svg.map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

fn bytes(paths: &[PathBuf]) -> BTreeMap<PathBuf, Vec<u8>> {
    paths.iter().map(|p| (p.clone(), std::fs::read(p).unwrap())).collect()
}

#[test]
fn a_study_gets_all_its_figures_and_the_same_bytes_twice() {
    let (dir, _keep) = folder("study");
    synthetic::study(&dir, 8, 12);
    let written = draw_all(&dir).unwrap().files;
    assert_eq!(
        names(&written),
        [
            "growth",
            "growth_medians",
            "survival",
            "survival_bands",
            "survival_progression",
            "survival_progression_bands",
            "burden",
            "populations",
            "kills",
            "specificities",
            "exposure",
            "maps",
            "maps_oxygen",
            "maps_ifn_alpha",
            "comparisons",
        ]
    );
    assert_eq!(written.len(), 2 * names(&written).len());
    let first = bytes(&written);
    let again = draw_all(&dir).unwrap().files;
    assert_eq!(first, bytes(&again));
    let left: Vec<_> = std::fs::read_dir(dir.join("figures")).unwrap().collect();
    assert_eq!(left.len(), written.len(), "no temporary file stays");
}

#[test]
fn few_arms_share_one_picture_with_bands() {
    let (dir, _keep) = folder("three_arms");
    synthetic::study(&dir, 3, 10);
    let written = names(&draw_all(&dir).unwrap().files);
    assert!(written.contains(&"survival".to_owned()) && !written.contains(&"survival_bands".to_owned()));
}

#[test]
fn a_single_run_without_captions_is_drawn_too() {
    let (dir, _keep) = folder("single");
    synthetic::study(&dir, 1, 1);
    std::fs::remove_file(dir.join("figures.json")).unwrap();
    std::fs::remove_file(dir.join("comparisons.csv")).unwrap();
    let written = names(&draw_all(&dir).unwrap().files);
    assert!(written.contains(&"growth".to_owned()), "{written:?}");
    assert!(!written.contains(&"burden".to_owned()), "one run has no spread to show");
}

#[test]
fn a_grid_sweep_gets_a_heat_map() {
    let (dir, _keep) = folder("sweep_grid");
    synthetic::sweep(&dir, &["dose.car_t.amount", "product.tem.rate"], 1);
    let written = names(&draw_all(&dir).unwrap().files);
    assert_eq!(written, ["heatmap", "heatmap_tumor_cells", "response", "response_tumor_cells"]);
}

#[test]
fn a_grid_sweep_of_several_arms_gets_panels() {
    let (dir, _keep) = folder("sweep_arms");
    synthetic::sweep(&dir, &["dose.car_t.amount", "product.tem.rate"], 3);
    assert_eq!(names(&draw_all(&dir).unwrap().files), ["heatmap", "heatmap_tumor_cells"]);
}

#[test]
fn a_sweep_of_one_factor_gets_a_curve() {
    let (dir, _keep) = folder("sweep_line");
    synthetic::sweep(&dir, &["dose.car_t.amount"], 2);
    assert_eq!(names(&draw_all(&dir).unwrap().files), ["response", "response_tumor_cells"]);
}

#[test]
fn points_of_a_sweep_are_not_pooled_and_too_many_are_left_out_with_the_reason() {
    let (dir, _keep) = folder("sweep_points");
    for points in [3, 13] {
        let mut runs =
            String::from("run,arm,subject,replicate,seed,rate,survival_day,survival_event,outcome\n");
        let mut series = String::from("run,arm,subject,replicate,time_day,v\n");
        for run in 0..2 * points {
            runs += &format!("{run},a,1,{},s,{},{},1,done\n", run % 2 + 1, run / 2, run + 1);
            (0..4).for_each(|day| series += &format!("{run},a,1,1,{day},{}\n", (run + 1) * day));
        }
        std::fs::write(dir.join("runs.csv"), runs).unwrap();
        std::fs::write(dir.join("series.csv"), series).unwrap();
        let drawn = draw_all(&dir).unwrap();
        let pooled =
            ["growth", "growth_medians", "burden"].map(|n| names(&drawn.files).contains(&n.to_owned()));
        assert_eq!(pooled, [points == 3; 3]);
        assert_eq!(drawn.left_out.is_some_and(|why| why.contains("this one has 13")), points == 13);
        if points == 3 {
            let svg = std::fs::read_to_string(dir.join("figures/growth.svg")).unwrap();
            assert!(svg.contains("rate\u{a0}2 (2\u{a0}runs)"), "a panel per point");
        }
    }
}

#[test]
fn absent_tables_leave_figures_out_and_torn_ones_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    assert!(draw_all(dir.path()).unwrap().files.is_empty());
    assert!(!dir.path().join("figures").exists(), "nothing to draw, nothing written");
    // Headers alone, and columns that are not there, are no reason to stop.
    for table in ["runs", "series", "events", "survival", "comparisons"] {
        std::fs::write(dir.path().join(format!("{table}.csv")), "run,arm\n").unwrap();
    }
    assert!(draw_all(dir.path()).unwrap().files.is_empty());
    std::fs::write(dir.path().join("series.csv"), "run,arm\n0\n").unwrap();
    assert!(matches!(draw_all(dir.path()), Err(PlotError::Table { .. })));
    assert!(matches!(draw_all(&dir.path().join("nowhere")), Err(PlotError::Read { .. })));
}

#[test]
fn a_damaged_table_costs_only_its_own_figures() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let drawn = |name: &str| dir.join(format!("figures/{name}.svg")).is_file();
    for (table, lost, kept) in [
        ("series.csv", "growth", "survival"),
        ("events.csv", "kills", "growth"),
        ("survival.csv", "survival", "kills"),
        ("comparisons.csv", "comparisons", "burden"),
        ("snapshots/index.csv", "maps", "comparisons"),
        ("snapshots/cell_types.csv", "maps", "growth"),
    ] {
        let _ = std::fs::remove_dir_all(dir.join("figures"));
        synthetic::study(dir, 2, 3);
        std::fs::write(dir.join(table), "run,arm\n0\n").unwrap();
        let error = draw_all(dir).unwrap_err().to_string();
        assert!(error.contains(table), "{error}");
        assert!(drawn(kept) && !drawn(lost), "{table}");
    }
    // On these rests what the rows of all others mean.
    for table in ["runs.csv", "figures.json"] {
        let _ = std::fs::remove_dir_all(dir.join("figures"));
        synthetic::study(dir, 2, 3);
        std::fs::write(dir.join(table), "{,\n0\n").unwrap();
        assert!(draw_all(dir).is_err() && !dir.join("figures").exists(), "{table}");
    }
}

#[test]
fn figures_say_runs_where_subjects_have_several() {
    let dir = tempfile::tempdir().unwrap();
    for (replicates, said, not) in [(1, "(n\u{a0}=\u{a0}4)", "runs"), (2, "(4\u{a0}runs)", "subject")] {
        let mut runs = String::from("run,arm,subject,replicate,seed,survival_day,survival_event,outcome\n");
        let mut series = String::from("run,arm,subject,replicate,time_day,v\n");
        for run in 0..8 {
            let arm = if run < 4 { "a" } else { "b" };
            let who = format!("{run},{arm},{},{}", run % 4 / replicates, run % replicates);
            runs += &format!("{who},s,9,0,finished\n");
            (0..4).for_each(|day| series += &format!("{who},{day},{}\n", run + day + 1));
        }
        std::fs::write(dir.path().join("runs.csv"), runs).unwrap();
        std::fs::write(dir.path().join("series.csv"), series).unwrap();
        draw_all(dir.path()).unwrap();
        let svg = std::fs::read_to_string(dir.path().join("figures/growth.svg")).unwrap();
        assert!(svg.contains(said) && !svg.contains(not), "{said}");
    }
}

#[test]
fn a_snapshot_outside_its_folder_is_refused() {
    let (dir, _keep) = folder("escape");
    synthetic::study(&dir, 1, 2);
    let index = dir.join("snapshots/index.csv");
    let text = std::fs::read_to_string(&index).unwrap().replacen("r0_0_tissue.npy", "../../secret.npy", 1);
    std::fs::write(&index, text).unwrap();
    let error = draw_all(&dir).unwrap_err().to_string();
    assert!(error.contains("leaves the folder"), "{error}");
    assert!(dir.join("figures/growth.png").is_file(), "the other figures are drawn all the same");
}

#[test]
fn maps_keep_the_colors_of_types_and_weigh_only_what_they_show() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let snapshots = dir.join("snapshots");
    std::fs::create_dir(&snapshots).unwrap();
    std::fs::write(snapshots.join("cell_types.csv"), "id,name\n1,tumor\n2,vessel\n3,t_cell\n").unwrap();
    let head = "run,arm,subject,time_day,layer,kind,name,file,nx,ny,nz,spacing_um\n";
    let rows = "0,a,1,0,t,cells,t,p.npy,4,1,1,20\n1,b,1,0,t,cells,t,p.npy,4,1,1,20\n\
                0,a,1,5,t,cells,t,p.npy,4,1,1,20\n1,b,1,5,t,cells,t,p.npy,4,1,1,20\n";
    let series = "run,arm,subject,replicate,time_day,section_weight\n0,a,1,1,0,7\n1,b,1,1,0,7\n";
    std::fs::write(dir.join("series.csv"), series).unwrap();
    std::fs::write(dir.join("runs.csv"), "run,arm,subject\n0,a,1\n1,b,1\n2,c,1\n").unwrap();
    // The color of the T cells, with vessels beside them and without, and how many weights are told.
    let drawn = |cells: [u8; 4], rows: &str| {
        std::fs::write(snapshots.join("p.npy"), read::npy::tests::npy("|u1", "1, 1, 4", &cells)).unwrap();
        std::fs::write(snapshots.join("index.csv"), format!("{head}{rows}")).unwrap();
        draw_all(dir).unwrap();
        let svg = std::fs::read_to_string(dir.join("figures/maps.svg")).unwrap();
        (svg.contains("#009e73"), svg.matches(">\u{d7}7<").count(), svg.matches("no picture").count())
    };
    assert_eq!(drawn([1, 1, 2, 3], rows), (true, 4, 0));
    assert_eq!(drawn([1, 1, 1, 3], rows), (true, 4, 0));
    assert_eq!(drawn([1, 1, 2, 2], rows), (false, 4, 0));
    let (cut, _) = rows.rsplit_once("1,b").unwrap();
    let third = "2,c,1,5,t,cells,t,p.npy,4,1,1,20\n";
    let (_, weights, absent) = drawn([1, 1, 1, 3], &format!("{cut}{third}"));
    assert_eq!((weights, absent), (3, 2));
}

#[test]
fn catalog_ids_are_unique_and_say_what_they_show() {
    let mut ids: Vec<&str> = CATALOG.iter().map(|f| f.id()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CATALOG.len());
    assert!(CATALOG.iter().all(|f| f.about().len() > 20 && !f.needs().is_empty()));
}
