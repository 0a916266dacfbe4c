"""The one place that knows pydantic-ai: a conversation with a model, over the call that it is given.

Imported where a model is first asked and nowhere else: the import takes seconds and needs the extra ``llm``.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import httpx2
from pydantic import BaseModel, Field
from pydantic_ai import Agent, NativeOutput, PromptedOutput
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelHTTPError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model
from pydantic_ai.usage import RunUsage, UsageLimits

from hansei.narrative.calls import ADDRESSES, Call, CallFailed, Connection, Reply, Unusable

TRIES, FIRST_WAIT, LONGEST_WAIT = 3, 0.5, 8.0
#: With less than this left, another try would only end in a time-out.
LEAST_SECONDS = 0.5
_RETRIED = (408, 409, 425, 429)
#: All that a service is sent besides the message: its key and what the protocol needs.
HEADERS_SENT = ("accept", "content-type", "authorization", "x-api-key", "api-key", "anthropic-version")
NO_KEY = "none"
NO_ANSWER = "what it sent was not an answer of a model"


class PartAnswer(BaseModel):
    """One part of the report in the model's words."""

    part: Annotated[str, Field(max_length=12, description="Which part, as in the data.")]
    text: Annotated[
        str, Field(max_length=900, description="Its text with placeholders; empty: left as it is.")
    ]


class Answer(BaseModel):
    """The parts of a report in the model's words, with placeholders for all numbers and names."""

    headline: Annotated[str, Field(max_length=400)] = ""
    summary: Annotated[str, Field(max_length=2000)] = ""
    paragraphs: Annotated[list[PartAnswer], Field(max_length=24)] = []

    def texts(self) -> dict[str, str]:
        """Return part → text of all that is not empty."""
        told = {"headline": self.headline, "summary": self.summary}
        told |= {p.part: p.text for p in self.paragraphs}
        return {part: text for part, text in told.items() if text.strip()}


@dataclass(slots=True)
class Spent:
    """What a conversation has cost so far, as the service counted it."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


class Conversation:
    """Asks one model, remembering what was said. ``left`` returns the seconds that remain for all of it."""

    def __init__(
        self, connection: Connection, call: Call, instructions: str, *, left: Callable[[], float]
    ) -> None:
        self.spent = Spent()
        self._transport = _Transport(call, left)
        client = httpx2.AsyncClient(transport=self._transport, trust_env=False)
        model = _model(connection, client)
        native = bool(model.profile.get("supports_json_schema_output"))
        self._agent = Agent(
            model,
            output_type=NativeOutput(Answer) if native else PromptedOutput(Answer),
            instructions=instructions,
            retries={"tools": 0, "output": 0},
        )
        self._said: list[ModelMessage] = []

    def ask(self, text: str, *, tokens: int, longest: int) -> dict[str, str]:
        """Send one message and return part → text. ``tokens`` is what is left of the budget, ``longest`` an answer.

        Raises:
            Unusable: there is no answer that could be used, and why.
        """
        usage = RunUsage()
        try:
            done = asyncio.run(
                self._agent.run(
                    text,
                    message_history=self._said or None,
                    model_settings={"max_tokens": longest, "max_retries": 0},
                    usage_limits=UsageLimits(request_limit=1, total_tokens_limit=tokens),
                    usage=usage,
                    infer_name=False,
                )
            )
        except AgentRunError as error:
            raise Unusable(self._why(error)) from None
        except Exception:
            if not self._transport.answered:
                raise
            raise Unusable(NO_ANSWER) from None  # no library agrees with another on how it stumbles
        finally:
            self.spent.requests += self._transport.taken()
            self.spent.input_tokens += usage.input_tokens
            self.spent.output_tokens += usage.output_tokens
        self._said = done.all_messages()
        return done.output.texts()

    def _why(self, error: AgentRunError) -> str:
        """Return what went wrong in words; nothing of an answer or of an error's own text is repeated."""
        if self._transport.trouble:
            return self._transport.trouble
        if isinstance(error, ModelHTTPError):
            return _status(error.status_code)
        if isinstance(error, UsageLimitExceeded):
            return "its answer took more tokens than a report may"
        if isinstance(error, ContentFilterError):
            return "it declined to answer"
        if isinstance(error, UnexpectedModelBehavior):
            return "its answer was not in the form that was asked for"
        return NO_ANSWER if self._transport.answered else "it could not be asked"


