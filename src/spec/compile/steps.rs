//! Is the clock fine enough? Warnings, with the step that would do.

use super::Compiler;
use crate::field::SolverKind;
use crate::model::{FlowKind, Law, Setup};
use crate::spec::tree::Span;
use crate::units::number;

/// Most events per cell and step without a warning.
const MOST_EVENTS: f64 = 0.5;
/// Most contacts and moves of one cell in a step, as the engine counts them.
const MOST_CONTACTS: f64 = 10_000.0;
const MOST_MOVES: f64 = 10_000.0;
/// Fewer divisions: a daughter waits for the next step, so that a population grows slower by this share.
const MOST_DIVISIONS: f64 = 0.1;

impl<'a> Compiler<'a> {
    pub(super) fn check_steps(&self, setup: &Setup) {
        let step = setup.clock.step;
        let pool_step = step / f64::from(setup.clock.pool_steps);
        let clock = self.root.get("clock").map_or(self.root.span, |n| n.span);
        if setup.domain.is_some() {
            self.check_hazards(setup, step, clock);
            self.check_fields(setup, step);
            self.check_moves(setup, step, clock);
            self.check_contacts(setup, step, clock);
        }
        for flow in setup.flows.iter().filter(|f| f.kind != FlowKind::Leave && f.kind != FlowKind::Make) {
            let rate = flow.rate.largest();
            if rate * pool_step > 0.5 {
                let message =
                    format!("flow.{}: rate x pool step is {:.2}, above 0.5", flow.id, rate * pool_step);
                self.cx.warning(
                    clock,
                    message,
                    format!("clock.pools = \"{} min\" would do", tidy(0.5 / rate)),
                );
            }
        }
    }

    fn check_hazards(&self, setup: &Setup, step: f64, clock: Span) {
        for cell in &setup.cell_types {
            let b = &cell.behaviors;
            let all = b
                .divide
                .iter()
                .map(|h| ("divide".to_string(), &h.rate, MOST_DIVISIONS))
                .chain(b.die.iter().map(|h| (format!("die.{}", h.to), &h.rate, MOST_EVENTS)))
                .chain(b.convert.iter().map(|h| {
                    (format!("convert.{}", setup.cell_types[h.to.index()].id), &h.rate, MOST_EVENTS)
                }));
            let worst = all
                .map(|(name, law, most): (String, &Law, f64)| (law.largest(), name, most))
                .max_by(|a, b| (a.0 / a.2).total_cmp(&(b.0 / b.2)));
            if let Some((rate, name, most)) = worst
                && rate * step > most
            {
                let message = format!(
                    "cell_type.{}.{name}: hazard x step can reach {:.2}, above {most}",
                    cell.id,
                    rate * step
                );
                self.cx.warning(
                    clock,
                    message,
                    format!("clock.step = \"{} min\" would do", tidy(most / rate)),
                );
            }
        }
    }

    fn check_fields(&self, setup: &Setup, step: f64) {
        let Some(domain) = &setup.domain else { return };
        let dx = domain.lattice.spacing;
        for s in &setup.substrates {
            let Some(d) = s.diffusion else { continue };
            let span = self.root.at(&["substrate", &s.id]).map_or(self.root.span, |n| n.span);
            if s.decay > 0.0 && (d / s.decay).sqrt() < dx {
                let range = (d / s.decay).sqrt();
                let message =
                    format!("substrate.{} reaches {range:.1} um, less than one site of {dx} um", s.id);
                self.cx.warning(span, message, "a finer lattice.spacing resolves it");
            }
            let limit = dx * dx / (2.0 * domain.lattice.dimensions() as f64 * d);
            let substeps = (step / (0.9 * limit)).ceil();
            if s.solver == SolverKind::Explicit && d > 0.0 && substeps > 100.0 {
                let message = format!(
                    "substrate.{}: explicit needs {} sub-steps in every step",
                    s.id,
                    number(substeps)
                );
                self.cx.warning(span, message, "use solver = \"implicit\" or \"quasi_steady\"");
            }
        }
    }

    /// Contacts of one cell in a step: each is drawn.
    fn check_contacts(&self, setup: &Setup, step: f64, clock: Span) {
        for interaction in &setup.interactions {
            let rate = interaction.rate.iter().map(Law::largest).fold(0.0, |a, b| if b > a { b } else { a });
            let events = step / (interaction.cooldown + 1.0 / rate);
            if events > MOST_CONTACTS {
                let message = format!(
                    "interaction.{}: {} events of one cell in a step, at most {MOST_CONTACTS} are drawn",
                    interaction.id,
                    number(events.round())
                );
                self.cx.error(clock, message, "a slower rate, a cooldown, or a shorter clock.step");
            }
        }
    }

    /// Path of a cell per step against its contact rate: who runs past its targets cannot hit them.
    fn check_moves(&self, setup: &Setup, step: f64, clock: Span) {
        let Some(domain) = &setup.domain else { return };
        for cell in &setup.cell_types {
            let Some(movement) = &cell.behaviors.movement else { continue };
            let moves = movement.speed.largest() * step / domain.lattice.spacing;
            if moves > MOST_MOVES {
                let message = format!(
                    "cell_type.{}: {} moves in a step, at most {MOST_MOVES} are made",
                    cell.id,
                    number(moves)
                );
                self.cx.error(clock, message, "a slower cell, or a shorter clock.step");
            } else if moves > 100.0 {
                let message = format!("cell_type.{} makes {moves:.0} moves in a step", cell.id);
                let near = 100.0 * domain.lattice.spacing / movement.speed.largest();
                self.cx.warning(
                    clock,
                    message,
                    format!("clock.step = \"{} min\" would make it 100", tidy(near)),
                );
            }
        }
    }
}

/// The next smaller number with one digit.
fn tidy(value: f64) -> String {
    let mut scale = 1.0;
    while value / scale >= 10.0 {
        scale *= 10.0;
    }
    while value / scale < 1.0 {
        scale /= 10.0;
    }
    let text = format!("{:.6}", (value / scale).floor() * scale);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}
