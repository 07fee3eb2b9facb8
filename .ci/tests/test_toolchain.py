"""The wasm toolchain on a machine whose package lists are old.

A Debian archive of small packages, an `apt` that knows it, and a cargo that only notes that it was called.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = re.search(r'^rust-version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
OLD, NEW = "1.85", "1.99"

pytestmark = pytest.mark.skipif(
    not all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb", "flock", "cc")), reason="no Debian here"
)


@dataclass
class Machine:
    """A Debian machine in a folder: its archive, its package lists, its programs."""

    home: Path

    def __post_init__(self) -> None:
        for folder in ("archive", "lists/partial", "cache/archives/partial", "bin"):
            (self.home / folder).mkdir(parents=True)
        (self.home / "sources").write_text(f"deb [trusted=yes] file:{self.home}/archive ./\n")
        (self.home / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{self.home}/sources";\nDir::Etc::sourceparts "-";\n'
            f'Dir::State::lists "{self.home}/lists";\nDir::Cache "{self.home}/cache";\nAPT::Sandbox::User "root";\n'
        )
        script(
            self.home / "bin/cargo",
            f'echo "$*" >>"{self.home}/cargo-calls"\n'
            'out=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release && mkdir -p "$out" && touch "$out/libstd-1.rlib"',
        )

    def publish(self, version: str, compiler: str | None = None) -> None:
        """Put Rust of a version into the archive, beside what is there; `compiler`: what its rustc says that it is."""
        release, llvm = f"{version}.0+dfsg1-1~deb12u1", 20
        std = f"libstd-rust-web-{version}"
        for name, of, depends, files in [
            ("rustc-web", release, f"libc6 (>= 2.34), libstd-rust-web-dev (= {release}), gcc",
             {"usr/bin/rustc": f"echo 'rustc {compiler or version}.0 (a date) (from Debian)'"}),
            ("libstd-rust-web-dev", release, f"{std} (= {release})", {}),
            (std, release, f"libc6 (>= 2.34), libllvm{llvm} (>= 1:20)", {"usr/lib/librustc_driver-1.so": ""}),
            ("rust-web-src", release, "", {}),
            (f"lld-{llvm}", "1:20.1", f"libllvm{llvm}", {f"usr/bin/wasm-ld-{llvm}": "echo LLD"}),
            (f"libllvm{llvm}", "1:20.1", "", {f"usr/lib/llvm-{llvm}/lib/libLLVM-20.so": ""}),
        ]:  # fmt: skip
            self.package(name, of, depends, files)

    def package(self, name: str, version: str, depends: str, files: dict[str, str]) -> None:
        """Build one package and list it."""
        archive, tree = self.home / "archive", self.home / "tree"
        shutil.rmtree(tree, ignore_errors=True)
        deb = archive / f"{name}_{version.replace(':', '%3a')}.deb"
        if deb.exists():
            return
        for path, body in files.items():
            script(tree / path, body)
        control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: nobody <n@example.com>\n"
        control += f"Depends: {depends}\n" if depends else ""
        control += "Description: for a test\n"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(control)
        subprocess.run(["dpkg-deb", "--build", "-Znone", tree, deb], check=True, stdout=subprocess.DEVNULL)
        of = f"Filename: ./{deb.name}\nSize: {deb.stat().st_size}\nSHA256: {sha256(deb)}\n"
        with (archive / "Packages").open("a") as packages:
            packages.write(control + of + "\n")

    def update(self) -> None:
        """Let the machine's own lists know the archive as it is now."""
        self.run("apt-get", "-qq", "update")

    def toolchain(self) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        return self.run(ROOT / "bindings/wasm/toolchain.sh", check=False)

    def run(self, *command: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program as on this machine."""
        env = {"PATH": f"{self.home}/bin:{os.environ['PATH']}", "HOME": str(self.home), "BACKCAST_WASM": "debian",
               "APT_CONFIG": str(self.home / "apt.conf"), "CARGO_TARGET_DIR": str(self.home / "target")}  # fmt: skip
        return subprocess.run(command, env=env, check=check, text=True, capture_output=True)

    @property
    def std_was_built(self) -> bool:
        """Whether cargo was called."""
        return (self.home / "cargo-calls").exists()

    def lists(self) -> dict[str, str]:
        """Tell what the machine's lists hold."""
        return {file.name: sha256(file) for file in (self.home / "lists").iterdir() if file.is_file()}


def script(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_old_lists_are_not_believed(machine: Machine) -> None:
    machine.publish(OLD)
    machine.update()
    before = machine.lists()
    assert OLD in machine.run("apt-cache", "policy", "rustc-web").stdout
    machine.publish(NEW)
    done = machine.toolchain()
    assert done.returncode == 0, done.stderr
    assert f"ready: rustc {NEW}.0" in done.stderr
    assert f"export RUSTC='{machine.home}/target/wasm-toolchain/bin/rustc'" in done.stdout
    assert machine.std_was_built
    assert machine.lists() == before


def test_an_archive_that_knows_only_an_old_compiler(machine: Machine) -> None:
    machine.publish(OLD)
    done = machine.toolchain()
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"the newest `rustc-web` in the package lists is {OLD}.0" in done.stderr
    assert f"Rust {NEEDED} is needed" in done.stderr
    assert "rustup target add wasm32-unknown-unknown" in done.stderr
    assert "security archive" in done.stderr
    assert "downloading" not in done.stderr
    assert not machine.std_was_built


def test_an_archive_without_rust(machine: Machine) -> None:
    machine.package("hello", "1", "", {})
    done = machine.toolchain()
    assert done.returncode == 1
    assert "name no `rustc-web`" in done.stderr
    assert "rustup target add" in done.stderr


def test_a_compiler_older_than_its_package_says(machine: Machine) -> None:
    machine.publish(NEW, compiler=OLD)
    done = machine.toolchain()
    assert done.returncode == 1
    assert f"the compiler in `rustc-web` is {OLD}.0, but Rust {NEEDED} is needed" in done.stderr
    assert not machine.std_was_built


def test_the_oldest_that_is_allowed(machine: Machine) -> None:
    machine.publish(NEEDED)
    assert machine.toolchain().returncode == 0


def test_a_finished_toolchain_is_kept_until_it_is_too_old(machine: Machine) -> None:
    machine.publish(NEW)
    assert machine.toolchain().returncode == 0
    again = machine.toolchain()
    assert again.returncode == 0
    assert again.stderr == ""
    script(machine.home / "target/wasm-toolchain/bin/rustc", f"echo 'rustc {OLD}.0'")
    renewed = machine.toolchain()
    assert renewed.returncode == 0
    assert f"ready: rustc {NEW}.0" in renewed.stderr
