"""What a narrator that asks a service needs from outside: one call, and where to make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias


class Reply(Protocol):
    """An answer: header names in lower case; the body is empty unless the status is 2xx."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers."""

    @property
    def body(self) -> bytes:
        """The body, unpacked."""


#: Sends (url, headers, content) within so many seconds, look-up of the name and last byte included.
#: Raises :class:`CallFailed`.
Call: TypeAlias = Callable[[str, Mapping[str, str], bytes, float], Reply]

#: Where each kind of model is asked unless another address is set.
ADDRESSES: Mapping[str, str] = {
    "openai-chat": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://127.0.0.1:11434/v1",
}


class CallFailed(Exception):
    """A call did not get through; ``again``: trying again may help."""

    def __init__(self, reason: str, *, again: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class Unusable(Exception):
    """A model gave nothing that could be used; ``why`` ends the sentence "nothing, because …"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Connection:
    """Which model to ask, as ``kind:name``, where, and with which key. The key shows in no repr."""

    model: str
    base_url: str | None
    key: str | None = field(repr=False)
