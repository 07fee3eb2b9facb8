//! A table for people that is Markdown at the same time: columns aligned, numbers to the right.

use std::fmt;

/// Rows of cells under a head; the first `names` columns hold words, the others numbers.
#[derive(Debug)]
pub struct Table {
    head: Vec<String>,
    names: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(names: usize, head: &[&str]) -> Self {
        Self { head: head.iter().map(|cell| (*cell).to_owned()).collect(), names, rows: Vec::new() }
    }

    /// With another row.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().chain([&self.head]).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(2)
    }

    fn line(&self, f: &mut fmt::Formatter<'_>, row: &[String]) -> fmt::Result {
        for (column, cell) in row.iter().enumerate() {
            let width = self.width(column);
            if column < self.names { write!(f, "| {cell:<width$} ")? } else { write!(f, "| {cell:>width$} ")? }
        }
        writeln!(f, "|")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.line(f, &self.head)?;
        for column in 0..self.head.len() {
            let dashes = "-".repeat(self.width(column));
            if column < self.names { write!(f, "|-{dashes}-")? } else { write!(f, "|-{dashes}:")? }
        }
        writeln!(f, "|")?;
        self.rows.iter().try_for_each(|row| self.line(f, row))
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn words_to_the_left_and_numbers_to_the_right() {
        let mut table = Table::new(1, &["world", "%"]);
        table.row(vec!["no".to_owned(), "100 ± 1".to_owned()]);
        assert_eq!(table.to_string(), "| world |       % |\n|-------|--------:|\n| no    | 100 ± 1 |\n");
    }
}
