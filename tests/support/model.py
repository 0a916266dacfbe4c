"""A stand-in for a language-model service, on the real HTTP server of ``support.upstream``.

It speaks OpenAI's chat completions and Anthropic's messages, in the shapes of ``payloads/model``.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.upstream import Raw, Reply, Request, serving

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "model"
Texts = Mapping[str, str]
"""Part → text, as the model words it."""


@dataclass
class Asked:
    """One request: its path, headers (lower case), and body."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def messages(self) -> list[str]:
        """What was said so far, the instructions first."""
        system = self.body.get("system")
        first = [system if isinstance(system, str) else json.dumps(system)] if system else []
        return first + [_text(m["content"]) for m in self.body["messages"]]

    @property
    def data(self) -> dict[str, Any]:
        """The data of the first message that has some."""
        return next(d for d in map(data_of, self.messages) if "parts" in d)

    @property
    def refused(self) -> list[dict[str, str]]:
        """The sentences that this request sends back."""
        found: list[dict[str, str]] = data_of(self.messages[-1]).get("refused", [])
        return found

    @property
    def whole(self) -> str:
        """All of the request as text."""
        return json.dumps(self.body, ensure_ascii=False)


@dataclass
class Model:
    """The running service, and what it was asked."""

    url: str = ""
    seen: list[Asked] = field(default_factory=list)


Behave = Callable[[Asked], "Reply | Raw"]


def data_of(message: str) -> dict[str, Any]:
    """Read the JSON between the marks of a message."""
    found = re.search(r"<data>\n(.*?)\n</data>", message, re.DOTALL)
    data: dict[str, Any] = json.loads(found[1]) if found else {}
    return data


def answer(texts: Texts) -> str:
    """Return texts in the form that a model is asked for."""
    parts = [{"part": k, "text": v} for k, v in texts.items() if k not in ("headline", "summary")]
    told = {"headline": texts.get("headline", ""), "summary": texts.get("summary", ""), "paragraphs": parts}
    return json.dumps(told, ensure_ascii=False)


def completion(content: str | None, **choice: Any) -> Reply:
    """Return a chat completion; ``choice`` replaces fields of its choice, ``message`` those of its message."""
    body = _payload("openai_chat")
    message = body["choices"][0]["message"] | {"content": content} | choice.pop("message", {})
    body["choices"][0] |= {"message": message, **choice}
    return Reply(body)


def message(content: str) -> Reply:
    """Return a message as Anthropic sends it."""
    body = _payload("anthropic_message")
    body["content"][0]["text"] = content
    return Reply(body)


def says(*turns: Texts) -> Behave:
    """Answer the first request with the first texts and so on; the last ones answer all that follow."""
    count = iter(range(1_000_000))

    def behave(asked: Asked) -> Reply:
        content = answer(turns[min(next(count), len(turns) - 1)])
        return message(content) if asked.path.endswith("/messages") else completion(content)

    return behave


def honest(asked: Asked) -> dict[str, str]:
    """Word every part with the placeholders of its own facts, simply and truly."""
    facts = {f["id"]: f for f in asked.data["facts"]}
    out = {}
    for part in asked.data["parts"]:
        told = " ".join(t for t in (_tell(facts[i]) for i in part.get("must", ()) if i in facts) if t)
        if told:
            out[part["part"]] = told
    return out


def _tell(fact: Mapping[str, str]) -> str:
    i, kind = fact["id"], fact["is"]
    if kind == "a change that lasts" and fact["certainty"] == "sure":
        return f"Since {{{i}.sprint}}, {{{i}.moved}}: {{{i}.before}} before, {{{i}.after}} now."
    if kind.startswith("the usual range"):
        return f"The usual range of {{{i}.measure}} is {{{i}.usual}}."
    if kind.startswith("a move inside"):
        return (
            f"In {{{i}.last_sprint}}, {{{i}.measure}} came to {{{i}.last}}, inside the usual {{{i}.usual}}."
        )
    return ""


@contextmanager
def model(behave: Behave) -> Iterator[Model]:
    """Serve until the block ends."""
    facts = Model()

    def answered(request: Request) -> Reply | Raw:
        asked = Asked(request.path, request.headers, json.loads(request.body or b"{}"))
        facts.seen.append(asked)
        return behave(asked)

    with serving(answered) as port:
        facts.url = f"http://127.0.0.1:{port}"
        yield facts


def _payload(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return copy.deepcopy(found)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(str(c.get("text", "")) for c in content)
