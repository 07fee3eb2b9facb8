"""The oldest Rust that is allowed: lint refuses what the standard library has had only since."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANIFEST = (ROOT / "Cargo.toml").read_text()
OLDEST = re.search(r'^rust-version = "(.*)"$', MANIFEST, re.MULTILINE)[1]


def test_lint_refuses_what_is_newer(tmp_path: Path) -> None:
    done = clippy(tmp_path, "core::time::Duration::from_mins(2).as_secs()")
    assert done.returncode != 0
    assert f"`{OLDEST}.0` but this item is stable since `1.91.0`" in done.stderr


def test_lint_takes_what_is_old_enough(tmp_path: Path) -> None:
    done = clippy(tmp_path, "core::time::Duration::from_secs(120).as_secs()")
    assert done.returncode == 0, done.stderr


def clippy(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Lint a crate of one function under the workspace's lints and its oldest Rust."""
    lints = MANIFEST[MANIFEST.index("[workspace.lints.clippy]") : MANIFEST.index("[profile.")]
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "tried"\nversion = "0.1.0"\nedition = "2024"\nrust-version = "{OLDEST}"\n'
        + lints.replace("workspace.lints", "lints")
    )
    (folder / "src/lib.rs").write_text(
        f"//! Tried.\n\n/// A number.\n#[must_use]\npub fn tried() -> u64 {{\n    {line}\n}}\n"
    )
    env = os.environ | {"CARGO_TARGET_DIR": str(folder / "target")}
    command = ["cargo", "clippy", "--quiet", "--offline", "--", "-D", "warnings"]
    return subprocess.run(command, cwd=folder, env=env, text=True, capture_output=True, check=False)
