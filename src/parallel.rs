//! Doing the same to many things on all processors, with the results in their order.

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Below this many things a thread costs more than it saves.
const LEAST: usize = 8;

/// Lets the thread that calls it, first of all, take part in the work: one thread less to start.
pub(crate) fn take_part() {
    // It fails only where the threads are there already, and then they will do.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}

/// The results of two pieces of work that need not wait for each other.
pub(crate) fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(one, other)
}

/// Applies `f` to every item; the result is the same for any number of threads.
pub(crate) fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
    items.into_par_iter().with_min_len(LEAST).map(f).collect()
}

/// Like [`map`], with something that is made by `start` for a share of the items and kept between them.
pub(crate) fn map_with<T: Send, S, R: Send>(
    items: Vec<T>,
    start: impl Fn() -> S + Send + Sync,
    f: impl Fn(&S, T) -> R + Send + Sync,
) -> Vec<R> {
    items.into_par_iter().with_min_len(LEAST).map_init(start, |kept, item| f(kept, item)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for count in [0, 1, 7, 8, 9, 100, 1001] {
            let doubled = super::map((0..count).collect(), |n: i32| n * 2);
            assert_eq!(doubled, (0..count).map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
