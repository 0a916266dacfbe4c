"""What was tried, in sentences: for the first section of a report and for an experiment's own page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hansei.core.phrases import Figures, clean
from hansei.core.report import Moved, Tried
from hansei.core.words import ENGLISH, Words

TITLE_LIMIT = 120


def outcome(tried: Tried, words: Words = ENGLISH) -> str:
    """Return how an experiment stands, in a few words; nothing of a verdict before its last sprint."""
    if tried.state == "running":
        return words("early", n=min(tried.done + 1, tried.sprints), of=tried.sprints)
    return words(tried.outcome or "abandoned")


@dataclass(frozen=True, slots=True)
class Telling:
    """Tells one experiment by its title and numbers; the team's own reason is left to the renderer."""

    tried: Tried
    figures: Figures
    words: Words = ENGLISH

    def heading(self) -> str:
        """Return "Smaller stories (started after Sprint 34, judged after Sprint 37): inconclusive."."""
        t = self.tried
        span = ""
        after, last = (self._called(n) if n else "" for n in (t.started_after, t.judged_after))
        if last:
            key = "tried.judged" if after else "tried.judged.first"
            span = self.words(key, after=after, last=last)
        elif after:
            span = self.words("tried.began", after=after)
        title = clean(t.title, TITLE_LIMIT).rstrip(".:")
        return self.words("tried.heading", title=title, span=span, word=outcome(t, self.words))

    def sentences(self) -> Iterator[str]:
        """Return goal, what was seen, and what that says."""
        t = self.tried
        yield self.goal()
        if t.state == "running":
            yield self.words("tried.running")
        elif t.state == "judged":
            yield from self.verdict()

    def goal(self) -> str:
        """Return the registered goal: which measure, which way, by how much."""
        t = self.tried
        level, useful = t.baseline_level, t.useful_effect
        size = f"{100 * useful:.0f} %"
        if level is not None:
            size = self.figures.size(t.metric, t.unit, useful * level, useful)
            if abs(useful * level - round(useful * level)) < 0.05:
                size = size.replace(f"{useful * level:.1f}", f"{useful * level:.0f}", 1)
        title = self.figures.name(t.metric_title, t.metric)
        return self.words(f"tried.goal.{t.direction}", title=title, size=size)

    def verdict(self) -> Iterator[str]:
        """Return what was seen, what that says, and what the team makes of it."""
        t = self.tried
        yield self.seen(t.goal) if t.goal else self.words("tried.few")
        if t.broken:
            yield self.words("tried.broken", list=self.words.join([*self._broken()]))
        if t.goal and not (t.broken and t.outcome == "inconclusive"):
            yield self.words(f"tried.{t.outcome}")
        if t.late:
            names = self.words.join([*map(self._called, t.late)])
            yield self.words("tried.late", list=names)
        yield self.words(t.conclusion or "tried.ask")

    def seen(self, moved: Moved) -> str:
        """Return from where to where a measure moved, and the range that the data fit."""
        before, after = self.figures.cell(moved.metric, moved.unit, moved.before, moved.after)
        fit = self.figures.fits(moved.metric, moved.unit, moved.before, moved.interval, moved.ratio_interval)
        return self.words("tried.seen", before=before, after=after, fit=fit)

    def _called(self, name: str) -> str:
        return self.figures.sprints.named(clean(name))

    def _broken(self) -> Iterator[str]:
        for moved in self.tried.guardrails:
            if moved.metric in self.tried.broken:
                before, after = self.figures.cell(moved.metric, moved.unit, moved.before, moved.after)
                title = self.figures.name(moved.title, moved.metric)
                yield self.words("tried.broken.each", title=title, before=before, after=after)
