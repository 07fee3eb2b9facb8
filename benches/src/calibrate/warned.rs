//! What the library warns of, in the words by which it is recognised.

use backcast::Rates;

/// Warnings with what tells them: a name for a column, and parts of sentences of which one is enough.
pub const WARNINGS: [(&str, &[&str]); 6] = [
    ("rates wander", &["the rate has wandered"]),
    ("rates rise or fall", &["the rate has been rising", "the rate has been falling"]),
    ("a rate has changed", &["the rate has changed"]),
    ("any of these", &["the rate has "]),
    ("movement not known", &["how much rates move from quarter to quarter rests on experience elsewhere"]),
    ("not levelled off", &["the curve has not levelled off"]),
];

/// Which of them these rates carry.
pub(super) fn warned(rates: &Rates) -> [bool; WARNINGS.len()] {
    let carries = |part: &&str| rates.warnings().iter().any(|warning| warning.contains(*part));
    WARNINGS.map(|(_, parts)| parts.iter().any(carries))
}
