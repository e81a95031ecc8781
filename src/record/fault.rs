//! Faults on demand, for tests: a disk that fails or a process that is killed at a chosen moment. Only builds with debug
//! assertions listen; in a release nothing of this is left.
//!
//! `TME_FAULT` is `fail:disk:17:28` (the 17th operation that changes the disk fails with error number 28; `17+`: it and
//! all that follow), `kill:disk:17` or `kill:border:300:250` (SIGKILL at the 17th such operation, or 250 microseconds
//! after the 300th border of a step). `TME_EVENTS` names a file into which the numbers of both are written at the end.

use std::io::{self, Write};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An operation that changes the disk.
    Disk,
    /// A border between two steps of a run.
    Border,
}

/// Counts an operation that is about to change the disk.
///
/// # Errors
/// The fault that was asked for.
#[inline]
pub fn disk() -> io::Result<()> {
    at(Moment::Disk)
}

/// Counts a border between two steps.
#[inline]
pub fn border() {
    let _ = at(Moment::Border);
}

/// Writes all bytes, or where a fault was asked for half of them.
///
/// # Errors
/// Those of writing, and the fault.
pub fn write_all(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    match disk() {
        Ok(()) => out.write_all(bytes),
        Err(fault) => {
            out.write_all(&bytes[..bytes.len() / 2])?;
            Err(fault)
        }
    }
}

#[cfg(not(debug_assertions))]
#[inline]
fn at(_: Moment) -> io::Result<()> {
    Ok(())
}

#[cfg(debug_assertions)]
use asked::at;

#[cfg(debug_assertions)]
mod asked {
    use super::Moment;
    use std::io;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    struct Fault {
        moment: Moment,
        number: u64,
        all_after: bool,
        what: What,
    }

    enum What {
        Fail(i32),
        Kill(Duration),
    }

    fn fault() -> Option<&'static Fault> {
        static FAULT: OnceLock<Option<Fault>> = OnceLock::new();
        FAULT.get_or_init(|| std::env::var("TME_FAULT").ok().and_then(|text| parse(&text))).as_ref()
    }

    fn parse(text: &str) -> Option<Fault> {
        let mut words = text.split(':');
        let verb = words.next()?;
        let moment = if words.next()? == "border" { Moment::Border } else { Moment::Disk };
        let number = words.next()?;
        let last = words.next().and_then(|w| w.parse::<u32>().ok());
        let what = match verb {
            "fail" => What::Fail(last? as i32),
            _ => What::Kill(Duration::from_micros(u64::from(last.unwrap_or(0)))),
        };
        Some(Fault {
            moment,
            number: number.trim_end_matches('+').parse().ok()?,
            all_after: number.ends_with('+'),
            what,
        })
    }

    pub fn at(moment: Moment) -> io::Result<()> {
        static COUNTS: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
        let number = COUNTS[moment as usize].fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(path) = std::env::var_os("TME_EVENTS") {
            let counts = COUNTS.each_ref().map(|c| c.load(Ordering::Relaxed));
            // Written each time: whoever counts ends at no known moment.
            std::fs::write(path, format!("{} {}", counts[0], counts[1]))?;
        }
        let Some(fault) = fault().filter(|f| f.moment == moment) else { return Ok(()) };
        if number != fault.number && !(fault.all_after && number > fault.number) {
            return Ok(());
        }
        match &fault.what {
            What::Fail(error) => Err(io::Error::from_raw_os_error(*error)),
            What::Kill(Duration::ZERO) => kill(),
            What::Kill(delay) => {
                std::thread::spawn(|| {
                    std::thread::sleep(*delay);
                    let _ = kill();
                });
                Ok(())
            }
        }
    }

    fn kill() -> io::Result<()> {
        signal_hook::low_level::raise(signal_hook::consts::SIGKILL)
    }
}
