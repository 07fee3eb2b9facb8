//! How much work a question may take: counted in steps, not in seconds, so that every machine draws the same line.
//!
//! Whoever asks opens a budget; the loops that can become long take from it, and cut themselves short once nothing is left.
//! What is computed then is worth nothing, and whoever asked must not give it away: [`within`] says so.

use core::cell::Cell;

thread_local! {
    /// What is left of the budget of the question that is being answered on this thread; `None`: without an end.
    static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Takes so many steps; `false` where nothing is left, and the work is to be cut short.
pub(crate) fn take(steps: usize) -> bool {
    LEFT.with(|left| match left.get() {
        None => true,
        Some(all) => {
            let rest = all.saturating_sub(steps as u64);
            left.set(Some(rest));
            rest > 0
        }
    })
}

/// Whether nothing is left.
pub(crate) fn is_over() -> bool {
    LEFT.with(|left| left.get() == Some(0))
}

/// What is computed within a budget of so many steps; `None` where they were not enough. Within another budget that one counts.
pub(crate) fn within<T>(steps: Option<u64>, compute: impl FnOnce() -> T) -> Option<T> {
    let outer = LEFT.with(Cell::get);
    if outer.is_some() {
        return Some(compute());
    }
    LEFT.with(|left| left.set(steps));
    let computed = compute();
    let over = is_over();
    LEFT.with(|left| left.set(None));
    (!over).then_some(computed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_where_it_was_set() {
        assert_eq!(within(Some(10), || [take(4), take(5), take(2), is_over()]), None);
        assert_eq!(within(Some(12), || [take(4), take(5), take(2), is_over()]), Some([true, true, true, false]));
        assert_eq!(within(Some(3), || within(Some(100), || take(4))), None);
        assert_eq!(within(None, || take(1 << 40)), Some(true));
        assert!(take(1 << 40) && !is_over());
    }
}
