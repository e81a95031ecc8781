//! A progress bar with time left on a terminal, plain lines otherwise.

use super::words::{counted, duration};
use crate::study::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::io::IsTerminal;

pub struct Bar {
    bar: Option<ProgressBar>,
    /// Tenths of the work already told, where there is no terminal.
    told: usize,
    quiet: bool,
    /// What is done with the runs ("into output/study"): the first line, until their number is known.
    first: Option<String>,
}

impl Bar {
    pub fn new(quiet: bool, first: String) -> Bar {
        // Until the first run has ended nobody knows how long one takes.
        let left = |state: &ProgressState, out: &mut dyn Write| {
            let _ = match state.eta().as_secs() {
                0 => write!(out, "..."),
                s => write!(out, "{}", duration(s as f64)),
            };
        };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} runs, {elapsed} gone, {left} left")
            .map_or_else(|_| ProgressStyle::default_bar(), |style| style.with_key("left", left));
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal
            .then(|| ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_style(style));
        Bar { bar, told: 0, quiet, first: Some(first).filter(|_| !quiet) }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for Bar {
    fn note(&mut self, what: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("note: {what}")),
            None if !self.quiet => eprintln!("note: {what}"),
            None => {}
        }
    }

    fn advance(&mut self, done: usize, total: usize, reused: usize) {
        if let Some(first) = self.first.take() {
            let known = match reused {
                0 => String::new(),
                n if n == total => ", all done before: only tables and figures are drawn again".to_string(),
                n => format!(", {n} done before"),
            };
            eprintln!("{} {first}{known}", counted(total, "run"));
            if reused == total {
                return;
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.enable_steady_tick(std::time::Duration::from_millis(500));
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
