//! Doing the same to many things on all processors, with the results in their order.

use std::thread;

/// Below this many things a thread costs more than it saves.
const LEAST: usize = 16;

/// Applies `f` to every item; the result is the same for any number of threads.
pub(crate) fn map<T: Send, R: Send>(mut items: Vec<T>, f: impl Fn(T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = processors.min(items.len() / LEAST).max(1);
    let part = items.len().div_ceil(workers).max(1);
    let mut parts = Vec::with_capacity(workers);
    while items.len() > part {
        let behind = items.len() - (items.len() - 1) % part - 1;
        parts.push(items.split_off(behind));
    }
    let f = &f;
    thread::scope(|scope| {
        let others: Vec<_> = parts
            .into_iter()
            .rev()
            .map(|part| scope.spawn(move || part.into_iter().map(f).collect::<Vec<R>>()))
            .collect();
        let mut all: Vec<R> = items.into_iter().map(f).collect();
        for other in others {
            match other.join() {
                Ok(results) => all.extend(results),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_the_order_of_the_items() {
        for count in [0, 1, 15, 16, 31, 32, 33, 47, 1000, 1001] {
            let doubled = super::map((0..count).collect(), |n: i32| n * 2);
            assert_eq!(doubled, (0..count).map(|n| n * 2).collect::<Vec<_>>());
        }
    }
}
