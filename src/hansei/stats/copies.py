"""Which of several series are one series recorded twice: equal, or the same in another unit.

Two columns that are one are one proof. The rule, over the sprints in which both have a value (at least four, and at
least four fifths of the shorter one's):

- *equal*, or one a fixed multiple of the other: a copy, however few different values there are. Only where so few
  different orders of these values exist that chance gives an equal one more often than 1 in 20 (one odd sprint among
  eleven zeros: 1 in 12), the second is a *coincidence* that may be real; it is still no second proof.
- a fixed multiple *but for rounding* (hours to one decimal, minutes in whole): a copy, if the rounding is small beside
  the moves of the series, and the two differ in unit or in how finely they were rounded. Otherwise two measures of
  about the same size, such as points planned and completed, would count as one for being close.

Nothing here depends on the unit of a series.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hansei.stats.series import Array, Bools, order_chance, resolution

#: Sprints that two series must share, at least, and the share of the shorter one's values that they are.
LEAST, SHARED = 4, 0.8
#: Chance of an equal order from which on equality is no proof of a copy.
LIKELY = 0.05
#: What is not correlated like this cannot be the same but for rounding.
ALIKE = 0.95
#: A multiple from here on (or below its inverse) is another unit; rounding steps so far apart are another rounding.
OTHER_UNIT, OTHER_ROUNDING = 5.0, 3.0


@dataclass(frozen=True, slots=True)
class Copy:
    """A series that is ``factor`` times the series in row ``of``; ``chance``: equality may well be a coincidence."""

    of: int
    factor: float
    chance: bool


def copies(rows: Array) -> dict[int, Copy]:
    """Return the rows that repeat another one (NaN where missing, no row constant).

    Of two the one with fewer values is the copy, else the later one.
    """
    count = (~np.isnan(rows)).sum(axis=1)
    rank = np.argsort(np.argsort(-count, kind="stable"))
    pairs = np.argwhere(_alike(rows))
    out: dict[int, Copy] = {}
    for of, at in sorted(pairs.tolist(), key=lambda p: (rank[p[1]], rank[p[0]])):
        if rank[of] < rank[at] and at not in out and of not in out:
            found = _factor(rows[at], rows[of])
            if found is not None:
                out[at] = Copy(of, *found)
    return out


def _alike(rows: Array) -> Bools:
    """Say of each pair whether its rows go together over enough sprints to be worth a closer look."""
    seen = ~np.isnan(rows)
    x = np.where(seen, rows, 0.0)
    x = x / np.maximum(np.abs(x).max(axis=1, keepdims=True, initial=0.0), 1e-300)
    x = np.where(seen, x - x.sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True), 0.0)
    s = seen.astype(float)
    both, total = s @ s.T, x @ s.T
    inner = both * (x @ x.T) - total * total.T
    spread = both * ((x * x) @ s.T) - total * total
    norm = np.sqrt(np.maximum(spread * spread.T, 0.0))
    enough = both >= np.maximum(LEAST, SHARED * np.minimum(s.sum(axis=1)[:, None], s.sum(axis=1)[None, :]))
    out: Bools = enough & (norm > 0) & (inner >= ALIKE * norm)
    np.fill_diagonal(out, val=False)
    return out


def _factor(a: Array, b: Array) -> tuple[float, bool] | None:
    """Return by what ``a`` is ``b`` multiplied, and whether that may be chance; None where it is not a copy."""
    both = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[both], b[both]
    at = int(np.argmax(np.abs(y)))
    if not y[at] or x[at] / y[at] <= 0:
        return None
    factor = float(x[at] / y[at])
    if float(np.abs(x - factor * y).max()) <= 1e-9 * abs(float(x[at])):
        return factor, order_chance(x) > LIKELY
    factor = float(((x / x[at]) @ (y / y[at])) / ((y / y[at]) @ (y / y[at]))) * factor
    coarse, fine = sorted((resolution(x), factor * resolution(y)), reverse=True)
    other = not 1.0 / OTHER_UNIT < factor < OTHER_UNIT or coarse >= OTHER_ROUNDING * fine
    small = coarse + fine <= 0.5 * float(x.std())
    if other and small and float(np.abs(x - factor * y).max()) <= 0.6 * (coarse + fine):
        return factor, False
    return None
