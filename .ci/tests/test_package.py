"""What is published as the crate: its licences, its page, and an unpacked package whose examples run by themselves."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()


def cargo(*arguments: str, folder: Path) -> str:
    # Here compiling is what takes long, not running.
    env = os.environ | {"CARGO_TARGET_DIR": str(TARGET / "package"), "CARGO_PROFILE_DEV_DEBUG": "0"}
    done = subprocess.run(["cargo", *arguments], cwd=folder, env=env, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cargo("package", "-p", "backcast", "--allow-dirty", "--no-verify", folder=ROOT)
    (package,) = (TARGET / "package/package").glob("backcast-*.crate")
    folder = tmp_path_factory.mktemp("crate")
    with tarfile.open(package) as files:
        files.extractall(folder, filter="data")
    return folder / package.stem


def test_the_crate_carries_its_licences_and_its_page(unpacked: Path) -> None:
    for name in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"]:
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()
    manifest = (unpacked / "Cargo.toml").read_text()
    for key in [
        "description",
        "documentation",
        "license",
        "readme",
        "repository",
        "rust-version",
        "package.metadata.docs.rs",
    ]:
        assert key in manifest


def test_the_examples_of_the_unpacked_crate_run(unpacked: Path) -> None:
    printed = cargo("test", "--doc", folder=unpacked)
    passed, failed = map(int, re.search(r"test result: ok. (\d+) passed; (\d+) failed", printed).groups())
    assert failed == 0
    assert passed > 30
    assert "README.md" in printed


def test_the_unpacked_crate_compiles_with_all_its_parts(unpacked: Path) -> None:
    cargo("check", "--all-features", "--lib", "--examples", folder=unpacked)
