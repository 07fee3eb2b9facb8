//! Which ids occur more than once.

use super::block::ROWS;
use crate::history::table::{Chunk, NO_ID};

/// The ids that more than one row has.
#[derive(Debug)]
pub(super) enum Repeats {
    None,
    /// A bit per id.
    Bits(Vec<u64>),
    /// Sorted.
    List(Vec<u32>),
}

impl Repeats {
    pub(super) fn of(chunks: &[Chunk<'_>]) -> Self {
        let ids = || chunks.iter().filter_map(|chunk| chunk.ids.as_deref()).flatten().filter(|id| **id != NO_ID);
        let (mut rows, mut last) = (0_usize, 0);
        for id in ids() {
            rows += 1;
            last = last.max(*id);
        }
        // Codes are dense; ids that are not are sorted instead.
        if (last as usize) < rows.saturating_mul(32) { Self::by_bits(ids(), last) } else { Self::by_sorting(ids()) }
    }

    fn by_bits<'a>(ids: impl Iterator<Item = &'a u32>, last: u32) -> Self {
        let words = last as usize / 64 + 1;
        let (mut seen, mut again) = (vec![0_u64; words], vec![0_u64; words]);
        let mut any = 0;
        for id in ids {
            let (word, bit) = (*id as usize / 64, 1 << (id % 64));
            if let (Some(seen), Some(again)) = (seen.get_mut(word), again.get_mut(word)) {
                *again |= *seen & bit;
                any |= *seen & bit;
                *seen |= bit;
            }
        }
        if any == 0 { Self::None } else { Self::Bits(again) }
    }

    fn by_sorting<'a>(ids: impl Iterator<Item = &'a u32>) -> Self {
        let mut ids: Vec<u32> = ids.copied().collect();
        ids.sort_unstable();
        let mut again: Vec<u32> = ids.iter().zip(ids.iter().skip(1)).filter(|(a, b)| a == b).map(|(a, _)| *a).collect();
        again.dedup();
        if again.is_empty() { Self::None } else { Self::List(again) }
    }

    pub(super) fn has(&self, id: u32) -> bool {
        match self {
            Self::None => false,
            Self::Bits(bits) => bits.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1),
            Self::List(ids) => ids.binary_search(&id).is_ok(),
        }
    }

    /// A bit for each of the rows from `start` on whose id is repeated.
    pub(super) fn among(&self, chunk: &Chunk<'_>, start: usize) -> u64 {
        let Some(ids) = chunk.ids.as_ref().and_then(|ids| ids.get(start..)) else { return 0 };
        match self {
            Self::None => 0,
            _ => ids.iter().take(ROWS).zip(0..).fold(0, |bits, (id, row)| bits | u64::from(self.has(*id)) << row),
        }
    }
}
