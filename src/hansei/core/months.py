"""The months as people write them."""

from __future__ import annotations

from hansei.core.plain import plain

#: The months in English, German, French, Spanish and Portuguese, in full and cut, without accents.
MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar janner janvier janv enero ene janeiro",
            "feb february februar fevrier fevr fev febrero fevereiro",
            "mar march marz maerz mrz mars marzo marco",
            "apr april avril avr abril abr",
            "may mai mayo maio",
            "jun june juni juin junio junho",
            "jul july juli juillet juil julio julho",
            "aug august aout agosto ago",
            "sep sept september septembre septiembre setembro set",
            "oct october oktober okt octobre octubre outubro out",
            "nov november novembre noviembre novembro",
            "dec december dezember dez decembre diciembre dic dezembro",
        ),
        1,
    )
    for word in words.split()
}


def is_month(name: str) -> int:
    """Return the number of the month that a name is, 0 where it is none: "März" is 3."""
    return MONTHS.get(plain(name), 0)
