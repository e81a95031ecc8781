use super::*;
use crate::record::{
    EndpointRow, EndpointValue, EventRow, Outcome, Series, Snapshot, SnapshotField, SnapshotLayer, hash_bytes,
};
use tempfile::{TempDir, tempdir};

fn id(n: u8) -> RunId {
    [n; 32]
}

fn record(n: u8) -> RunRecord {
    RunRecord {
        seed: n.into(),
        outcome: Outcome::Finished,
        steps: 10,
        end_day: 1.5,
        state_hash: format!("{n:02x}"),
        cells_max: 4,
        final_weight: 1.0,
        unseen_below: None,
        endpoints: vec![],
        series: Series {
            columns: vec!["tumor_cells".into()],
            time_day: vec![0.0, 1.0],
            values: vec![vec![f64::from(n)], vec![2.0]],
        },
        events: vec![],
        snapshots: vec![],
    }
}

/// An output folder whose only segment has these bytes.
fn folder(bytes: &[u8]) -> TempDir {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("runs")).unwrap();
    fs::write(dir.path().join("runs/1-0.seg"), bytes).unwrap();
    dir
}

/// Bytes of a segment of the records 1, 2, 3, and where each of its frames ends.
fn small() -> (Vec<u8>, Vec<usize>) {
    let (mut bytes, mut ends) = (MAGIC.to_vec(), vec![]);
    for n in 1..=3 {
        bytes.extend(segment::encode(&id(n), &record(n)).unwrap());
        ends.push(bytes.len());
    }
    (bytes, ends)
}

/// Every record is either absent or exactly right; returns how many are there.
fn right(store: &Store) -> usize {
    for n in store.ids() {
        assert_eq!(store.read(&n).unwrap().unwrap(), record(n[0]));
    }
    store.len()
}

#[test]
fn records_come_back_from_another_process() {
    let dir = tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    assert!(store.is_empty() && store.files().is_empty());
    for n in [3, 1, 2, 3] {
        store.append(&id(n), &record(n)).unwrap();
    }
    assert_eq!(right(&store), 3);
    store.sync().unwrap();
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.ids(), [id(1), id(2), id(3)]);
    assert_eq!(right(&store), 3);
    assert_eq!(store.files().len(), 1);
    assert_eq!(store.report(), StoreReport::default());
    assert!(store.contains(&id(2)) && !store.contains(&id(4)));
    assert_eq!(store.read(&id(4)).unwrap(), None);
}

#[test]
fn truncated_at_every_length_the_whole_records_stay_and_the_rest_can_be_appended() {
    let (bytes, ends) = small();
    for length in 0..=bytes.len() {
        let dir = folder(&bytes[..length]);
        let whole = ends.iter().filter(|&&end| end <= length).count();
        let mut store = Store::open(dir.path()).unwrap();
        assert_eq!(right(&store), whole, "cut at {length}");
        let clean = length == 0 || length == MAGIC.len() || ends.contains(&length);
        assert_eq!(store.report(), StoreReport { cut: usize::from(!clean), ..StoreReport::default() });
        for n in 1..=3 {
            store.append(&id(n), &record(n)).unwrap();
        }
        drop(store);
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(right(&store), 3);
        assert_eq!(store.report(), StoreReport::default());
    }
}

#[test]
fn a_flipped_byte_anywhere_never_gives_a_wrong_record() {
    let (bytes, ends) = small();
    for k in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[k] ^= 1 << (k % 8);
        let dir = folder(&bad);
        let store = Store::open(dir.path()).unwrap();
        let before = if k < MAGIC.len() { 0 } else { ends.iter().filter(|&&end| end <= k).count() };
        let there = right(&store);
        assert!(before <= there && there <= 2, "byte {k}: {there} records");
        let report = store.report();
        assert_eq!(report.cut + report.damaged + report.foreign, 1, "byte {k}: {report:?}");
    }
}

#[test]
fn a_tail_of_zeros_is_cut_and_a_doubled_tail_counts_once() {
    let (bytes, ends) = small();
    let dir = folder(&[&bytes[..], &[0; 500]].concat());
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((right(&store), store.report().cut), (3, 1));
    assert_eq!(fs::read(dir.path().join("runs/1-0.seg")).unwrap(), bytes);
    let dir = folder(&[&bytes[..], &bytes[ends[1]..]].concat());
    let store = Store::open(dir.path()).unwrap();
    assert_eq!((right(&store), store.report()), (3, StoreReport::default()));
}

