use super::*;
use crate::record::format::Csv;
use std::fs;

fn written(table: &Table) -> (String, Table) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    table.write(&path, &Csv).unwrap();
    (fs::read_to_string(&path).unwrap(), Table::read_csv(&path).unwrap())
}

#[test]
fn cells_have_one_form_each() {
    let mut table = Table::new(["a", "b", "c", "d", "e"]);
    table.rows.push(vec![
        Cell::Empty,
        Cell::Int(-3),
        Cell::Float(5.0),
        Cell::Text("x, \"y\"".into()),
        Cell::Bool(true),
    ]);
    table.rows.push(vec![
        f64::NAN.into(),
        Cell::Float(0.1),
        Cell::Float(-0.0),
        Cell::Float(1e300),
        Cell::Float(-2.5e-7),
    ]);
    table.rows.push(vec![
        None::<f64>.into(),
        u64::MAX.into(),
        "".into(),
        Cell::Float(f64::NEG_INFINITY),
        Some(2_u32).into(),
    ]);
    let (text, _) = written(&table);
    assert_eq!(
        text,
        "a,b,c,d,e\n,-3,5,\"x, \"\"y\"\"\",true\n,0.1,0,1e300,-2.5e-7\n,18446744073709551615,,-inf,2\n"
    );
}

#[test]
fn numbers_read_back_to_the_same_bits() {
    let values = [0.1, 1.0 / 3.0, 1e15, 1e16, 123_456_789.125, f64::MIN_POSITIVE, 5e-324, f64::MAX, -1e-5];
    let mut table = Table::new(["x"]);
    table.rows = values.iter().map(|&x| vec![Cell::Float(x)]).collect();
    let (_, back) = written(&table);
    for (row, x) in back.rows.iter().zip(values) {
        assert_eq!(row[0].as_f64().unwrap().to_bits(), x.to_bits());
    }
    assert_eq!(back.rows.len(), values.len());
}

#[test]
fn text_that_a_spreadsheet_would_run_is_disarmed_and_reads_back_as_it_was() {
    let texts =
        ["=1+1", "+x", "-x", "-5", "@a", "'=x", "''-", "'plain", "plain", "007", "1.0", "1e5", "NaN", "a\nb"];
    let mut table = Table::new(["text", "=column"]);
    table.rows = texts.iter().map(|&t| vec![t.into(), Cell::Int(-1)]).collect();
    let (text, back) = written(&table);
    assert_eq!(back, table);
    for line in text.lines() {
        assert!(!line.starts_with(['=', '+', '-', '@']) && !line.contains(",="), "{line}");
    }
}

#[test]
fn a_table_appears_only_once_it_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("series.csv");
    fs::write(&path, "old").unwrap();
    let columns = [String::from("a"), "b".into()];
    let mut writer = TableWriter::create(&path, &columns, &Csv).unwrap();
    for i in 0..50_000_i64 {
        writer.row(&[i.into(), Cell::Empty]).unwrap();
    }
    assert!(writer.row(&[Cell::Empty]).is_err(), "a cell too few");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    drop(writer);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    let mut writer = TableWriter::create(&path, &columns, &Csv).unwrap();
    writer.row(&[7_i64.into(), true.into()]).unwrap();
    writer.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a,b\n7,true\n");
}

#[test]
fn a_file_that_is_no_table_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.csv");
    assert!(Table::read_csv(&path).is_err());
    fs::write(&path, b"a,b\n1\n").unwrap();
    assert!(Table::read_csv(&path).is_err());
    fs::write(&path, b"a\n\xff\xfe\n").unwrap();
    assert!(Table::read_csv(&path).is_err());
}
