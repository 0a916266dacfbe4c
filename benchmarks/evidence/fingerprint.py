"""What the figures were measured on: a hash of the engine's code and numbers, deaf to comments and prose."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

from hansei.core.catalogue import FAMILIES
from hansei.core.policy import Policy

SOURCE = Path(__file__).resolve().parents[2] / "src" / "hansei"
#: The modules of ``core`` that decide a number; the rest carries values about or says them in words.
CORE = (
    "panel",
    "exposure",
    "signals",
    "hypotheses",
    "answers",
    "experiments",
    "associations",
    "levels",
    "forecast",
)

#: Simulated teams and their counting: they judge the engine and are no part of it.
JUDGES = ("synthetic", "scoring")


def engine() -> str:
    """Return the fingerprint of the methods in ``stats``, the numeric part of ``core``, catalogue and policy."""
    found = hashlib.sha256()
    methods = (f for f in sorted((SOURCE / "stats").glob("*.py")) if f.stem not in JUDGES)
    files = [*methods, *(SOURCE / "core" / f"{name}.py" for name in CORE)]
    for file in files:
        found.update(f"{file.stem}\n{_code(file.read_text(encoding='utf-8'))}\n".encode())
    predicted = [(f.key, f.weight, f.predicts, [(m, w) for m, w, _ in f.against]) for f in FAMILIES.values()]
    found.update(f"{predicted}\n{Policy().to_dict()}".encode())
    return found.hexdigest()[:16]


def _code(text: str) -> str:
    """Return the parsed code without docstrings; comments and layout are not in it."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                body[0] = ast.Pass()
    return ast.unparse(tree)
