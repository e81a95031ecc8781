//! A progress bar with time left on a terminal, plain lines otherwise.

use super::words::counted;
use crate::study::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::path::Path;

pub struct Bar {
    bar: Option<ProgressBar>,
    /// Tenths of the work already told, where there is no terminal.
    told: usize,
    quiet: bool,
    /// The first line, until the number of runs is known.
    folder: Option<String>,
}

impl Bar {
    pub fn new(quiet: bool, folder: &Path) -> Bar {
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {elapsed} gone, {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style);
            bar.enable_steady_tick(std::time::Duration::from_millis(500));
            bar
        });
        Bar { bar, told: 0, quiet, folder: Some(folder.display().to_string()).filter(|_| !quiet) }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn advance(&mut self, done: usize, total: usize, reused: usize) {
        if let Some(folder) = self.folder.take() {
            let known = match reused {
                0 => String::new(),
                n if n == total => ", all done before: only tables and figures are drawn again".to_string(),
                n => format!(", {n} done before"),
            };
            eprintln!("{} into {folder}{known}", counted(total, "run"));
            if reused == total {
                return;
            }
        }
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
