//! Compiling whole documents: what is accepted, and what it becomes. Mistakes have their texts in `tests/bad/`.

use super::{Built, build};
use crate::model::{DoseTarget, EndpointKind, Placement, Setup, Take, Trigger};
use crate::spec::diagnostics::{Severity, render};
use crate::spec::load;
use std::path::Path;

/// Builds a scenario on the model of `tests/bad/`, with these files beside it.
fn built(scenario: &str, files: &[(&str, &str)]) -> Built {
    let folder = tempfile::tempdir().unwrap();
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/tissue.toml");
    std::fs::copy(model, folder.path().join("tissue.toml")).unwrap();
    let head =
        "kind = \"scenario\"\nmodel = \"tissue.toml\"\nclock = { end = \"1 day\", step = \"60 min\" }\n";
    for (name, text) in files.iter().chain([&("s.toml", format!("{head}{scenario}").as_str())]) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let document = load(&folder.path().join("s.toml"), &[]).unwrap_or_else(|p| panic!("{}", render(&p)));
    build(&document, &[])
}

fn setup(scenario: &str, files: &[(&str, &str)]) -> Setup {
    let built = built(scenario, files);
    built.setup.unwrap_or_else(|| panic!("{}", render(&built.problems)))
}

const DOMAIN: &str = "domain = { size = [\"0.2 mm\", \"0.2 mm\"] }\n";

#[test]
fn a_table_names_the_type_of_every_row_and_the_place_adds_to_it() {
    let rows = "x,y,type,vigor\n10,10,tumor,\n10,10,t_cell,1.5\n30.5,199.9,t_cell,\n";
    let text = format!(
        "{DOMAIN}place.all = {{ file = \"cells.csv\", traits = {{ vigor = 2 }} }}\n\
         place.tumors = {{ cell = \"tumor\", file = \"plain.csv\", at = \"0.5 day\" }}\n"
    );
    let s = setup(&text, &[("cells.csv", rows), ("plain.csv", "y,x\n5,50\n")]);
    let Placement::Table(cells) = &s.places[0].placement else { panic!("{:?}", s.places) };
    let id = |c: crate::model::CellTypeId| s.cell_types[c.index()].id.as_str();
    let found: Vec<_> = cells.iter().map(|c| (id(c.cell), c.point[0], c.point[1], c.traits.len())).collect();
    assert_eq!(
        found,
        [("tumor", 10.0, 10.0, 0), ("t_cell", 10.0, 10.0, 1), ("t_cell", 30.5, 199.9, 0)],
        "one site holds a cell per layer"
    );
    assert_eq!(s.places[0].traits.len(), 1);
    let Placement::Table(cells) = &s.places[1].placement else { panic!() };
    assert_eq!((id(cells[0].cell), cells[0].point), ("tumor", [50.0, 5.0, 10.0]));
    // In three dimensions a place has three numbers.
    let deep = "domain = { size = [\"0.2 mm\", \"0.2 mm\", \"0.2 mm\"] }\nplace.a = { cell = \"tumor\", file = \"c.csv\" }\n";
    let told = render(&built(deep, &[("c.csv", "x,y\n1,2\n")]).problems);
    assert!(told.contains("c.csv: error: the table needs a column `z`"), "{told}");
}

#[test]
fn a_receptor_that_is_off_is_borne_by_nobody_and_nothing_complains() {
    let text = format!(
        "{DOMAIN}place.tumor = {{ cell = \"tumor\", share = 0.1 }}\nplace.vessel = {{ cell = \"vessel\", share = 0.1 }}\n\
         rule.alert = {{ cell = \"t_cell\", behavior = \"divide\", effect = \"increase\", to = \"1 /day\", signal = \"receptor.car\", step = {{ above = 0.5 }} }}\n"
    );
    let off = format!("set = {{ \"receptor.car.enabled\" = false }}\n{text}");
    for (text, bearers) in [(&text, 1), (&off, 0)] {
        let built = built(text, &[]);
        let warned: Vec<_> = built.problems.iter().filter(|p| p.message.contains("car")).collect();
        assert!(warned.is_empty(), "{warned:?}");
        let s = built.setup.unwrap();
        assert_eq!(s.cell_types.iter().filter(|c| !c.receptors.is_empty()).count(), bearers);
    }
}

#[test]
fn a_product_that_is_off_is_given_by_nobody_and_keeps_its_id() {
    let dose = "dose.one = { product = \"cells\", amount = \"5 cells\", into = \"blood\", at = \"0 day\" }\n";
    let s = setup(&format!("set = {{ \"product.cells.enabled\" = false }}\n{dose}"), &[]);
    assert_eq!((&s.doses[0].at, s.doses[0].amount), (&Trigger::At(vec![]), 0.0));
    assert_eq!(setup(dose, &[]).doses[0].amount, 5.0);
}

