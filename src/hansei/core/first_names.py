"""Whether what a sprint is called may be the name of a person; nobody is stored without a question."""

from __future__ import annotations

import re

from hansei.core.plain import plain, word_list

#: Where one of these stands in what a sprint is called, it is no person: "Release Freeze", "Alpha Centauri".
_OF_SPRINTS = word_list(
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
_FIRST_NAMES = word_list(
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
_BETWEEN = word_list("al|bin|da|das|de|del|della|den|der|di|do|dos|du|el|la|le|ten|ter|van|von|y|zu")
#: One name of a person: Anna, O’Neill, Ana-Maria, M.
_NAMED = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


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