/// Checksums keep accidents out; what passes them on purpose must still not break the decoder.
#[test]
fn a_decoder_given_any_bytes_under_good_checksums_gives_an_error() {
    let good = segment::encode(&id(1), &record(1)).unwrap();
    assert_eq!(segment::decode(&good).unwrap(), record(1));
    let body = postcard::to_stdvec(&(id(1), record(1))).unwrap();
    for k in 0..body.len() {
        let mut bad = body.clone();
        bad[k] = 0xff;
        // Some bytes are plain data: then the record differs, but nothing panics and nothing grows.
        let _ = segment::decode(&segment::frame(&id(1), &bad).unwrap());
        assert!(segment::decode(&segment::frame(&id(1), &body[..k]).unwrap()).is_err());
    }
    assert!(segment::decode(&segment::frame(&id(2), &body).unwrap()).is_err(), "another identity");
    for k in 0..good.len() {
        assert!(segment::decode(&good[..k]).is_err());
    }
}

#[test]
fn a_record_damaged_while_the_store_is_open_is_an_error_and_not_a_result() {
    let dir = tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.append(&id(1), &record(1)).unwrap();
    let path = dir.path().join(&store.files()[0]);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(store.read(&id(1)).unwrap_err().source.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn several_append_at_once_and_each_run_counts_once() {
    let dir = tempdir().unwrap();
    std::thread::scope(|scope| {
        for worker in 0..4_u8 {
            let path = dir.path();
            scope.spawn(move || {
                let mut store = Store::open(path).unwrap();
                // Neighbors overlap by half.
                for n in worker * 10..worker * 10 + 20 {
                    store.append(&id(n), &record(n)).unwrap();
                    store.refresh().unwrap();
                }
            });
        }
    });
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(right(&store), 50);
    assert_eq!(store.report(), StoreReport::default());
}

#[test]
fn the_unfinished_tail_of_a_living_process_is_left_alone_and_seen_once_whole() {
    let dir = tempdir().unwrap();
    let mut writer = Store::open(dir.path()).unwrap();
    writer.append(&id(1), &record(1)).unwrap();
    writer.sync().unwrap();
    let frame = segment::encode(&id(2), &record(2)).unwrap();
    let (path, end) = (writer.segments[0].path.clone(), writer.segments[0].end);
    write_at(&mut writer.segments[0].file(), end, &frame[..50]).unwrap();
    let mut reader = Store::open(dir.path()).unwrap();
    assert_eq!(reader.report(), StoreReport { in_use: 1, ..StoreReport::default() });
    assert_eq!(fs::metadata(&path).unwrap().len(), end + 50);
    assert_eq!(right(&reader), 1);
    write_at(&mut writer.segments[0].file(), end, &frame).unwrap();
    reader.refresh().unwrap();
    assert_eq!(right(&reader), 2);
}

#[test]
fn many_segments_are_folded_into_one_but_not_those_in_use() {
    let dir = tempdir().unwrap();
    let mut alive = Store::open(dir.path()).unwrap();
    alive.append(&id(200), &record(200)).unwrap();
    for n in 0..20 {
        let bytes = [&MAGIC[..], &segment::encode(&id(n), &record(n)).unwrap()].concat();
        fs::write(dir.path().join(format!("runs/x-{n}.seg")), bytes).unwrap();
    }
    fs::write(dir.path().join("runs/other.seg"), b"not a segment at all").unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(right(&store), 21);
    assert_eq!(store.files().len(), 3, "{:?}", store.files());
    assert_eq!(store.report(), StoreReport { foreign: 1, ..StoreReport::default() });
    alive.append(&id(201), &record(201)).unwrap();
    alive.refresh().unwrap();
    assert_eq!(right(&alive), 22);
    drop(alive);
    assert_eq!(right(&Store::open(dir.path()).unwrap()), 22);
}

#[test]
fn the_own_segment_outlives_a_fold_by_another() {
    let dir = tempdir().unwrap();
    for n in 0..16 {
        let bytes = [&MAGIC[..], &segment::encode(&id(n), &record(n)).unwrap()].concat();
        fs::create_dir_all(dir.path().join("runs")).unwrap();
        fs::write(dir.path().join(format!("runs/x-{n}.seg")), bytes).unwrap();
    }
    let reader = Store::open(dir.path()).unwrap();
    assert_eq!(reader.files().len(), 16);
    fs::write(dir.path().join("runs/x-16.seg"), MAGIC).unwrap();
    assert_eq!(Store::open(dir.path()).unwrap().files().len(), 1);
    assert_eq!(right(&reader), 16, "files that are gone can still be read by those who have them open");
}

/// A device that takes no byte stands for the full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_only_what_was_not_synced_and_the_store_goes_on() {
    let dir = tempdir().unwrap();
    let mut store = Store::open(dir.path()).unwrap();
    store.append(&id(1), &record(1)).unwrap();
    store.sync().unwrap();
    store.append(&id(2), &record(2)).unwrap();
    let full = OpenOptions::new().read(true).write(true).open("/dev/full").unwrap();
    let file = std::mem::replace(&mut *store.segments[0].file(), full);
    let error = store.append(&id(3), &record(3)).unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
    assert_eq!(store.ids(), [id(1)]);
    // Room again: what was refused is appended to a new segment.
    *store.segments[0].file() = file;
    store.append(&id(2), &record(2)).unwrap();
    store.append(&id(3), &record(3)).unwrap();
    assert_eq!(right(&store), 3);
    drop(store);
    assert_eq!(right(&Store::open(dir.path()).unwrap()), 3);
}

#[test]
fn a_file_in_the_place_of_the_folder_is_found_at_once() {
    let dir = tempdir().unwrap();
    let path = dir.path().join("out");
    fs::write(&path, b"").unwrap();
    assert!(Store::open(&path).unwrap_err().to_string().ends_with("--out"));
}

/// The bytes of a record do not say what they mean: read under another layout they would be another result.
#[test]
fn the_layout_of_a_record_is_the_one_that_the_magic_names() {
    let text = String::from;
    let row = |id: &str, value| EndpointRow { id: id.into(), unit: text("day"), value };
    let event = EventRow {
        time_day: 1.0,
        event: text("death"),
        cell_type: text("tumor"),
        cause: text("lysis"),
        actor: text("car_t"),
        antigen: text("egfr"),
        count: 3.0,
    };
    let snapshot = Snapshot {
        time_day: 1.0,
        sites: [1, 2, 3],
        spacing_um: 15.0,
        names: vec![text("tumor")],
        layers: vec![SnapshotLayer { id: text("tissue"), cells: vec![1, 0] }],
        fields: vec![SnapshotField { id: text("oxygen"), unit: text("mmHg"), values: vec![38.0] }],
    };
    let full = RunRecord {
        outcome: Outcome::Stopped { endpoint: text("survival") },
        unseen_below: Some(2.0),
        endpoints: vec![
            row("a", EndpointValue::Time { day: 1.0, reached: true }),
            row("b", EndpointValue::Visit { after_day: 1.0, day: 2.0, reached: false }),
            row("c", EndpointValue::Value(Some(4.0))),
            row("d", EndpointValue::Category(text("complete"))),
        ],
        events: vec![event],
        snapshots: vec![snapshot],
        ..record(1)
    };
    let failed = RunRecord { outcome: Outcome::Failed { step: 1, what: text("NaN") }, ..record(2) };
    let interrupted = RunRecord { outcome: Outcome::Interrupted, ..record(3) };
    let bytes = postcard::to_stdvec(&[full, failed, interrupted, record(4)]).unwrap();
    assert_eq!(
        (MAGIC, hash_bytes(&bytes).as_str()),
        (b"tme run store 1\n", "251604ca35f5c8ef369a8627425fe38b00dfeece77ed752ed8ad8ff0da146731"),
        "RunRecord has another layout: raise the number in MAGIC, and pin both here"
    );
}

#[test]
fn what_killed_processes_left_is_cleared_away_while_nobody_works_here() {
    let dir = tempfile::tempdir().unwrap();
    let figures = dir.path().join("figures");
    std::fs::create_dir(&figures).unwrap();
    let alive = format!(".tme-{}-0.tmp", std::process::id());
    let left = || {
        let mut names: Vec<String> = std::fs::read_dir(&figures)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let fill = || {
        for name in [".tme-4194999-0.tmp", "notes.tmp", &alive] {
            std::fs::write(figures.join(name), "half").unwrap();
        }
    };
    fill();
    let first = Store::open(dir.path()).unwrap();
    // What others put there, and what a living process writes, is not ours to remove.
    assert_eq!(left(), [alive.as_str(), "notes.tmp"]);
    fill();
    let second = Store::open(dir.path()).unwrap();
    assert_eq!(left().len(), 3, "another process is at work");
    drop((first, second));
    Store::open(dir.path()).unwrap();
    assert_eq!(left().len(), 2);
}
