"""The narrator that lets a language model word a report. It may reword, never compute: the checker has the last word.

The template writes first. The model is told what ``briefing`` draws up and answers with placeholders; the values are
put in here, every sentence is checked, what may not be said goes back once with the reasons, and whatever still fails
stays as the template has it. Whatever happens to the model, the report gets its prose.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from hansei.core.narrative import Narrative, Wording, mentions_note
from hansei.core.narrative.check import Reader
from hansei.core.narrative.reading import sentences
from hansei.core.ports import Progress, quiet
from hansei.core.report import Report
from hansei.core.words import ENGLISH, Words
from hansei.narrative import prompt
from hansei.narrative.briefing import HEADLINE, SUMMARY, Briefing, Filled, Part
from hansei.narrative.calls import Call, Connection, Reply, Unusable
from hansei.narrative.template import TemplateNarrator

if TYPE_CHECKING:
    from hansei.narrative.models import Conversation

log = structlog.get_logger(__name__)
LOOK_SECONDS = 0.2
#: Importing the model's library is no part of the model's time.
IMPORT_SECONDS = 20.0
LONGEST_ANSWER = 6000
#: A token holds about four characters of English; three is on the safe side.
CHARACTERS_A_TOKEN = 3
LATE = "it did not answer in time"


@dataclass(frozen=True, slots=True)
class Budget:
    """What one report may cost: seconds from the first call on, and tokens sent and received together."""

    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class LlmNarrator:
    """Asks one model, under a budget, over the call that it is given."""

    connection: Connection
    call: Call
    budget: Budget
    words: Words = ENGLISH

    @property
    def name(self) -> str:
        """Who is asked."""
        return self.connection.model

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Return the prose: the model's where it may be said, else the template's.

        The waiting happens here and the asking in a thread of its own, so that a cancelled task goes on at once,
        whatever the model does; the thread ends by its own deadline.

        Raises:
            TaskStopped: the task was cancelled meanwhile.
        """
        told = TemplateNarrator(self.words).narrate(
            report, team_name=team_name, custom_context=custom_context
        )
        attempt = _Attempt(self, report, told, Briefing.of(report, told, custom_context, self.words))
        answers: queue.SimpleQueue[Narrative] = queue.SimpleQueue()
        threading.Thread(
            target=lambda: answers.put(attempt.narrative()), name="hansei-model", daemon=True
        ).start()
        end = time.monotonic() + self.budget.seconds + IMPORT_SECONDS
        while time.monotonic() < end:
            progress(70, f"writing with {self.name}"[:100])
            try:
                return answers.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue
        return replace(told, wording=Wording(self.name, why=LATE))


