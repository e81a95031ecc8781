//! Tables such as a study or a sweep would leave, made from a keyed generator. Shapes only: no model is run.

use crate::plot::read::npy::tests::npy;
use crate::stats::{KaplanMeier, Observation};
use std::fmt::Write as _;
use std::path::Path;

const ARMS: [(&str, &str, f64); 8] = [
    ("untreated", "Untreated", 1.0),
    ("car", "B7-H3 CAR T", 0.86),
    ("ifn", "IFN-α macrophages", 0.8),
    ("il2", "oIL2 macrophages", 0.95),
    ("ifn_il2", "IFN-α + oIL2 macrophages", 0.7),
    ("car_ifn", "CAR T + IFN-α macrophages", 0.55),
    ("car_il2", "CAR T + oIL2 macrophages", 0.6),
    ("car_ifn_il2", "CAR T + IFN-α + oIL2 macrophages", 0.25),
];
const END: f64 = 90.0;

/// A uniform number in [0, 1) for a key.
fn uniform(a: usize, b: usize, c: usize) -> f64 {
    let mut z = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9)
        ^ (c as u64 + 1).wrapping_mul(0x94D0_49BB_1331_11EB);
    for _ in 0..3 {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z ^= z >> 27;
    }
    (z >> 11) as f64 / (1_u64 << 53) as f64
}

/// Volume of a tumor that grows, is held back from day 12 to 45 by the arm's factor, and grows again.
fn volume(day: f64, speed: f64, factor: f64) -> f64 {
    let held = (day.min(45.0) - 12.0).max(0.0);
    let rate = 0.16 * speed;
    (rate * day - rate * 1.45 * (1.0 - factor) * held).exp()
}

/// A study of `arms` arms and `subjects` subjects with all tables and two pictures per arm.
pub(crate) fn study(dir: &Path, arms: usize, subjects: usize) {
    let mut runs = String::from(
        "run,run_id,arm,subject,replicate,seed,survival_day,survival_event,progression_day,progression_event,\
         outcome,state_hash\n",
    );
    let mut series = String::from(
        "run,arm,subject,replicate,time_day,tumor_volume_mm3,tumor_cells,car_t_cells,tem_cells,cd8_cells,\
         ifn_tissue_pM,ifn_blood_pM,oil2_tissue_pM,oil2_blood_pM,t_b7h3,t_gp100,t_trp2,t_bystander\n",
    );
    let mut events = String::from("run,time_day,event,cell_type,cause,actor,antigen,count\n");
    let mut survival =
        String::from("endpoint,arm,time_day,at_risk,events,censored,survival,std_error,lower,upper\n");
    let mut index = String::from("run,arm,subject,time_day,layer,kind,name,file,nx,ny,nz,spacing_um,unit\n");
    std::fs::create_dir_all(dir.join("snapshots")).unwrap();
    for (a, (arm, _, factor)) in ARMS.iter().take(arms).enumerate() {
        let mut times: [Vec<Observation>; 2] = [Vec::new(), Vec::new()];
        for s in 0..subjects {
            let run = a * subjects + s;
            let speed = 0.8 + 0.4 * uniform(1, s, 0);
            let own = (factor * (0.85 + 0.3 * uniform(2, s, a))).min(1.2);
            let mut day = 0.0;
            let (mut end, mut progression) = (None, None);
            while day <= END {
                let v = volume(day, speed, own) * (1.0 + 0.1 * (uniform(run, 3, day as usize) - 0.5));
                if v > 4.0 && progression.is_none() {
                    progression = Some(day);
                }
                let therapy = if day > 12.0 { ((day - 12.0) / 8.0).min(1.0) * (1.0 - own) } else { 0.0 };
                let spread = |k: usize| 0.7 + 0.6 * uniform(run, k, day as usize);
                let _ = writeln!(
                    series,
                    "{run},{arm},{s},0,{day},{v:.5},{:.0},{:.0},{:.0},{:.0},{:.3},{:.3},{:.3},{:.4},{:.0},{:.0},{:.0},{:.0}",
                    2e4 * v,
                    if arm.contains("car") { 900.0 * therapy * spread(4) + 40.0 } else { 0.0 },
                    if *arm != "untreated" { 600.0 * spread(5) * (day / 20.0).min(1.0) } else { 0.0 },
                    80.0 * (1.0 + 6.0 * therapy) * spread(6),
                    if arm.contains("ifn") { 45.0 * spread(7) * (day / 15.0).min(1.0) } else { 0.0 },
                    if arm.contains("ifn") { 0.8 * spread(8) * (day / 15.0).min(1.0) } else { 0.0 },
                    if arm.contains("il2") { 20.0 * spread(9) * (day / 15.0).min(1.0) } else { 0.0 },
                    if arm.contains("il2") { 0.05 * spread(10) * (day / 15.0).min(1.0) } else { 0.0 },
                    if arm.contains("car") { 700.0 * therapy * spread(11) } else { 0.0 },
                    30.0 * (1.0 + 30.0 * therapy * (day / 40.0).min(1.0)) * spread(12),
                    8.0 * (1.0 + 60.0 * therapy * therapy * (day / 40.0).min(1.0)) * spread(13),
                    60.0 * spread(14),
                );
                if v >= 100.0 {
                    end = Some(day);
                    break;
                }
                day += 2.0;
            }
            let (survived, event) = (end.unwrap_or(END), u8::from(end.is_some()));
            let (progressed, grew) = (progression.unwrap_or(END), u8::from(progression.is_some()));
            let _ =
                writeln!(runs, "{run},id{run},{arm},{s},0,1,{survived},{event},{progressed},{grew},done,00");
            times[0].push(Observation { time: survived, event: event == 1 });
            times[1].push(Observation { time: progressed, event: grew == 1 });
            for (cause, actor, antigen, share) in [
                ("hypoxia", "", "", 1.0),
                ("apoptosis", "", "", 0.35),
                ("lytic_hits", "car_t", "B7-H3", if arm.contains("car") { 4.0 * (1.0 - own) } else { 0.0 }),
                ("lytic_hits", "cd8", "gp100", 1.2 * (1.0 - own)),
                ("lytic_hits", "cd8", "TRP2", 0.8 * (1.0 - own) * (1.0 - own)),
                ("interferon", "tem", "", if arm.contains("ifn") { 0.5 } else { 0.0 }),
            ] {
                let count = 2e4 * share * (0.8 + 0.4 * uniform(run, 20, cause.len() + antigen.len()));
                let _ = writeln!(events, "{run},40,death,tumor,{cause},{actor},{antigen},{count:.0}");
            }
        }
        for (endpoint, observations) in ["survival", "progression"].iter().zip(&times) {
            for row in KaplanMeier::fit(observations, 0.95).unwrap().rows {
                let cell = |v: Option<f64>| v.map_or(String::new(), |v| v.to_string());
                let _ = writeln!(
                    survival,
                    "{endpoint},{arm},{},{},{},{},{},{},{},{}",
                    row.time,
                    row.at_risk,
                    row.events,
                    row.censored,
                    row.survival,
                    cell(row.std_error),
                    cell(row.lower),
                    cell(row.upper)
                );
            }
        }
        snapshots(dir, &mut index, a, arm, subjects);
    }
    for (name, text) in [
        ("runs.csv", &runs),
        ("series.csv", &series),
        ("events.csv", &events),
        ("survival.csv", &survival),
        ("snapshots/index.csv", &index),
    ] {
        std::fs::write(dir.join(name), text).unwrap();
    }
    std::fs::write(
        dir.join("snapshots/cell_types.csv"),
        "id,name\n1,tumor\n2,vessel\n3,tem\n4,car_t\n5,cd8\n6,necrotic\n",
    )
    .unwrap();
    comparisons(dir);
    captions(dir, arms);
}

