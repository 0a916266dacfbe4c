"""What speaks of a single person is measured nowhere: one rule for every door, by what a series is called."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def _list(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


#: Columns about people or with free text are never read, even where they hold numbers: one such word is enough.
PEOPLE = _list(
    "assignee|assignees|assigned|author|authors|comment|comments|creator|email|emails|mail|member|members|owner|owners"
    "|person|people|reporter|reporters|user|users|username|watcher|watchers|reviewer|reviewers|developer|participant"
    "|participants|note|notes|bearbeiter|zugewiesen|autor|ersteller|kommentar|kommentare|melder|mitglied|mitarbeiter"
    "|verantwortlich|notiz|notizen|bemerkung|bemerkungen|responsable|asignado|comentario|comentarios|informador"
    "|informante|auteur|commentaire|commentaires|rapporteur|responsavel|atribuido"
    "|handle|login|account|nickname|who|surname|firstname|lastname|developers|engineer|engineers|tester|testers|employee"
    "|employees|colleague|wer|vorname|nachname|kollege|kollegin|entwickler|prenom|apellido|apellidos|empleado|usuario"
    "|desenvolvedor|funcionario|utilisateur"
)
TEXTS = _list("summary|description|title|labels|tags|url|zusammenfassung|beschreibung|titel")
#: What to do where a series of the team was taken for one of a person.
REMEDY = "if it measures the whole team, name it in small letters and without a word for a person, such as build_time"

_ADDRESS = re.compile(
    r"\w\s*(?:[(\[{]at[)\]}]|\bat\b)\s*[\w-]+\s*(?:\.|[(\[{]dot[)\]}]|\bdot\b)\s*(?!js\b)[a-z]{2,}",
    re.IGNORECASE,
)
_MARK = re.compile(r"[^\w%]|_")
#: Where one word of a name written in one ends: review|Time.
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
#: Two or three capitalised words, as a person's first and last name are written: Anna_Schmidt, Anna.Maria.Schmidt.
_FULL_NAME = re.compile(r"[A-Z][a-z]+(?:[_.\- ]+[A-Z][a-z]+){1,2}")
#: Where one of these stands in it, it is no person's: Build_Time.
_MEASURES = _list(
    "age|bug|bugs|build|count|coverage|cycle|days|deploy|deploys|frequency|hours|issues|items|lead|load|mean|median"
    "|number|per|percent|points|rate|ratio|review|score|size|sprint|stories|story|sum|team|test|tests|tickets"
    "|time|times|total|velocity|wait|work"
)
#: Where one of these stands in what a sprint is called, it is no person: "Release Freeze", "Alpha Centauri".
_OF_SPRINTS = _list(
    "sprint|sprints|iteration|cycle|cycles|release|freeze|hardening|week|weeks|month|quarter|spring|summer|autumn|fall"
    "|winter|holiday|holidays|vacation|break|christmas|xmas|easter|new|year|bug|bugs|bash|fix|fixing|final|first|last"
    "|zero|one|two|three|quality|tech|technical|debt|innovation|planning|cooldown|cool|down|hack|hackathon|discovery"
    "|launch|migration|milestone|phase|project|product|team|buffer|pause|polish|polishing|beta|alpha|gamma"
    "|delta|epsilon|omega|go|live|rollout|upgrade|integration|stabilisation|stabilization|maintenance|support|test"
    "|testing|kick|off|kickoff|january|february|march|april|may|june|july|august|september|october|november|december"
    "|woche|wochen|monat|quartal|fruhling|fruhjahr|sommer|herbst|urlaub|ferien|weihnachten|ostern|neujahr|letzter"
    "|erster|januar|februar|marz|mai|juni|juli|oktober|dezember|semaine|mois|ete|hiver|printemps|automne|vacances"
    "|noel|paques|premier|dernier|janvier|fevrier|mars|avril|juin|juillet|aout|septembre|octobre|novembre|decembre"
    "|semana|mes|verano|invierno|primavera|otono|vacaciones|navidad|pascua|primer|ultimo|enero|febrero|marzo|abril"
    "|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|verao|inverno|ferias|natal|primeiro|janeiro"
    "|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro|version|entrega|livraison|lancement"
    "|lanzamiento|lancamento"
)
#: First names that are common in the five languages that tables are read in, but for those that things are called as
#: well (April, Aurora). No list holds all: what it is for is that nobody is stored without a question.
_FIRST_NAMES = _list(
    "adam|adrian|ahmed|alejandro|alessandro|alex|alexander|alexandra|alexandre|ali|alice|amelie|amy|ana|andre|andrea"
    "|andreas|andrew|angela|anita|anja|anke|ann|anna|anne|annette|anthony|antoine|antonia|antonio|arthur|astrid"
    "|barbara|beatriz|ben|benjamin|bernd|bert|bianca|birgit|bjorn|bob|brian|bruno|camille|carla|carlos|carmen|carol"
    "|carolina|caroline|catherine|cecile|celine|charles|charlotte|chloe|chris|christian|christina|christine|christoph"
    "|christopher|claire|clara|claudia|cristina|daniel|daniela|david|denis|dennis|diego|dieter|dirk|dominik|doris"
    "|eduardo|elena|elisabeth|elizabeth|ella|emil|emily|emma|eric|erik|eva|fabian|fatima|felix|fernanda|fernando|finn"
    "|florian|francisco|francois|frank|franz|frederic|gabriel|gabriela|george|gerd|gisela|gonzalo|greta|guillaume"
    "|gustavo|hannah|hans|heike|heinz|helen|helena|helga|henri|henrik|henry|holger|hugo|ibrahim|ines|ingrid|isabel"
    "|isabella|jack|jacob|jakob|james|jan|jana|jane|javier|jean|jennifer|jens|jessica|joachim|joana|joao|joe|johanna"
    "|johannes|john|jonas|jorg|jorge|jose|josef|joseph|juan|julia|julian|julie|jurgen|kai|karen|karin|karl|katharina"
    "|kathrin|katja|katrin|kevin|klaus|lara|lars|laura|laurent|lea|lena|leon|leonie|lisa|louis|louise|lucas|lucia|luis"
    "|luisa|lukas|manuel|manuela|marc|marcel|marcos|marcus|margarita|maria|mariana|marie|mario|mark|marko|markus|marta"
    "|martin|martina|mathieu|mathilde|matteo|matthew|matthias|maximilian|mehmet|mia|michael|michel|michelle|miguel"
    "|mohamed|mohammed|monica|monika|nadine|natalia|nathalie|nicolas|nicole|nikolaus|nils|nina|olga|oliver|olivia"
    "|olivier|oscar|otto|pablo|patricia|patrick|paul|paula|paulo|pedro|peter|petra|philip|philipp|philippe|pierre|rachel"
    "|rafael|rainer|ralf|raul|rebecca|renate|ricardo|richard|rita|robert|roberto|rosa|ruth|ryan|sabine|samuel|sandra"
    "|sara|sarah|sebastian|sergio|silke|silvia|simon|simone|sofia|sonja|sophia|sophie|stefan|stefanie|stephan|stephanie"
    "|susan|susanne|sven|sylvie|tanja|teresa|theo|thierry|thomas|thorsten|tim|tina|tobias|tom|tomas|torsten|ulrich"
    "|ulrike|ursula|ute|uwe|valentina|vanessa|vera|veronica|veronika|vincent|walter|werner|william|wolfgang|yusuf|yves"
    "|zoe"
)
#: What may stand small between a person's names: Ana de la Cruz, Ludwig van Beethoven.
_BETWEEN = _list("al|bin|da|das|de|del|della|den|der|di|do|dos|du|el|la|le|ten|ter|van|von|y|zu")
#: One name of a person: Anna, O’Neill, Ana-Maria, M.
_NAMED = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
#: Stories that are told of users are a team's work, not a person's.
_STORIES = re.compile(r"\buser (?=stor(?:y|ies)\b)")


def plain(text: str) -> str:
    """Return a header in small letters without accents and marks, words apart by one space."""
    flat = text.casefold()
    if not flat.isascii():
        flat = "".join(c for c in unicodedata.normalize("NFKD", flat) if not unicodedata.combining(c))
    return " ".join(_MARK.sub(" ", flat).split())


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


def has_first_name(name: str) -> bool:
    """Return whether what a sprint is called holds a common first name, and nothing that says what it is."""
    if any(c.isdigit() for c in name):
        return False
    words = plain(name).split()
    return _OF_SPRINTS.isdisjoint(words) and not _FIRST_NAMES.isdisjoint(words)


def may_be_a_person(name: str) -> bool:
    """Return whether a sprint is called as people are: a common first name, or two to four capitalised words.

    "Tau Ceti" is too: whether it names a person only somebody who was there can tell.
    """
    if has_first_name(name):
        return True
    words = [w.strip(".,") for w in name.split()]
    named = [w for w in words if w not in _BETWEEN]
    if not (2 <= len(named) <= len(words) <= 4 and all(_NAMED.fullmatch(w) for w in named)):
        return False
    return all(w[0].isupper() for w in named) and _OF_SPRINTS.isdisjoint(plain(name).split())