class _Transport(httpx2.AsyncBaseTransport):
    """Hands every request to the one client for outgoing calls, and tries again where that may help.

    It blocks its loop, which has nothing else to do: so a read is bounded by the call's own deadline.
    """

    def __init__(self, call: Call, left: Callable[[], float]) -> None:
        self.trouble, self.answered = "", False
        self._call, self._left = call, left
        self._calls = 0
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret

    def taken(self) -> int:
        """Return how many calls were made since this was last asked."""
        calls, self._calls = self._calls, 0
        return calls

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Make the call."""
        self.trouble, self.answered = "", False
        headers = {k: v for k, v in request.headers.items() if k.lower() in HEADERS_SENT}
        answer = self._made(str(request.url), headers | {"User-Agent": "hansei"}, await request.aread())
        self.answered = 200 <= answer.status < 300
        kept = {"content-type": answer.headers.get("content-type", "application/json")}
        return httpx2.Response(answer.status, headers=kept, content=answer.body)

    def _made(self, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
        attempt = 0
        while True:
            attempt += 1
            self._calls += 1
            try:
                answer = self._call(url, headers, content, round(self._left(), 1))
            except CallFailed as error:
                self.trouble = error.reason
                if not (error.again and self._paused(attempt, None)):
                    raise httpx2.ConnectError(error.reason) from None
                continue
            if answer.status not in _RETRIED and answer.status < 500:
                return answer
            if not self._paused(attempt, answer.headers.get("retry-after")):
                return answer

    def _paused(self, attempt: int, asked: str | None) -> bool:
        """Wait before the next try; False where there are no tries or time left."""
        wait = self._rng.uniform(0.0, min(LONGEST_WAIT, FIRST_WAIT * 2**attempt))
        if asked and asked.strip().isascii() and asked.strip().isdigit():
            wait = float(asked.strip()[:6]) + min(wait, 1.0)
        if attempt >= TRIES or wait + LEAST_SECONDS >= self._left():
            return False
        time.sleep(wait)
        return True


def _model(connection: Connection, client: httpx2.AsyncClient) -> Model:
    kind, _, name = connection.model.partition(":")
    key = connection.key or NO_KEY
    if kind == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        base = connection.base_url or ADDRESSES["anthropic"]
        return AnthropicModel(
            name, provider=AnthropicProvider(api_key=key, base_url=base, http_client=client)
        )
    from pydantic_ai.models.openai import OpenAIChatModel

    return OpenAIChatModel(name, provider=_speaks_openai(kind, connection.base_url, key, client))


def _speaks_openai(kind: str, base: str | None, key: str, client: httpx2.AsyncClient) -> Any:
    if kind == "azure":
        from pydantic_ai.providers.azure import AzureProvider

        return AzureProvider(azure_endpoint=base, api_key=key, http_client=client)
    if kind == "ollama":
        from pydantic_ai.providers.ollama import OllamaProvider

        return OllamaProvider(base_url=base or ADDRESSES["ollama"], api_key=key, http_client=client)
    if base is None:
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIProvider(base_url=ADDRESSES["openai-chat"], api_key=key, http_client=client)
    from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider

    return OpenAICompatibleProvider("openai-compatible", base_url=base, api_key=key, http_client=client)


def _status(status: int) -> str:
    if status in (401, 403):
        return f"it does not accept the key ({status})"
    if status == 404:
        return "it knows no such address or model (404)"
    if status == 429:
        return "it asked to be called later (429)"
    return f"it answered {status}"
