//! A second engine, plain and slow, written from `docs/manual/language.md` and not from the first: cells in a list, a map from
//! sites to them, one stream of random numbers, contacts in continuous time, fields by conjugate gradients. It shares the
//! immutable `model` and the numbering of sites. On small lattices both must agree in distribution (`compare`).
//!
//! What the manual leaves open about the order of things within a step stands there under "The step".

mod blood;
mod compare;
mod contact;
mod dice;
mod fields;
mod law;
mod life;
mod outside;
mod sense;
mod walk;
mod world;

mod alone;
mod around;
mod refused;
mod touching;
mod whole;

use world::World;

impl World<'_> {
    /// flow, fields, decisions on what is then, contacts, fates, divisions, moves; then what falls due.
    pub fn step(&mut self) {
        let clock = self.setup.clock;
        for _ in 0..clock.pool_steps {
            self.pool_step(clock.step / f64::from(clock.pool_steps));
        }
        if self.placed {
            self.enter();
            self.diffuse();
            let mut fates = self.fates();
            let movers = self.movers();
            self.contacts(&mut fates);
            let mut gone = self.happen(&fates);
            self.divide(&fates);
            self.walk(&fates, &movers);
            gone.sort_unstable();
            for cell in gone.into_iter().rev() {
                self.cells.remove(cell);
            }
            self.look_up();
        }
        self.step += 1;
        self.give();
    }
}