#[test]
fn the_traits_of_a_product_go_with_its_cells_whatever_they_become() {
    let text = |flow: &str| {
        format!(
            "cell_type.stem = {{ layer = \"lymphoid\" }}\nproduct.s = {{ parts.x = {{ cell = \"stem\", traits = {{ vigor = 2 }} }} }}\n{flow}"
        )
    };
    let flow = "flow.mature = { kind = \"move\", from = \"blood.stem\", to = \"blood.t_cell\", rate = \"1 /day\", enabled = false }\n";
    let told = render(&built(&text(""), &[]).problems);
    assert!(told.contains("`product.s.parts.x.traits.vigor`: `stem` does not carry it"), "{told}");
    assert_eq!(setup(&text(flow), &[]).products[1].parts[0].traits.len(), 1);
    let rule = "rule.r = { cell = \"stem\", behavior = \"convert.t_cell\", effect = \"increase\", to = \"1 /day\", signal = \"age\", step = { above = \"1 day\" } }\n";
    assert_eq!(setup(&text(rule), &[]).products[1].parts[0].traits.len(), 1);
}

#[test]
fn molecules_are_dosed_into_the_tissue_where_they_have_a_field() {
    let text = |substrate: &str, amount: &str| {
        format!(
            "{DOMAIN}place.tumor = {{ cell = \"tumor\", share = 0.1 }}\n[substrate]\n\
             level = {{ unit = \"1\", diffusion = \"600 um^2/min\" }}\n[product.d]\nparts.x = {{ substrate = \"{substrate}\" }}\n\
             [dose.d]\nproduct = \"d\"\namount = \"{amount}\"\ninto = \"tissue\"\nat = \"0 day\"\n"
        )
    };
    let s = setup(&text("cue", "3 fmol"), &[]);
    assert!(matches!(s.doses[0].into, DoseTarget::Tissue(_)));
    assert!((s.doses[0].amount / (3e-15 * crate::units::AVOGADRO) - 1.0).abs() < 1e-12);
    assert_eq!(setup(&text("level", "5e3 um^3"), &[]).doses[0].amount, 5e3);
    let told = |text: &str| render(&built(text, &[]).problems);
    assert!(told(&text("drug", "3 fmol")).contains("`drug` has no field to be dosed into"));
    assert!(told(&text("level", "3 fmol")).contains("must be a volume"));
}

#[test]
fn a_dose_per_body_weight_is_a_mass_times_the_weight() {
    let text = |unit: &str, amount: &str, into: &str, more: &str| {
        format!(
            "{DOMAIN}place.tumor = {{ cell = \"tumor\", share = 0.1 }}\nhost = {{ weight = \"22 g\", body_surface = \"70 cm^2\" }}\n\
             [substrate]\nnew = {{ unit = \"{unit}\", diffusion = \"600 um^2/min\"{more} }}\n\
             [product.d]\nparts.x = {{ substrate = \"new\" }}\n\
             [dose.d]\nproduct = \"d\"\namount = {amount}\ninto = \"{into}\"\nat = \"0 day\"\n"
        )
    };
    let molar = |amount: &str, into: &str| text("nM", amount, into, ", molar_mass = \"500 Da\"");
    let amount = |text: &str| setup(text, &[]).doses[0].amount;
    // A dalton times the Avogadro constant is not quite 1 g/mol: 1 - 3.5e-10 by CODATA.
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 2e-9, "{a} {b}");
    // 4.5 ug/kg in 22 g are 99 ng, and 99e-9 g / (500 g/mol) are 198 pmol.
    for into in ["blood", "tissue"] {
        close(amount(&molar("\"4.5 ug/kg\"", into)), 198e-12 * crate::units::AVOGADRO);
        close(amount(&molar("\"99 ng\"", into)), 198e-12 * crate::units::AVOGADRO);
    }
    // 70 cm^2 are 0.007 m^2: 10 mg/m^2 are 70 ug, 140 nmol.
    close(amount(&molar("\"10 mg/m^2\"", "blood")), 140e-9 * crate::units::AVOGADRO);
    // A unit of mass per volume needs no molar mass.
    let heavy = |amount: &str| text("ng/mL", amount, "blood", "");
    close(amount(&heavy("\"4.5 ug/kg\"")), amount(&heavy("\"99 ng\"")));
    // A plain number is an amount only where the substrate has no unit, and then its level.
    let told = |text: &str| render(&built(text, &[]).problems);
    for plain in ["5", "\"5\""] {
        assert!(told(&molar(plain, "blood")).contains("`dose.d.amount` needs a unit"));
    }
    let bare = |amount: &str| text("1", amount, "blood", ", molar_mass = \"500 Da\"");
    close(amount(&bare("\"4.5 ug/kg\"")), amount(&bare("\"99 ng\"")));
    assert_ne!(amount(&bare("5")), amount(&bare("\"5 kg/kg\"")));
}

