"""The built wheel works on its own: migrations, sample data and broker are inside or come with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.processes import MARK, clean_environment, marked

REPOSITORY = Path(__file__).resolve().parents[2]
UV = Path(sys.executable).with_name("uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what the repository holds."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source / name)
    shutil.copytree(REPOSITORY / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    out = tmp_path_factory.mktemp("wheel")
    argv = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    built = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (made,) = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``hansei`` of a clean environment with the wheel and the locked dependencies."""
    if not UV.is_file():
        pytest.skip("uv is not installed beside this Python")
    venv = tmp_path_factory.mktemp("clean") / "venv"
    environ = {
        "UV_CACHE_DIR": str(REPOSITORY / ".cache" / "uv"),
        **os.environ,
        "UV_PYTHON_DOWNLOADS": "never",
    }
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, venv], env=environ, check=True, timeout=60)
    install = [str(UV), "pip", "install", "-q", "--python", str(venv / "bin" / "python")]
    locked = ["--require-hashes", "-r", str(REPOSITORY / "requirements" / "runtime.txt")]
    offline: list[str]
    for offline in (["--offline"], []):
        done = subprocess.run(
            [*install, *offline, *locked],
            env=environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode == 0:
            break
    else:
        pytest.skip(f"neither uv's cache nor a package index has the dependencies: {done.stderr[-200:]}")
    subprocess.run([*install, "--offline", "--no-deps", str(wheel)], env=environ, check=True, timeout=60)
    return venv / "bin" / "hansei"


def test_it_holds_what_the_program_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "hansei/db/migrations/versions/0001_first_tables.py" in names
    assert {"hansei/sample/data/simulated.json", "hansei/sample/data/velocity.json"} <= names
    assert "hansei/cli/guard.py" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_it_upgrades_a_database_and_runs_the_demo(installed: Path, tmp_path: Path) -> None:
    environ = clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))
    environ.pop("PYTHONPATH", None)

    def hansei(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [installed, *words],
            env=environ,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    upgraded = hansei("db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    assert "is now at revision" in upgraded.stdout
    assert hansei("db", "check").returncode == 0
    shown = hansei("demo")
    assert shown.returncode == 0, shown.stderr
    assert "The planted cause is lead 1" in shown.stdout
    assert (tmp_path / "out" / "TEAM-ALPHA.md").is_file()
    assert marked(environ[MARK]) == []