/// Two days of a round tumor with scattered cells, and two fields.
fn snapshots(dir: &Path, index: &mut String, a: usize, arm: &str, subjects: usize) {
    let (nx, ny, run) = (150_usize, 120_usize, a * subjects);
    for (k, day) in [5.0, 20.0, 40.0, 60.0].into_iter().enumerate() {
        let radius = 10.0 + 0.6 * day * ARMS[a].2;
        let mut tissue = Vec::new();
        let mut oxygen = Vec::new();
        let mut interferon = Vec::new();
        for y in 0..ny {
            for x in 0..nx {
                let (dx, dy) = (x as f64 - 75.0, y as f64 - 60.0);
                let r = (dx * dx + dy * dy).sqrt() + 3.0 * (uniform(x / 6, y / 6, a) - 0.5);
                let u = uniform(x, y, 100 + a);
                let cell: u16 = if u < 0.02 {
                    2
                } else if r < 0.35 * radius && radius > 25.0 {
                    6
                } else if r < radius {
                    if u > 0.97 { 3 + (x % 3) as u16 } else { 1 }
                } else if u > 0.985 {
                    3 + (y % 3) as u16
                } else {
                    0
                };
                tissue.extend(cell.to_le_bytes());
                let o2 = 38.0 * (1.0 - 0.9 * (-(r / radius).powi(2)).exp());
                oxygen.extend((o2 as f32).to_le_bytes());
                interferon.extend(((60.0 * ARMS[a].2 * (-r / 12.0).exp()) as f32).to_le_bytes());
            }
        }
        for (kind, name, data, dtype, unit) in [
            ("cells", "tissue", &tissue, "<u2", ""),
            ("field", "oxygen", &oxygen, "<f4", "mmHg"),
            ("field", "ifn_alpha", &interferon, "<f4", "pM"),
        ] {
            let file = format!("r{run}_{k}_{name}.npy");
            let bytes = npy(dtype, &format!("1, {ny}, {nx}"), data);
            std::fs::write(dir.join("snapshots").join(&file), bytes).unwrap();
            let layer = if kind == "cells" { "tissue" } else { "" };
            let _ = writeln!(index, "{run},{arm},0,{day},{layer},{kind},{name},{file},{nx},{ny},1,20,{unit}");
        }
    }
}

