//! The same work on one thread or on several: whoever is free takes the next part.

/// Threads worth starting for so many rows.
pub(crate) fn available(rows: usize) -> usize {
    const ROWS_PER_THREAD: usize = 1 << 16;
    let threads = if cfg!(feature = "parallel") {
        std::thread::available_parallelism().map_or(1, core::num::NonZero::get)
    } else {
        1
    };
    threads.min(rows / ROWS_PER_THREAD + 1)
}

/// Gives each worker the parts that it takes from `parts`; the results by worker.
#[cfg(feature = "parallel")]
pub(super) fn share<P: Sync, R: Send>(
    threads: usize,
    parts: &[P],
    work: impl Fn(&mut dyn Iterator<Item = &P>) -> R + Sync,
) -> Vec<R> {
    use core::sync::atomic::{AtomicUsize, Ordering};
    let taken = AtomicUsize::new(0);
    let worker = || work(&mut core::iter::from_fn(|| parts.get(taken.fetch_add(1, Ordering::Relaxed))));
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut results = vec![worker()];
        results.extend(
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))),
        );
        results
    })
}

/// Gives all parts to the only worker.
#[cfg(not(feature = "parallel"))]
pub(super) fn share<P, R>(_threads: usize, parts: &[P], work: impl Fn(&mut dyn Iterator<Item = &P>) -> R) -> Vec<R> {
    vec![work(&mut parts.iter())]
}

/// `work` of each item, in the order of the items.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    const PARTS_PER_THREAD: usize = 8;
    let size = items.len().div_ceil(threads * PARTS_PER_THREAD).max(1);
    let parts: Vec<(usize, &[T])> = items.chunks(size).enumerate().collect();
    let of_part = |(at, items): &(usize, &[T])| (*at, items.iter().map(&work).collect::<Vec<R>>());
    let mut done: Vec<(usize, Vec<R>)> =
        share(threads, &parts, |parts| parts.map(of_part).collect::<Vec<_>>()).into_iter().flatten().collect();
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

/// `work` of each item, in the order of the items.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T, R>(_threads: usize, items: &[T], work: impl Fn(&T) -> R) -> Vec<R> {
    items.iter().map(work).collect()
}
