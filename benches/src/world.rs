//! Leads of a made-up company, the same from the same seed, as Arrow-like columns here and as raw files for the peers.

use backcast::history::{Chunk, Days};
use backcast::{Day, Funnel, Segment, Table};
use std::path::Path;

use crate::Result;

/// The stages of the columns.
pub const STAGES: [&str; 4] = ["lead", "mql", "sql", "customer"];

/// Leads enter on so many days before `AS_OF`.
const DAYS: u64 = 730;

/// 2026-09-30, in days since 1970-01-01.
pub const AS_OF: i32 = 20_726;

/// Columns of days, and a segment per row.
#[derive(Debug)]
pub struct World {
    /// The day each stage was entered, `i32::MIN` where it was not; then the day of the loss.
    pub days: [Vec<i32>; 5],
    /// Numbers of segments.
    pub segments: Vec<u32>,
    /// Arrow's validity bitmap for each column of days.
    valid: [Vec<u8>; 5],
    channels: u32,
}

/// Numerical Recipes' generator: enough for data whose shape is all that matters.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 32) * n) >> 32
    }

    /// Days with a long tail: about half of them below `median`, hardly any above 8 times as many.
    fn lag(&mut self, median: u64) -> i32 {
        let (a, b, c) = (self.below(median + 1), self.below(median + 1), self.below(8));
        i32::try_from(u64::midpoint(a, b) + if c == 0 { self.below(6 * median) } else { self.below(median) })
            .unwrap_or(0)
    }
}

impl World {
    /// So many leads over so many channels, in no order.
    #[must_use]
    pub fn of(leads: usize, channels: u32) -> Self {
        let mut dice = Dice(20_260_930);
        let mut days: [Vec<i32>; 5] = core::array::from_fn(|_| Vec::with_capacity(leads));
        let mut segments = Vec::with_capacity(leads);
        for _ in 0..leads {
            for (column, day) in days.iter_mut().zip(course(&mut dice)) {
                column.push(day);
            }
            segments.push(u32::try_from(dice.below(u64::from(channels))).unwrap_or(0));
        }
        let valid = days.each_ref().map(|column| bitmap(column));
        Self { days, segments, valid, channels }
    }

    /// The same leads, the oldest first, as a CRM exports them.
    #[must_use]
    pub fn in_order(&self) -> Self {
        let [created, ..] = &self.days;
        let mut order: Vec<(i32, usize)> = created.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let moved = |column: &[i32]| order.iter().filter_map(|(_, row)| column.get(*row).copied()).collect::<Vec<_>>();
        let days = self.days.each_ref().map(|column| moved(column));
        let segments = order.iter().filter_map(|(_, row)| self.segments.get(*row).copied()).collect();
        let valid = days.each_ref().map(|column| bitmap(column));
        Self { days, segments, valid, channels: self.channels }
    }

    /// As a table whose days are read in place.
    ///
    /// # Errors
    /// None for the days and names that stand here.
    pub fn table(&self) -> Result<Table<'_>> {
        let days = self.days.iter().zip(&self.valid);
        let mut columns = days.map(|(values, valid)| Days::InPlace { values, valid: Some((valid, 0)) });
        let lost = columns.next_back();
        let chunk = Chunk { stages: columns.collect(), lost, segments: self.segments.clone(), ..Chunk::default() };
        let named = |channel: u32| Segment::new([Some(format!("channel {channel:05}").as_str())]);
        Ok(Table {
            dimensions: vec!["channel".to_owned()],
            segments: (0..self.channels).map(named).collect(),
            as_of: Some(Day::from_unix_days(AS_OF)?),
            ..Table::new(Funnel::new(STAGES)?, vec![chunk])
        })
    }

    /// Writes the columns as raw little-endian files.
    ///
    /// # Errors
    /// Where the folder cannot be written to.
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        let names = STAGES.iter().chain([&"lost"]);
        for (name, column) in names.zip(&self.days) {
            write_i32(&folder.join(format!("{name}.bin")), column.iter().copied())?;
        }
        write_i32(&folder.join("segment.bin"), self.segments.iter().map(|segment| segment.cast_signed()))
    }
}

/// The days of one lead: its stages, then its loss.
fn course(dice: &mut Dice) -> [i32; 5] {
    let mut days = [i32::MIN; 5];
    let mut day = AS_OF - i32::try_from(dice.below(DAYS)).unwrap_or(0);
    let (stages, lost) = days.split_at_mut(4);
    for (stage, (permille, median)) in stages.iter_mut().zip([(300, 20), (400, 25), (250, 40), (0, 30)]) {
        if day > AS_OF {
            return days;
        }
        *stage = day;
        if permille == 0 {
            return days;
        }
        if dice.below(1000) >= permille {
            let end = day + dice.lag(3 * median);
            if dice.below(10) < 6 && end <= AS_OF {
                lost.fill(end);
            }
            return days;
        }
        day += dice.lag(median);
    }
    days
}

fn bitmap(column: &[i32]) -> Vec<u8> {
    let byte = |eight: &[i32]| eight.iter().rev().fold(0, |byte, day| byte << 1 | u8::from(*day != i32::MIN));
    column.chunks(8).map(byte).collect()
}

/// Writes whole numbers, four bytes each.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_i32(path: &Path, values: impl Iterator<Item = i32>) -> Result<()> {
    let bytes: Vec<u8> = values.flat_map(i32::to_le_bytes).collect();
    Ok(std::fs::write(path, bytes)?)
}