@dataclass(slots=True)
class _Attempt:
    """One report's conversation with the model, and what came of it so far."""

    narrator: LlmNarrator
    report: Report
    told: Narrative
    briefing: Briefing
    good: dict[str, str] = field(default_factory=dict)
    sentences: int = 0
    refused: int = 0
    began: float = 0.0

    def narrative(self) -> Narrative:
        """Return the prose and what it took; never fails."""
        asked = prompt.first(self.briefing)
        why, spent = "", (0, 0, 0)
        try:
            from hansei.narrative.models import Conversation

            conversation = Conversation(
                self.narrator.connection, self._call, prompt.INSTRUCTIONS, left=self._left
            )
            try:
                self._converse(conversation, asked)
            finally:
                s = conversation.spent
                spent = (s.requests, s.input_tokens, s.output_tokens)
        except Unusable as error:
            why = error.why
        except ImportError:
            log.warning("model_not_installed", model=self.narrator.name)
            why = "the extra hansei[llm] is not installed"
        except Exception as error:  # noqa: BLE001 - a library's unknown failure must not cost the report
            # Its name alone: what a library says of its failure may hold what was sent, or the key.
            log.warning("model_failed", model=self.narrator.name, kind=type(error).__name__)
            why = "it could not be asked"
        if why:
            log.warning("model_unusable", model=self.narrator.name, why=why)
        wording = Wording(
            model=self.narrator.name,
            parts=len(self.briefing.parts),
            written=tuple(p.name for p in self.briefing.parts if p.name in self.good),
            sentences=self.sentences,
            refused=self.refused,
            why=why,
            requests=spent[0],
            input_tokens=spent[1],
            output_tokens=spent[2],
            seconds=time.monotonic() - self.began if self.began else 0.0,
            prompt=f"{prompt.VERSION}\n{prompt.INSTRUCTIONS}\n{asked}",
        )
        return self._put_together(wording)

    def _converse(self, conversation: Conversation, asked: str) -> None:
        wrong = self._read(self._ask(conversation, asked))
        if wrong:
            self._read(self._ask(conversation, prompt.again(wrong)), only={part for part, *_ in wrong})

    def _ask(self, conversation: Conversation, text: str) -> Mapping[str, str]:
        """Ask, where what is left of the budget may be enough.

        Raises:
            Unusable: it is not, or there is no usable answer.
        """
        spent = conversation.spent
        left = self.narrator.budget.tokens - spent.input_tokens - spent.output_tokens
        sent = (len(prompt.INSTRUCTIONS) + len(text)) // CHARACTERS_A_TOKEN + spent.input_tokens
        longest = min(LONGEST_ANSWER, left - sent)
        if longest < 200:
            raise Unusable("the report is too long for its budget of tokens")
        if self._left() <= 0:
            raise Unusable(LATE)
        return conversation.ask(text, tokens=left, longest=longest)

    def _call(self, url: str, headers: Mapping[str, str], content: bytes, seconds: float) -> Reply:
        """Make a call; the clock starts with the first, when the library has loaded all that it needs."""
        self.began = self.began or time.monotonic()
        return self.narrator.call(url, headers, content, seconds)

    def _left(self) -> float:
        took = time.monotonic() - self.began if self.began else 0.0
        return self.narrator.budget.seconds - took

    def _read(self, texts: Mapping[str, str], *, only: set[str] | None = None) -> list[tuple[str, str, str]]:
        """Keep the parts that may be said; return the sentences that may not, as (part, sentence, reason)."""
        reader = Reader(self.report, self.narrator.words, note=self.briefing.note)
        out: list[tuple[str, str, str]] = []
        for part in self.briefing.parts:
            if part.name not in texts or (only is not None and part.name not in only):
                continue
            filled = self.briefing.fill(texts[part.name])
            filled = replace(filled, text=_ended(filled.text, stop=part.name != HEADLINE))
            said = sentences(filled.text) or [""]
            wrong = _form(part, filled, said)
            whole = bool(wrong)
            offered = f"{part.heading} {filled.text}".strip()
            wrong += [
                (r.sentence, "; ".join(r.reasons)) for r in reader.refused(part.name, offered, part.cites)
            ]
            self.sentences += len(said)
            self.refused += len(said) if whole else min(len(said), len({s for s, _ in wrong}))
            if not wrong:
                self.good[part.name] = filled.text
            out += [(part.name, sentence, reason) for sentence, reason in wrong]
        return out

    def _put_together(self, wording: Wording) -> Narrative:
        told, good = self.told, self.good
        paragraphs = tuple(replace(p, text=good.get(str(i), p.text)) for i, p in enumerate(told.paragraphs))
        return Narrative(
            headline=good.get(HEADLINE, told.headline),
            summary=good.get(SUMMARY, told.summary),
            paragraphs=paragraphs,
            narrator=wording.model if good else told.narrator,
            wording=wording,
        )


def _ended(text: str, *, stop: bool) -> str:
    """Return a text with a full stop at its end, a headline without; a reference that is taken out may leave none."""
    bare = text.rstrip(". ")
    if not stop:
        return bare
    return (
        f"{bare}." if bare and bare[-1] not in "!?" and not bare.endswith((".”", '."', "?”", "!”")) else text
    )


def _form(part: Part, filled: Filled, said: Sequence[str]) -> list[tuple[str, str]]:
    """Return what is wrong with a text as a whole, before its sentences are read."""
    wrong = []
    text = filled.text
    if not text:
        wrong.append(("", "nothing is left of it without its links and markup"))
    noted = [s for s in said if mentions_note(s)]
    if noted and (part.name != SUMMARY or len(noted) == len(said)):
        wrong.append((text, "only a sentence of its own in the summary may mention the note"))
    if len({*said}) < len(said):
        wrong.append((text, "it says the same thing twice"))
    if filled.address:
        wrong.append((text, "an address has no place in a report"))
    if filled.unknown:
        wrong.append((text, f"no such placeholder: {', '.join(u[:40] for u in filled.unknown[:5])}"))
    if len(text) > part.limit:
        wrong.append((text, f"it has {len(text)} characters; at most {part.limit} fit"))
    left_out = [m for m in part.must if m not in filled.refers]
    if left_out:
        wrong.append((text, f"it must speak of {', '.join(left_out)} too, by a placeholder"))
    return wrong
