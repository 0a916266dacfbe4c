"""What a command knows of the `hansei up` that runs on its data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hansei.cli import lock

if TYPE_CHECKING:
    from hansei.bootstrap import Wiring


def knowing(wiring: Wiring) -> Wiring:
    """Let a command use the sample that a running `hansei up --sample` serves, where it has no source of its own."""
    held = lock.holder(wiring.settings.data_dir) or {}
    port = held.get("sample_port")
    if wiring.settings.metrics_api_url is None and isinstance(port, int):
        sample = {"metrics_api_url": f"http://127.0.0.1:{port}", "sample": True}
        wiring.settings = wiring.settings.model_copy(update=sample)
    return wiring


def source_there(wiring: Wiring) -> str:
    """Return a sentence where a running `hansei up` has a source from its environment and this command has none."""
    held: dict[str, Any] = lock.holder(wiring.settings.data_dir) or {}
    if wiring.settings.metrics_api_url is not None or not held.get("has_source"):
        return ""
    return (
        f"The running `hansei up` ({held.get('address', 'still starting')}) has a metrics source from its own "
        "environment. Set HANSEI_METRICS_API_URL and its key here too, or fetch from its pages."
    )
