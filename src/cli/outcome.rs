//! How a command can fail, what it says then, and with which exit code it ends.

use crate::plot::PlotError;
use crate::record::{Refusal, StorageError};
use crate::spec::{Problem, render};
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Failure {
    /// Problems of documents.
    Input(Vec<Problem>),
    /// Other bad input, in one sentence.
    Usage(String),
    Storage(StorageError),
    /// Some runs failed, or something else broke.
    Failed(String),
    /// A signal: its number.
    Interrupted(i32),
    Figures(PlotError),
}

impl Failure {
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Input(_) | Failure::Usage(_) => 2,
            Failure::Storage(_) => 74,
            Failure::Failed(_) => 1,
            Failure::Interrupted(signal) => 128 + *signal as u8,
            Failure::Figures(e) => match e {
                PlotError::Read { .. } | PlotError::Write(_) => 74,
                _ => 1,
            },
        })
    }

    /// One message per mistake, on standard error.
    pub fn tell(&self) {
        match self {
            Failure::Input(problems) => eprint!("{}", render(problems)),
            Failure::Usage(text) | Failure::Failed(text) => eprintln!("error: {text}"),
            Failure::Storage(e) => eprintln!("error: {e}"),
            Failure::Interrupted(_) => {
                eprintln!(
                    "interrupted: finished runs and checkpoints of the others are kept, the same command goes on from here"
                );
            }
            Failure::Figures(e) => eprintln!("error: {e}"),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(e: StorageError) -> Failure {
        Failure::Storage(e)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        match refusal {
            Refusal::Storage(e) => Failure::Storage(e),
            other => Failure::Usage(other.to_string()),
        }
    }
}
