//! The peers in Python: their virtual environment, and what they report.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// The workspace's `target`, where data and the virtual environment lie.
#[must_use]
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target")
}

/// Makes the virtual environment with the pinned peers, unless it is there.
///
/// # Errors
/// Without Python, its `venv`, or the registry.
pub fn install() -> Result<()> {
    let venv = target().join("bench-venv");
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("requirements.txt");
    let installed = venv.join("installed.txt");
    if std::fs::read(&installed).ok() == Some(std::fs::read(&wanted)?) {
        return Ok(());
    }
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    run(Command::new(python).args(["-m", "venv"]).arg(&venv))?;
    run(Command::new(venv.join("bin/pip")).args(["install", "-q", "-r"]).arg(&wanted))?;
    std::fs::copy(wanted, installed)?;
    Ok(())
}

/// Runs a script of `peers/`; each line it prints is a peer's name, a tab and a number.
///
/// # Errors
/// If the script fails: it does where its answers differ from ours.
pub fn ask(script: &str, arguments: &[String]) -> Result<Vec<(String, f64)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(script);
    let output = run(Command::new(target().join("bench-venv/bin/python")).arg(path).args(arguments))?;
    let line = |line: &str| {
        let (name, seconds) = line.split_once('\t').ok_or("a peer's line has no tab")?;
        Ok((name.to_owned(), seconds.parse()?))
    };
    output.lines().map(line).collect()
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
