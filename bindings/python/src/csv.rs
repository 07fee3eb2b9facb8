//! Python: CSV text as Arrow columns, by RFC 4180: each record is counted, and one that does not fit is named by its line.

use std::sync::Arc;

use arrow_array::builder::LargeStringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use backcast::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_arrow::PyTable;

use crate::columns::LONGEST_FIELD;
use crate::error::raise;

/// What may stand between two fields.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// So many records below the header are looked at to tell which of these it is.
const LOOKED_AT: usize = 100;
/// Records of one batch: the texts of a batch then stay of moderate size.
const BATCH: usize = 1 << 17;

/// A record that does not fit the header: its number below the header and its line in the file, both from 1, and why.
type Misfit = (u64, u64, String);

/// The fields of one record, one after the other.
#[derive(Default)]
struct Fields {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Text follows a closing quote.
    odd: bool,
}

impl Fields {
    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.odd = false;
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, field: usize) -> &[u8] {
        let start = field.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(field).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// The length of the last field.
    fn last(&self) -> usize {
        self.get(self.len().saturating_sub(1)).len()
    }
}

/// What comes next in a text.
enum Next {
    Record,
    /// A quote that is never closed: its line is no record, and reading goes on below it.
    OpenQuote,
    TooLong,
    End,
}

/// The records of a text.
#[derive(Clone)]
struct Records<'a> {
    rest: &'a [u8],
    /// The line on which the rest begins, from 1.
    line: u64,
    delimiter: u8,
}

fn is_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Line breaks in a text: `\n`, `\r\n` or `\r`.
fn lines_in(text: &[u8]) -> u64 {
    let breaks = text.iter().zip(text.iter().skip(1).chain([&b' ']));
    breaks.filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && **next != b'\n')).count() as u64
}

impl<'a> Records<'a> {
    fn of(text: &'a [u8]) -> Self {
        Self { rest: text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text), line: 1, delimiter: b',' }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The end of the line that is at hand, if it is.
    fn skip_line_end(&mut self) -> bool {
        let bytes = match self.rest {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => return false,
        };
        self.skip(bytes);
        self.line += 1;
        true
    }

    /// The next record; empty lines are none.
    fn next(&mut self, fields: &mut Fields) -> Next {
        while self.skip_line_end() {}
        fields.clear();
        let start = self.rest;
        if start.is_empty() {
            return Next::End;
        }
        loop {
            match self.field(fields) {
                Next::Record => {}
                Next::OpenQuote => {
                    self.rest = start;
                    self.skip(start.iter().position(|byte| is_end(*byte)).unwrap_or(start.len()));
                    return Next::OpenQuote;
                }
                other => return other,
            }
            if self.rest.first() != Some(&self.delimiter) {
                break;
            }
            self.skip(1);
        }
        let length = start.len() - self.rest.len();
        self.line += lines_in(start.get(..length).unwrap_or_default());
        Next::Record
    }

    /// One field up to the delimiter or the end of its line.
    fn field(&mut self, fields: &mut Fields) -> Next {
        let quoted = self.rest.first() == Some(&b'"');
        if quoted {
            self.skip(1);
            loop {
                let Some(quote) = self.rest.iter().position(|byte| *byte == b'"') else { return Next::OpenQuote };
                fields.text.extend_from_slice(self.rest.get(..quote).unwrap_or_default());
                self.skip(quote + 1);
                if self.rest.first() != Some(&b'"') {
                    break;
                }
                fields.text.push(b'"');
                self.skip(1);
            }
        }
        let plain = self.rest.iter().position(|byte| *byte == self.delimiter || is_end(*byte));
        let plain = plain.unwrap_or(self.rest.len());
        fields.odd |= quoted && plain > 0;
        fields.text.extend_from_slice(self.rest.get(..plain).unwrap_or_default());
        self.skip(plain);
        fields.ends.push(fields.text.len());
        if fields.last() > LONGEST_FIELD { Next::TooLong } else { Next::Record }
    }
}

/// The names of the columns, and the records below them.
struct Body<'a> {
    columns: Vec<String>,
    records: Records<'a>,
}

impl<'a> Body<'a> {
    /// The header is the first record that is not blank. The delimiter is the one that splits most of the first records as
    /// it splits the header, and the header into most columns; Excel's `sep=;` names it.
    fn of(text: &'a [u8]) -> Self {
        let mut records = Records::of(text);
        if let [b's', b'e', b'p', b'=', delimiter, b'\r' | b'\n', ..] = records.rest {
            records.delimiter = *delimiter;
            records.skip(5);
            return Self::by(&records);
        }
        let tried =
            DELIMITERS.iter().rev().map(|delimiter| Self::by(&Records { delimiter: *delimiter, ..records.clone() }));
        tried
            .max_by_key(|body| (body.columns.len() > 1, body.alike(), body.columns.len()))
            .unwrap_or(Self { columns: Vec::new(), records })
    }