#[test]
fn a_misfit_keeps_the_rows_of_its_table_in_order_of_time() {
    let data = "line,\"t (h)\",n,sd\na,2,8,0.5\nb,1,1,1\na, 1 ,4,2\n";
    let text = "endpoint.fit = { kind = \"misfit\", observable = \"tumor_cells\", data = \"d.csv\", rows = { line = \"a\" }, x = \"t (h)\", y = \"n\", sd = \"sd\" }\n";
    let s = setup(text, &[("d.csv", data)]);
    let EndpointKind::Summary { take: Take::Misfit(data), .. } = &s.endpoints[0].kind else { panic!() };
    let found: Vec<_> = data.iter().map(|d| (d.time, d.value, d.sd)).collect();
    assert_eq!(found, [(60.0, 4.0, 2.0), (120.0, 8.0, 0.5)]);
    assert_eq!(s.endpoints[0].unit, "1");
    // Without a column of deviations each is 1; what lies after the end is warned of.
    let text = text.replace(", sd = \"sd\"", "").replace("rows = { line = \"a\" }, ", "");
    let late = built(&text, &[("d.csv", "t (h),n\n1,4\n25,5\n")]);
    let EndpointKind::Summary { take: Take::Misfit(data), .. } = &late.setup.unwrap().endpoints[0].kind
    else {
        panic!()
    };
    assert_eq!((data.len(), data[0].sd), (2, 1.0));
    let warned = late.problems.iter().filter(|p| p.severity == Severity::Warning);
    assert!(warned.into_iter().any(|p| p.message.contains("1 of 2 measurements lie outside the clock")));
}

#[test]
fn compartments_alone_may_have_the_step_of_their_pools() {
    let text = "set = { \"clock.pools\" = \"120 min\" }\n";
    let told = render(&built(text, &[]).problems);
    assert!(told.contains("clock.pools is longer than clock.step"), "{told}");
    let folder = tempfile::tempdir().unwrap();
    let alone = "kind = \"scenario\"\nclock = { end = \"1 day\", pools = \"120 min\" }\n\
        compartment.a = { volume = \"1 mL\" }\n";
    std::fs::write(folder.path().join("s.toml"), alone).unwrap();
    let s = build(&load(&folder.path().join("s.toml"), &[]).unwrap(), &[]).setup.unwrap();
    assert_eq!((s.clock.step, s.clock.pool_steps), (120.0, 1));
}

#[test]
fn switches_and_words_may_stand_with_their_source() {
    let text = "set = { \"observable.tumor_cells.enabled\" = { value = false, source = \"A\" } }\n\
        flow.more = { kind = { value = \"grow\", source = \"A\" }, from = \"blood.t_cell\", rate = \"1 /day\", enabled = { value = false } }\n";
    let s = setup(text, &[]);
    assert!(s.recording.observables.is_empty());
    assert!(s.flows.iter().all(|f| f.id != "more"));
}

/// What is attended to, and which contrast is followed in full, by default and as written.
#[test]
fn attention_and_contrast_are_read() {
    let more = "kind = \"model\"\nextends = \"base.toml\"\n[interaction]\n\
        touch = { kind = \"touch\", cell = \"t_cell\", on = \"tumor\", rate = \"1 /h\", to_target = { damage = 1 } }\n\
        eat = { kind = \"engulf\", cell = \"t_cell\", on = \"tumor\", rate = \"1 /h\" }\n\
        spray = { is_a = \"kill\", cell = \"t_cell\", attend = \"all\" }\n\
        poke = { is_a = \"touch\", cell = \"t_cell\", attend = \"one\" }\n\
        [cell_type]\ntumor.move = { speed = \"1 um/min\", toward.cue = 0.5, contrast = 0.2 }\n\
        t_cell.move = { speed = \"1 um/min\", toward.cue = 0.5 }\n";
    let model = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/tissue.toml"));
    // The scenario names tissue.toml: that is the larger model here.
    let files = [("base.toml", &*model.unwrap()), ("tissue.toml", more)];
    let s = setup(&format!("{DOMAIN}place.tumor = {{ cell = \"tumor\", share = 0.1 }}\n"), &files);
    use crate::model::Attention::{All, One};
    let found: Vec<_> = s.interactions.iter().map(|i| (i.id.as_str(), i.attention)).collect();
    assert_eq!(found, [("eat", One), ("kill", One), ("poke", One), ("spray", All), ("touch", All)]);
    let contrast = |id: &str| {
        let cell = s.cell_types.iter().find(|t| t.id == id).unwrap();
        cell.behaviors.movement.as_ref().unwrap().contrast
    };
    assert_eq!((contrast("tumor"), contrast("t_cell")), (0.2, 0.01));
}
