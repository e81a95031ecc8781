//! Cost of one step of each field solver, beside a copy of the field in the same run: quote the ratio, not the time.
//!
//! `cargo bench --bench field`. Boxes: a section of 320 x 320 sites and a block of 64^3. Sources on 1 % of the sites,
//! loss (0.5 /min) on 5 %: the setting whose errors `src/field/solver/tests/accuracy.rs` bounds.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use tme::field::{Boundary, Solver, SolverKind};
use tme::lattice::Lattice;

fn sites(lattice: &Lattice, share: usize, salt: usize) -> impl Iterator<Item = usize> + use<> {
    let n = lattice.sites();
    (0..n / share).map(move |k| (k * 7919 * share + salt * 104_729) % n)
}

fn fields(c: &mut Criterion) {
    for (name, nx, ny, nz) in [("320x320", 320, 320, 1), ("64^3", 64, 64, 64)] {
        let lattice = Lattice { nx, ny, nz, spacing: 20.0 };
        let n = lattice.sites();
        let mut source = vec![0.0f32; n];
        sites(&lattice, 100, 1).for_each(|i| source[i] += 1.0);
        let decay = vec![0.0102f32; n];
        let mut uptake = decay.clone();
        sites(&lattice, 20, 2).for_each(|i| uptake[i] += 0.5);
        let mut group = c.benchmark_group(format!("field {name}"));
        group.throughput(Throughput::Elements(n as u64));
        let (from, mut to) = (source.clone(), vec![0.0f32; n]);
        group.bench_function("copy", |b| b.iter(|| black_box(&mut to).copy_from_slice(black_box(&from))));
        for (kind, diffusion, loss) in [
            (SolverKind::Implicit, 600.0, &decay),
            (SolverKind::Implicit, 600.0, &uptake),
            (SolverKind::Implicit, 6000.0, &decay),
            (SolverKind::Implicit, 6000.0, &uptake),
            (SolverKind::QuasiSteady, 1e5, &uptake),
        ] {
            let mut solver = Solver::<f32>::new(&lattice, diffusion, Boundary::NoFlux, kind).unwrap();
            let mut values = vec![0.0f32; n];
            let uniform = if std::ptr::eq(loss, &raw const decay) { "decay" } else { "uptake" };
            let id = BenchmarkId::new(kind.name(), format!("D {diffusion}, {uniform}"));
            group.bench_function(id, |b| b.iter(|| solver.solve(&mut values, loss, &source, 60.0)));
        }
        group.finish();
    }
}

criterion_group!(benches, fields);
criterion_main!(benches);