    fn by(from: &Records<'a>) -> Self {
        let mut records = from.clone();
        let mut fields = Fields::default();
        let blank = |fields: &Fields| fields.text.trim_ascii().is_empty();
        while matches!(records.next(&mut fields), Next::Record) && blank(&fields) {}
        let name = |field| String::from_utf8_lossy(fields.get(field)).into_owned();
        Self { columns: (0..fields.len()).map(name).collect(), records }
    }

    /// How many in a hundred of the first records have as many fields as the header.
    fn alike(&self) -> usize {
        let mut records = self.records.clone();
        let mut fields = Fields::default();
        let (mut seen, mut alike) = (0, 0);
        while seen < LOOKED_AT && matches!(records.next(&mut fields), Next::Record) {
            seen += 1;
            alike += usize::from(fields.len() == self.columns.len());
        }
        (alike * 100).checked_div(seen).unwrap_or(100)
    }

    /// Why a record does not fit.
    fn misfit(&self, fields: &Fields) -> Option<String> {
        let (found, columns) = (fields.len(), self.columns.len());
        if found != columns {
            let noun = if found == 1 { "field" } else { "fields" };
            return Some(format!("{found} {noun} for {columns} columns"));
        }
        fields.odd.then(|| "text after a closing quote".to_owned())
    }

    /// Some columns, by number, and the records that do not fit.
    fn read(mut self, wanted: &[usize]) -> Result<(Vec<RecordBatch>, Vec<Misfit>), Error> {
        let names = wanted.iter().filter_map(|column| self.columns.get(*column));
        let schema = Schema::new(names.map(|name| Field::new(name, DataType::LargeUtf8, true)).collect::<Vec<_>>());
        let schema = Arc::new(schema);
        let (mut batches, mut misfits, mut number) = (Vec::new(), Vec::new(), 0);
        let mut fields = Fields::default();
        let mut more = true;
        while more {
            let mut columns: Vec<LargeStringBuilder> = wanted.iter().map(|_| LargeStringBuilder::new()).collect();
            let mut rows = 0;
            while rows < BATCH && more {
                let found = self.records.next(&mut fields);
                // The line on which the record ends; one that breaks within quotes is long.
                let line = self.records.line;
                let why = match found {
                    Next::End => {
                        more = false;
                        continue;
                    }
                    Next::TooLong => {
                        return Err(Error::from_source("field_too_long", &format!("line {line}"), None));
                    }
                    Next::OpenQuote => Some("a quote that is never closed".to_owned()),
                    Next::Record => self.misfit(&fields),
                };
                number += 1;
                if let Some(why) = why {
                    misfits.push((number, line, why));
                    continue;
                }
                rows += 1;
                for (builder, column) in columns.iter_mut().zip(wanted) {
                    match fields.get(*column) {
                        [] => builder.append_null(),
                        field => builder.append_value(String::from_utf8_lossy(field)),
                    }
                }
            }
            let arrays = columns.iter_mut().map(|builder| Arc::new(builder.finish()) as ArrayRef).collect();
            let batch = RecordBatch::try_new(schema.clone(), arrays);
            batches.push(batch.map_err(|error| Error::from_source("source_failed", &error.to_string(), None))?);
        }
        Ok((batches, misfits))
    }
}

#[pyfunction]
pub(crate) fn is_utf8(text: &[u8]) -> bool {
    core::str::from_utf8(text).is_ok()
}

/// The names of the columns of a CSV text.
#[pyfunction]
pub(crate) fn csv_columns(text: &[u8]) -> Vec<String> {
    Body::of(text).columns
}

/// Some columns of a CSV text as a table, and the records that do not fit it. The text is UTF-8.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments that PyO3 extracts arrive by value")]
pub(crate) fn csv_read(py: Python<'_>, text: &[u8], columns: Vec<String>) -> PyResult<(PyTable, Vec<Misfit>)> {
    let read = || {
        let body = Body::of(text);
        let wanted = columns.iter().filter_map(|name| body.columns.iter().position(|column| column == name));
        let wanted: Vec<usize> = wanted.collect();
        body.read(&wanted)
    };
    let (batches, misfits) = py.detach(read).map_err(|error| raise(py, &error))?;
    let schema = batches.first().map(RecordBatch::schema);
    let schema = schema.ok_or_else(|| PyRuntimeError::new_err("a table has at least one batch"))?;
    Ok((PyTable::try_new(batches, schema)?, misfits))
}
