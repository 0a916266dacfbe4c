"""Bodies of health, readiness and version."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class Health(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class Check(BaseModel):
    """One thing that readiness rests on."""

    name: Literal["database", "migrations", "broker", "worker"]
    ok: bool
    detail: str


class Readiness(BaseModel):
    """``ready``, or ``degraded`` with what is missing and what still works."""

    status: Literal["ready", "degraded"]
    checks: list[Check]


class Version(BaseModel):
    """Which Hansei this is."""

    name: Literal["hansei"]
    version: str
