//! Factors of a sweep as columns of tables: numbers in one stated unit, and everything else as compact TOML, so that no
//! two values read alike.

use crate::spec::{Factor, Level, describe};
use crate::units::{self, Quantity};

/// The column of a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The path, or the id of the factor, and the unit where there is one.
    pub name: String,
    pub unit: String,
    /// By level.
    pub values: Vec<String>,
}

/// None for a factor that chooses the arm: that has a column already.
pub fn column(factor: &Factor) -> Option<Column> {
    if factor.levels.iter().any(|l| l.arm.is_some()) {
        return None;
    }
    let quantities: Option<Vec<Quantity>> = factor.levels.iter().map(quantity).collect();
    let first = quantities.as_ref().and_then(|q| q.first()).map(|q| q.unit.clone());
    match (quantities, first) {
        (Some(all), Some(unit)) if all.iter().all(|q| q.unit.dimension == unit.dimension) => Some(Column {
            name: units::column(&factor.column, &unit.text),
            unit: if unit.text == "1" { String::new() } else { unit.text.clone() },
            values: all.iter().map(|q| units::number(q.to(&unit))).collect(),
        }),
        _ => Some(Column {
            name: factor.column.clone(),
            unit: String::new(),
            values: factor.levels.iter().map(text).collect(),
        }),
    }
}

/// A value that is a number or a quantity, itself or as `{ value = .. }`.
fn quantity(level: &Level) -> Option<Quantity> {
    let node = &level.set.first()?.node;
    let node = node.get("value").unwrap_or(node);
    match node.text() {
        Some(text) => units::quantity(text).ok(),
        None => node.number().map(Quantity::plain),
    }
}

/// Text without quotes; lists and tables as TOML.
fn text(level: &Level) -> String {
    let Some(o) = level.set.first() else { return level.text.clone() };
    let value = || describe(o)[o.path.len() + 3..].to_string();
    o.node.text().map_or_else(value, String::from)
}

#[cfg(test)]
mod tests {
    use crate::spec;
    use crate::study::{Plan, SizeOptions};

    const MODEL: &str = "kind = \"model\"\nlattice = { layers = [\"t\"] }\n[cell_type.a]\nlayer = \"t\"\ndivide = \"1 /day\"\n\
        push = 1\ntraits = { x = 0 }\n[trait.x]\n";
    const SCENARIO: &str = "kind = \"scenario\"\nmodel = \"m.toml\"\nclock = { end = \"1 day\", step = \"30 min\" }\n\
        domain = { size = [\"100 um\", \"100 um\"] }\nplace.a = { cell = \"a\", count = \"1 cells\" }\n";

    fn plan(factors: &str) -> Plan {
        let dir = tempfile::tempdir().unwrap();
        let sweep = format!(
            "kind = \"sweep\"\nbase = \"s.toml\"\ndesign = {{ kind = \"grid\" }}\n[factor]\n{factors}"
        );
        for (name, text) in [("m.toml", MODEL), ("s.toml", SCENARIO), ("w.toml", &sweep)] {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        Plan::read(spec::load(&dir.path().join("w.toml"), &[]).unwrap(), SizeOptions::default()).unwrap()
    }

    fn values(factor: &str) -> (String, String, Vec<String>) {
        let plan = plan(factor);
        let values = plan.points.iter().map(|p| p.values[0].clone()).collect();
        (plan.factors[0].clone(), plan.factor_units[0].clone(), values)
    }

    #[test]
    fn numbers_stand_in_the_unit_that_the_column_names() {
        let (name, unit, found) = values("f = { path = \"clock.step\", values = [\"30 min\", \"1 h\"] }");
        assert_eq!((name.as_str(), unit.as_str()), ("clock.step_min", "min"));
        assert_eq!(found, ["30", "60"]);
        let rate = "f = { path = \"cell_type.a.divide\", values = [\"0.5 /day\", { value = \"24 /day\", source = \"A\" }] }";
        let (name, unit, found) = values(rate);
        assert_eq!((name.as_str(), unit.as_str()), ("cell_type.a.divide_per_day", "/day"));
        assert_eq!(found, ["0.5", "24"]);
        let (name, unit, found) = values("f = { path = \"cell_type.a.push\", values = [0, 2] }");
        assert_eq!(
            (name.as_str(), unit.as_str(), found),
            ("cell_type.a.push", "", vec!["0".into(), "2".into()])
        );
    }

    #[test]
    fn lists_and_tables_are_told_apart() {
        let sizes =
            "f = { path = \"domain.size\", values = [[\"100 um\", \"100 um\"], [\"200 um\", \"100 um\"]] }";
        let (name, _, found) = values(sizes);
        assert_eq!(name, "domain.size");
        assert_eq!(found, ["[\"100 um\", \"100 um\"]", "[\"200 um\", \"100 um\"]"]);
        let traits = "f = { path = \"cell_type.a.traits\", values = [{ x = 1 }, { x = 2 }] }";
        assert_eq!(values(traits).2, ["{ x = 1 }", "{ x = 2 }"]);
        let off = "f = { path = \"place.a.enabled\", values = [true, false] }";
        assert_eq!(values(off).2, ["true", "false"]);
    }

    #[test]
    fn the_arm_is_no_column_of_its_own() {
        let plan = plan(
            "f = { path = \"arm\", values = [\"s\"] }\ng = { path = \"cell_type.a.push\", values = [0, 2] }",
        );
        assert_eq!(plan.factors, ["cell_type.a.push"]);
        assert_eq!(plan.points[1].values, ["2"]);
    }
}
