//! The peers: the virtual environment of those in Python, and what all of them report.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::clock::{Found, Table};

/// What a peer reports.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// What it found; `None` where it has compared that itself.
    pub found: Option<Found>,
}

/// The workspace's `target`, where data and the virtual environment lie.
#[must_use]
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

fn installed() -> PathBuf {
    target().join("bench-venv/installed.txt")
}

/// Makes the virtual environment with the pinned peers, unless it is there.
///
/// # Errors
/// Without Python, its `venv`, or the registry.
pub fn install() -> Result<()> {
    let venv = target().join("bench-venv");
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
    if std::fs::read(installed()).ok() == Some(std::fs::read(&wanted)?) {
        return Ok(());
    }
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    run(Command::new(python).args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(venv.join("bin/pip")).args(["install", "-q", "-r"]).arg(&wanted))?;
    std::fs::copy(wanted, installed())?;
    Ok(())
}

/// Runs a script of `peers/` (Python, or Node for `.mjs`); each line it prints is a peer's name and its seconds, and where it
/// leaves the comparison to us what it found and the error of that, with tabs between. Nothing where Python's peers are not
/// installed.
///
/// # Errors
/// If the script fails: it does where its answers differ from ours.
pub fn ask(script: &str, arguments: &[&str]) -> Result<Vec<Said>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let in_node = path.extension().is_some_and(|extension| extension == "mjs");
    if !in_node && !installed().exists() {
        return Ok(Vec::new());
    }
    let python = target().join("bench-venv/bin/python");
    let output = run(Command::new(if in_node { Path::new("node") } else { &python }).arg(path).args(arguments))?;
    output.lines().map(Said::read).collect()
}

impl Said {
    fn read(line: &str) -> Result<Self> {
        let parts: Vec<_> = line.split('\t').collect();
        let (name, seconds, found) = match parts.as_slice() {
            [name, seconds] => (name, seconds, None),
            [name, seconds, value, error] => {
                (name, seconds, Some(Found { value: value.parse()?, error: error.parse()? }))
            }
            _ => return Err(format!("`{line}` is not what a peer says").into()),
        };
        Ok(Self { name: (*name).to_owned(), seconds: seconds.parse()?, found })
    }
}

/// Adds the peers to a table; what they leave to compare must agree with what we found.
///
/// # Errors
/// Where it does not.
pub fn show(table: &mut Table, ours: Option<Found>, said: Vec<Said>) -> Result<()> {
    for peer in said {
        if let Some((ours, theirs)) = ours.zip(peer.found) {
            ours.agrees(theirs, &peer.name)?;
        }
        table.row(&peer.name, peer.seconds, peer.found);
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
