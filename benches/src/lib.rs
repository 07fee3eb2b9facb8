//! What must be fast, timed beside its peers: answers are compared before anything is timed. And what must be true:
//! how often the library keeps its promises in worlds whose truth is known.

pub mod calibrate;
pub mod clock;
pub mod peers;
pub mod question;
pub mod world;

/// Whatever went wrong.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What every step of a benchmark returns.
pub type Result<T> = std::result::Result<T, Error>;
