"""What speaks of a single person is measured nowhere: one rule for every door, by what a series is called."""

from __future__ import annotations

import re
from functools import lru_cache

from hansei.core.plain import plain, word_list

#: Columns about people or with free text are never read, even where they hold numbers: one such word is enough.
PEOPLE = word_list(
    "assignee|assignees|assigned|author|authors|comment|comments|creator|email|emails|mail|member|members|owner|owners"
    "|person|people|reporter|reporters|user|users|username|watcher|watchers|reviewer|reviewers|developer|participant"
    "|participants|note|notes|bearbeiter|zugewiesen|autor|ersteller|kommentar|kommentare|melder|mitglied|mitarbeiter"
    "|verantwortlich|notiz|notizen|bemerkung|bemerkungen|responsable|asignado|comentario|comentarios|informador"
    "|informante|auteur|commentaire|commentaires|rapporteur|responsavel|atribuido"
    "|handle|login|account|nickname|who|surname|firstname|lastname|developers|engineer|engineers|tester|testers|employee"
    "|employees|colleague|wer|vorname|nachname|kollege|kollegin|entwickler|prenom|apellido|apellidos|empleado|usuario"
    "|desenvolvedor|funcionario|utilisateur"
)
TEXTS = word_list("summary|description|title|labels|tags|url|zusammenfassung|beschreibung|titel")
#: What to do where a series of the team was taken for one of a person.
REMEDY = "if it measures the whole team, name it in small letters and without a word for a person, such as build_time"

_ADDRESS = re.compile(
    r"\w\s*(?:[(\[{]at[)\]}]|\bat\b)\s*[\w-]+\s*(?:\.|[(\[{]dot[)\]}]|\bdot\b)\s*(?!js\b)[a-z]{2,}",
    re.IGNORECASE,
)
#: Where one word of a name written in one ends: review|Time.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Two or three capitalised words, as a person's first and last name are written: Anna_Schmidt, Anna.Maria.Schmidt.
_FULL_NAME = re.compile(r"[A-Z][a-z]+(?:[_.\- ]+[A-Z][a-z]+){1,2}")
#: Where one of these stands in it, it is no person's: Build_Time.
_MEASURES = word_list(
    "age|bug|bugs|build|count|coverage|cycle|days|deploy|deploys|frequency|hours|issues|items|lead|load|mean|median"
    "|number|per|percent|points|rate|ratio|review|score|size|sprint|stories|story|sum|team|test|tests|tickets"
    "|time|times|total|velocity|wait|work"
)
#: Stories that are told of users are a team's work, not a person's.
_STORIES = re.compile(r"\buser (?=stor(?:y|ies)\b)")


def is_address(text: str) -> bool:
    """Return whether a text holds an address or a handle: "anna@example.org", "anna at example.org"."""
    return "@" in text or _ADDRESS.search(text) is not None


def about_people(words: str) -> bool:
    """Return whether a plain header is about people, or holds free text."""
    parts = _STORIES.sub("", words).split()
    return not PEOPLE.isdisjoint(parts) or parts[-2:] == ["created", "by"] or words in TEXTS


@lru_cache(maxsize=4096)
def is_of_a_person(name: str) -> bool:
    """Return whether a series that the registry does not know is called as one of a person might be.

    A word for a person or for a text, an address, or a name as people's are written. It cannot know every first name:
    whoever sends ``anna`` is trusted to measure a team of that name.
    """
    words = plain(_HUMP.sub(" ", name))
    named = _FULL_NAME.fullmatch(name) is not None and _MEASURES.isdisjoint(words.split())
    return named or is_address(name) or about_people(words)
