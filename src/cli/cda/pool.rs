//! Work shared out to threads, whose results are taken in the order of the work.
//!
//! A thread may be ahead of the slowest by a few pieces only, so that what waits to be taken stays small.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// How far ahead of the slowest piece work may be begun, for each thread.
const AHEAD: usize = 8;

/// Where the threads are.
#[derive(Default)]
struct Progress {
    begun: usize,
    taken: usize,
}

struct Turn {
    progress: Mutex<Progress>,
    moved: Condvar,
    most_ahead: usize,
}

impl Turn {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece of work; nothing when all are begun.
    fn next(&self, count: usize) -> Option<usize> {
        let mut progress = self.lock();
        while progress.begun < count && progress.begun >= progress.taken + self.most_ahead {
            progress = self.moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
        }
        let piece = progress.begun;
        progress.begun += usize::from(piece < count);
        (piece < count).then_some(piece)
    }

    fn took(&self) {
        self.lock().taken += 1;
        self.moved.notify_all();
    }
}

/// Does `work` on each piece with that many threads, and gives each result to `take`, in order. `work` does not panic.
pub(super) fn in_order<P: Sync, R: Send>(
    pieces: &[P],
    threads: usize,
    work: impl Fn(&P) -> R + Sync,
    mut take: impl FnMut(R),
) {
    let threads = threads.min(pieces.len());
    let turn = Turn { progress: Mutex::default(), moved: Condvar::new(), most_ahead: threads * AHEAD };
    let (sender, results) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, turn, work) = (sender.clone(), &turn, &work);
            scope.spawn(move || {
                while let Some(piece) = turn.next(pieces.len()) {
                    let Some(result) = pieces.get(piece).map(work) else { break };
                    if sender.send((piece, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut expected = 0;
        for (piece, result) in results {
            waiting.insert(piece, result);
            while let Some(result) = waiting.remove(&expected) {
                take(result);
                expected += 1;
                turn.took();
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{AHEAD, in_order};

    #[test]
    fn results_come_in_the_order_of_the_work_and_none_runs_far_ahead() {
        for threads in [1, 2, 7, 5_000] {
            let pieces: Vec<usize> = (0..1_000).collect();
            let (taken, furthest) = (AtomicUsize::new(0), Mutex::new(0));
            let mut results = Vec::new();
            let work = |piece: &usize| {
                let ahead = piece.saturating_sub(taken.load(Ordering::SeqCst));
                let mut furthest = furthest.lock().unwrap();
                *furthest = ahead.max(*furthest);
                piece * 2
            };
            in_order(&pieces, threads, work, |result| {
                results.push(result);
                taken.fetch_add(1, Ordering::SeqCst);
            });
            assert_eq!(results, pieces.iter().map(|piece| piece * 2).collect::<Vec<_>>());
            assert!(*furthest.lock().unwrap() <= threads.min(1_000) * AHEAD, "{threads}");
        }
        in_order(&[] as &[usize], 4, |piece| *piece, |_| panic!("there is no work"));
    }
}
