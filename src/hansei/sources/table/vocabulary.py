"""What tools and people write: headers, units, states, in English, German, French, Spanish and Portuguese.

Keys are plain: small letters, no accents, words apart by one space. ``|`` stands between two ways to write one thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def _list(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split("|"))


def _table(**rows: str) -> Mapping[str, str]:
    """Return what is written → what it means; of two meanings the one that stands first."""
    found: dict[str, str] = {}
    for name, text in rows.items():
        for part in text.split("|"):
            found.setdefault(part.strip(), name)
    return MappingProxyType(found)


#: Headers of a table with one row per sprint, beside the names, titles and aliases of the registry.
SPRINT_HEADERS = _table(
    sprint_id="id|sprint number|sprint no|sprint nr|sprintnummer",
    sprint_name="sprint|name|iteration|iteration path|iteration name|sprintname|sprint title|bezeichnung|nom du sprint"
    "|nombre del sprint|nome da sprint|nome do sprint",
    start_date="start|started|from|sprint start|sprint start date|begin|beginn|startdatum|anfang|von|sprintbeginn"
    "|sprintstart|debut|date de debut|inicio|fecha de inicio|fecha inicio|data de inicio|data inicio",
    end_date="end|ended|to|finish|sprint end|sprint end date|end inclusive|finish date|ende|enddatum|bis|sprintende"
    "|fin|date de fin|fecha de fin|fecha fin|fim|data de fim|data fim|termino",
    story_points_planned="committed|commitment|planned|plan|story points committed|points committed|planned sp"
    "|sp planned|points committed at start|points present at start|planned story points|committed story points"
    "|geplant|zugesagt|zusage|zusagen|geplante punkte|geplante story points|engage|engagement|points engages"
    "|points planifies|planifie|prevu|comprometido|compromiso|puntos comprometidos|puntos planificados|planificado"
    "|compromisso|pontos comprometidos|pontos planejados|pontos planeados|planejado|planeado",
    story_points_completed="completed|done|delivered|sp done|sp completed|story points done|points done"
    "|completed story points|erledigt|abgeschlossen|fertig|erledigte punkte|erledigte story points|geschwindigkeit"
    "|termine|realise|livre|points termines|points realises|velocite|completado|terminado|puntos completados"
    "|puntos terminados|velocidad|concluido|entregue|pontos concluidos|pontos entregues|velocidade",
    items_planned="planned issues|issues planned|committed issues|issues committed|items committed at start"
    "|items present at start|planned tickets|geplante tickets|geplante aufgaben|tickets planifies"
    "|tareas planificadas|tarefas planejadas",
    items_completed="user stories completed|completed user stories|user stories done"
    "|completed issues|issues completed|issues done|tickets done|items done|completed tickets"
    "|erledigte tickets|erledigte aufgaben|tickets termines|tareas completadas|tarefas concluidas",
    items_carried_over="carried over|carry over|spill over|issues carried over|items not completed in sprint"
    "|ubertrag|uebertrag|ubertragen|mitgenommen|reporte|reportes|elements reportes|arrastrado|arrastrada|arrastrados"
    "|arrastradas|transferido|transferida|transferidos|transferidas",
    items_out_of_sprint_percent="carry over rate|ubertragsquote|taux de report",
    scope_change_percent="scope creep|umfangsanderung|changement de perimetre|cambio de alcance|mudanca de escopo",
    completion_ratio="completion rate|sprint completion rate|work completion rate",
    say_do_ratio="say do ratio|commitment reliability|zuverlassigkeit",
    unplanned_work_percent="unplanned|ungeplant|ungeplante arbeit|non planifie|imprevu|no planificado|nao planejado",
    team_happiness="team happiness|mood|team mood|satisfaction|stimmung|teamstimmung|zufriedenheit|humeur|moral"
    "|animo|felicidad|satisfaccion|humor|felicidade|satisfacao",
    team_happiness_answers="answers|responses|antworten|reponses|respuestas|respostas",
    review_time="time in review|review|reviewzeit|zeit im review|temps de revue|tiempo de revision|tempo de revisao",
    coding_time="development time|entwicklungszeit|temps de developpement|tiempo de desarrollo"
    "|tempo de desenvolvimento",
    testing_time="test time|testzeit|temps de test|tiempo de pruebas|tempo de teste",
    cycle_time="durchlaufzeit|zykluszeit|temps de cycle|tiempo de ciclo|tempo de ciclo",
    lead_time="vorlaufzeit|delai de livraison|tiempo de entrega|tempo de entrega",
    open_bugs_count="open bugs|offene bugs|offene fehler|bugs ouverts|bugs abiertos|bugs abertos|erros abertos",
    bugs_prod="production bugs|prod bugs|bugs in production|produktionsfehler|fehler in produktion"
    "|bugs in produktion|bugs en production|bugs en produccion|errores en produccion|bugs em producao",
    team_size="team size|team members|number of team members"
    "|headcount|teamgrosse|teamgroesse|taille de l equipe|tamano del equipo|tamanho da equipe"
    "|tamanho do time",
    working_days="arbeitstage|jours ouvres|dias laborables|dias uteis",
    capacity_person_days="person days|man days|personentage|manntage|jours homme|dias persona|dias pessoa",
    capacity_hours="hours available|available hours|verfugbare stunden|heures disponibles|horas disponibles"
    "|horas disponiveis",
)
#: Of the sprint's own headers those that may as well stand over people.
ANY_NAMES = _list("name|bezeichnung")
#: Hours or person-days: only the unit tells.
CAPACITY = _list("capacity|kapazitat|kapazitaet|capacite|capacidad|capacidade")
#: Headers that do not say whether points or items are counted, with the metric that they are if items.
POINTS_OR_ITEMS = _table(
    items_planned="committed|commitment|planned|plan|geplant|zugesagt|zusage|zusagen|engage|engagement|planifie|prevu"
    "|comprometido"
    "|compromiso|planificado|compromisso|planejado|planeado",
    items_completed="completed|done|delivered|velocity|erledigt|abgeschlossen|fertig|geschwindigkeit|termine|realise"
    "|livre|velocite|completado|terminado|velocidad|concluido|entregue|velocidade",
)
#: Headers of a list of items: Jira, Linear, GitLab, Azure DevOps, people.
ITEM_HEADERS = _table(
    key="issue key|key|id|issue id|uuid|work item id|ticket|ticket id|schlussel|vorgangsschlussel|vorgang|cle|clave"
    "|chave|item|cle de ticket|cle du ticket|cle de demande|clave de incidencia|clave de la incidencia|chave da item"
    "|chave do item",
    type="issue type|type|work item type|vorgangstyp|typ|type de ticket|tipo|tipo de incidencia|tipo de item",
    title="summary|title|name|zusammenfassung|titel|resume|titre|resumen|titulo|resumo",
    status="status|state|zustand|etat|statut|estado",
    sprint="sprint|sprints|iteration|iteration path|cycle name|cycle|milestone|custom field sprint"
    "|benutzerdefiniertes feld sprint|champ personnalise sprint|campo personalizado sprint",
    points="story points|story point estimate|custom field story points|custom field story point estimate"
    "|benutzerdefiniertes feld story points|benutzerdefiniertes feld story punkte"
    "|benutzerdefiniertes feld story point estimate|champ personnalise story points"
    "|champ personnalise story point estimate|campo personalizado story points"
    "|campo personalizado story point estimate|estimate|points|weight|effort|story punkte|punkte|puntos|pontos|size",
    created="created|created at|created date|creation date|erstellt|erstellt am|erstelldatum|cree|cree le|creation"
    "|date de creation|creada|creado|fecha de creacion|criado|criacao|data de criacao",
    started="started|started at|started date|start date|activated date|in progress date|gestartet",
    done="completed|completed at|resolved|resolved date|resolution date|closed|closed at|closed date|done date"
    "|finished|finished date|erledigt|erledigt am|gelost|resolu|resuelta|resuelto|resolvido",
    canceled="canceled|cancelled|canceled at",
    resolution="resolution|losung|resolucion|resolucao",
    reason="reason",
    cycle_number="cycle number",
    cycle_start="cycle start|sprint start|iteration start|sprint start date",
    cycle_end="cycle end|sprint end|iteration end|sprint end date",
)
UNITS = _table(**{
    "h": "h|hr|hrs|hour|hours|std|stunde|stunden|heure|heures|hora|horas",
    "d": "d|day|days|tag|tage|tagen|jour|jours|dia|dias",
    "min": "min|mins|minute|minutes|minuten|minutos",
    "w": "w|week|weeks|woche|wochen|semaine|semaines|semana|semanas",
    "%": "%|percent|prozent|pct",
    "points": "points|pts|pt|sp|story points|punkte|puntos|pontos|story punkte",
    "items": "items|item|issues|issue|tickets|stories|cards|count|work items|elemente|aufgaben|anzahl",
    "bugs": "bugs|fehler|errores|erros",
    "0-10": "0 10|1 10|/10",
    "1-5": "1 5|/5",
    "ratio": "ratio",
    "people": "people|personen|personnes|personas|pessoas",
    "person-days": "person days|man days|personentage|manntage|pd|jours homme|jours hommes|jh",
})  # fmt: skip
TOTALS = _list(
    "total|totals|subtotal|sum|average|averages|avg|mean|median|gesamt|insgesamt|summe|gesamtsumme|zwischensumme"
    "|gesamtergebnis|durchschnitt|mittelwert|mittel|schnitt|moyenne|mediane|somme|promedio|mediana|suma|media|soma"
    "|minimum|maximum|min|max|stdev|std|ø|σ"
)
#: What may stand beside such a word in the name of a row that is no sprint: "Average of the last 3 sprints".
AROUND_TOTALS = _list(
    "grand|overall|team|rolling|running|moving|of|over|for|from|in|the|all|last|past|previous|per|each|sprint|sprints"
    "|iteration|iterations|velocity|points|sp|dev|deviation|letzte|letzten|letzter|der|die|den|des|aus|von|uber|alle"
    "|aller|allen|pro|je|gleitender|gleitendes|gesamter|general|generale|generales|geral|equipe|equipo|time|du|de|les"
    "|derniers|dernieres|par|tous|mobile|del|los|las|ultimos|ultimas|por|todos|movil|da|do|dos|das|os|as|movel"
)
#: States of an item, by their first word or whole.
DONE = _list(
    "done|closed|resolved|completed|complete|finished|released|merged|erledigt|fertig|geschlossen|abgeschlossen|gelost"
    "|termine|ferme|resolu|hecho|cerrado|cerrada|terminado|terminada|resuelto|resuelta|finalizado|finalizada|feito"
    "|fechado|fechada|concluido|concluida|resolvido|resolvida"
)
REMOVED = _list(
    "removed|canceled|cancelled|duplicate|declined|rejected|abandoned|obsolete|wontfix|verworfen|abgebrochen|annule"
    "|cancelado|cancelada|descartado|won t do|won t fix|wont do|wont fix|cannot reproduce|not a bug"
)
