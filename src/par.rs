//! Parallelism: the only file that names rayon.
//!
//! Two levels that never nest in one pool: plain worker threads over runs (`workers`), and inside each run data-parallel
//! helpers on that worker's pool. Work is cut into chunks of fixed size and results come back in index order, so the
//! number of threads can never show in a result. Outside a pool, or in a pool of one thread, everything runs in place.

use rayon::prelude::*;
use std::cell::Cell;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

thread_local! {
    /// Whether the current thread belongs to a pool of more than one thread.
    static PARALLEL: Cell<bool> = const { Cell::new(false) };
}

/// Threads for the data-parallel helpers.
pub struct Pool(Option<rayon::ThreadPool>);

impl Pool {
    /// A pool of `threads` threads; 0: one per processor. Falls back to the calling thread where none can be started.
    pub fn new(threads: usize) -> Pool {
        let threads = if threads == 0 { processors() } else { threads };
        if threads <= 1 {
            return Pool(None);
        }
        let start = |_| PARALLEL.with(|p| p.set(true));
        Pool(rayon::ThreadPoolBuilder::new().num_threads(threads).start_handler(start).build().ok())
    }

    /// Runs `f` so that the helpers below use this pool.
    pub fn install<R: Send>(&self, f: impl FnOnce() -> R + Send) -> R {
        match &self.0 {
            Some(pool) => pool.install(f),
            None => f(),
        }
    }
}

/// Number of processors this process may use.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn parallel() -> bool {
    PARALLEL.with(Cell::get)
}

/// Calls `f(index, item)` for every item.
pub fn for_each_mut<T: Send>(items: &mut [T], f: impl Fn(usize, &mut T) + Sync + Send) {
    if parallel() && items.len() > 1 {
        items.par_iter_mut().enumerate().for_each(|(i, item)| f(i, item));
    } else {
        items.iter_mut().enumerate().for_each(|(i, item)| f(i, item));
    }
}

/// Rooms to work in, one for each thread that works at a time, made when first needed and kept. Which one a piece of work
/// gets must not show in its result.
#[derive(Default)]
pub struct Rooms<T>(Mutex<Vec<T>>);

impl<T: Default> Rooms<T> {
    /// Works in a room that nobody else is in.
    pub fn enter<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = lock().pop().unwrap_or_default();
        let result = work(&mut room);
        lock().push(room);
        result
    }
}

/// Results of `f` over the chunks of `0..len`, in order. `chunk` is a constant of the caller, never derived from threads.
pub fn map_chunks<R: Send>(len: usize, chunk: usize, f: impl Fn(Range<usize>) -> R + Sync + Send) -> Vec<R> {
    let count = len.div_ceil(chunk);
    let range = |i: usize| i * chunk..((i + 1) * chunk).min(len);
    if parallel() && count > 1 {
        (0..count).into_par_iter().map(|i| f(range(i))).collect()
    } else {
        (0..count).map(|i| f(range(i))).collect()
    }
}

/// Runs jobs `0..jobs` on `count` worker threads, taken in order; each worker has a pool of `inner` threads. `done` is
/// called on this thread with each result, in order of completion. No new job starts once `stop` is set.
pub fn workers<R: Send>(
    count: usize,
    inner: usize,
    jobs: usize,
    stop: &AtomicBool,
    work: impl Fn(usize) -> R + Sync,
    mut done: impl FnMut(usize, R),
) {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..count.min(jobs) {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                let pool = Pool::new(inner);
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    if job >= jobs || stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let result = pool.install(|| work(job));
                    if sender.send((job, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (job, result) in receiver {
            done(job, result);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_back_in_order_at_any_number_of_threads() {
        let sum = |r: Range<usize>| r.map(|i| i as u64 * i as u64).sum::<u64>();
        let alone = map_chunks(10_001, 64, sum);
        for threads in [1, 2, 3, 7] {
            assert_eq!(Pool::new(threads).install(|| map_chunks(10_001, 64, sum)), alone);
        }
    }

    #[test]
    fn every_item_is_visited_once() {
        for threads in [1, 2, 5] {
            let mut items = vec![0usize; 1000];
            Pool::new(threads).install(|| for_each_mut(&mut items, |i, item| *item += i + 1));
            assert!(items.iter().enumerate().all(|(i, item)| *item == i + 1));
        }
    }

    #[test]
    fn workers_do_every_job_once_and_stop_when_told() {
        let stop = AtomicBool::new(false);
        let mut seen = [0; 50];
        workers(
            3,
            2,
            50,
            &stop,
            |job| job * 2,
            |job, result| {
                assert_eq!(result, job * 2);
                seen[job] += 1;
            },
        );
        assert!(seen.iter().all(|n| *n == 1));
        stop.store(true, Ordering::Relaxed);
        let mut count = 0;
        workers(3, 1, 50, &stop, |job| job, |_, _| count += 1);
        assert_eq!(count, 0);
    }
}
