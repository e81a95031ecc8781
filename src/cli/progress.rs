//! A progress bar with time left on a terminal, plain lines otherwise.

use crate::study::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

pub struct Bar {
    bar: Option<ProgressBar>,
    /// Tenths of the work already told, where there is no terminal.
    told: usize,
    quiet: bool,
}

impl Bar {
    pub fn new(quiet: bool) -> Bar {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {elapsed} gone, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(500));
            bar
        });
        Bar { bar, told: 0, quiet }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn advance(&mut self, done: usize, total: usize, reused: usize) {
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            if done == reused {
                bar.reset_eta();
            }
            bar.set_position(done as u64);
        } else if !self.quiet {
            let tenths = (10 * done).checked_div(total).unwrap_or(10);
            if tenths > self.told {
                self.told = tenths;
                eprintln!("{done} of {total} runs");
            }
        }
    }
}