fn comparisons(dir: &Path) {
    let text = "comparison,endpoint,arm,reference,estimate,lower,upper,p,method,n,expect_low,expect_high,role,holds\n\
        rescue,survival,car_ifn_il2,car,1.84,1.42,,0.0004,\"ratio of medians (p: log-rank), paired bootstrap by subject (2000 resamples)\",12,1.3,2.5,fit,true\n\
        car_alone,survival,car,untreated,0.31,0.26,0.36,0.08,\"share of 2000 resampled trials of 10 per arm with log-rank p < 0.05\",12,0,0.2,fit,false\n\
        triple,tumor_cells,car_ifn_il2,untreated,1.12,0.74,1.49,,\"excess log10 kill over the sum of the parts, paired bootstrap by subject (2000 resamples)\",12,,,check,\n\
        best,survival,car_ifn_il2,,0.998,,,,share of resamples with the strictly largest median,12,0.5,,prediction,true\n\
        cleared,survival,car_ifn_il2,,,,,,\"Kaplan-Meier median, log-log interval\",12,,,check,\n";
    std::fs::write(dir.join("comparisons.csv"), text).unwrap();
}

fn captions(dir: &Path, arms: usize) {
    let arms: Vec<String> = ARMS
        .iter()
        .take(arms)
        .map(|(id, label, _)| format!("{{\"id\":\"{id}\",\"label\":\"{label}\"}}"))
        .collect();
    let text = format!(
        r#"{{"title": "Glioblastoma with engineered macrophages and CAR T cells (synthetic tables)",
        "arms": [{}],
        "groups": {{"cell_counts": ["tumor_cells", "car_t_cells", "tem_cells", "cd8_cells"],
                   "fields": ["oxygen", "ifn_alpha"],
                   "exposure": ["ifn_tissue_pM", "ifn_blood_pM", "oil2_tissue_pM", "oil2_blood_pM"],
                   "specificities": ["t_b7h3", "t_gp100", "t_trp2", "t_bystander"]}},
        "labels": {{"ifn_tissue_pM": "IFN-α in tumor", "ifn_blood_pM": "IFN-α in blood",
                   "oil2_tissue_pM": "oIL2 in tumor", "oil2_blood_pM": "oIL2 in blood",
                   "t_b7h3": "B7-H3 (CAR)", "t_gp100": "gp100", "t_trp2": "TRP2", "t_bystander": "bystander",
                   "ifn_alpha": "IFN-α"}},
        "units": {{"tumor_volume_mm3": "mm^3"}},
        "endpoint": {{"survival": {{"observable": "tumor_volume_mm3", "above": 100}}}},
        "limit": {{"tumor_volume_mm3": 1.0}},
        "burden": {{"observable": "tumor_volume_mm3", "day": 22}}}}"#,
        arms.join(",")
    );
    std::fs::write(dir.join("figures.json"), text).unwrap();
}

/// runs.csv of a sweep over one or two factors.
pub(crate) fn sweep(dir: &Path, paths: &[&str], arms: usize) {
    let mut runs = format!(
        "run,run_id,arm,subject,replicate,seed,{},survival_day,survival_event,tumor_cells,outcome,state_hash\n",
        paths.join(",")
    );
    let doses = [0.0, 1e5, 3e5, 1e6, 3e6, 1e7];
    let rates = [0.5, 1.0, 2.0, 4.0, 8.0];
    let rates = if paths.len() > 1 { &rates[..] } else { &rates[..1] };
    let mut run = 0;
    for (a, (arm, ..)) in ARMS.iter().take(arms).enumerate() {
        for (i, dose) in doses.iter().enumerate() {
            for (j, rate) in rates.iter().enumerate() {
                if paths.len() > 1 && i == 4 && j == 1 {
                    continue;
                }
                for s in 0..9 {
                    let mean = 22.0 + 3.0 * (i * (j + 1)) as f64 + 4.0 * a as f64;
                    let day = mean * (0.75 + 0.5 * uniform(s, i + 10 * j, a));
                    let (day, event) = if day > 80.0 { (80.0, 0) } else { (day, 1) };
                    let cells = 10_f64.powf(6.0 - 0.12 * mean / 4.0 + uniform(s, i, 50 + j));
                    let second = if paths.len() > 1 { format!(",{rate} /day") } else { String::new() };
                    let _ = writeln!(
                        runs,
                        "{run},id{run},{arm},{s},0,1,{dose}{second},{day:.1},{event},{cells:.0},done,00"
                    );
                    run += 1;
                }
            }
        }
    }
    std::fs::write(dir.join("runs.csv"), runs).unwrap();
}
