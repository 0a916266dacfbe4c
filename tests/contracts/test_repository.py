"""What the repository promises about itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hansei.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_the_import_rules_hold() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    ran = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("lock", ["build", "runtime", "dev"])
def test_a_lock_pins_by_hash_and_names_no_host(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==\S+.*\\$", text, flags=re.MULTILINE)
    assert pinned
    assert "://" not in text
    assert "index-url" not in text
    assert text.count("--hash=sha256:") >= len(pinned)
    assert not re.search(
        r"^[a-z0-9-]+[^\\]*$(?<!\\)", re.sub(r"^\s.*$", "", text, flags=re.MULTILINE).strip("\n")
    )


def test_every_setting_is_on_the_reference_page() -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    for name in Settings.model_fields:
        assert f"`{PREFIX}{name.upper()}`" in page


def test_importing_hansei_is_light() -> None:
    code = "import sys, hansei; print(sorted({'numpy', 'scipy', 'celery', 'fastapi', 'sqlalchemy'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_api_starts_without_what_only_workers_need() -> None:
    code = "import sys, hansei.api.serve; print(sorted({'numpy', 'scipy', 'celery', 'vl_convert'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_public_names_are_what_the_package_says() -> None:
    import hansei

    assert hansei.__all__ == ["Report", "__version__", "analyse"]
    assert all(getattr(hansei, name) is not None for name in hansei.__all__)
    with pytest.raises(AttributeError):
        _ = hansei.nothing
