"""Many values by name, held as briefly as a row of a table: the names once for all rows."""

from __future__ import annotations

from array import array
from collections.abc import ItemsView, Iterator, Mapping, Sequence
from typing import TypeVar, cast

V = TypeVar("V")


class Compact(Mapping[str, V]):
    """Values by name. 500 numbers take 4 kB, in a dictionary 30 kB: a full table has 5,000 times as many."""

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: Sequence[V]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> V:
        return self._values[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Compact):
            if other._places is self._places:
                return bool(self._values == other._values)
            other = other.plain()
        return self.plain() == other

    __hash__ = None  # type: ignore[assignment]  # as every mapping

    def __repr__(self) -> str:
        return repr(self.plain())

    def plain(self) -> dict[str, V]:
        """Return an equal dictionary, in a tenth of the time that making one of any mapping takes."""
        return dict(zip(self._places, self._values, strict=True))

    def items(self) -> ItemsView[str, V]:
        """Return the names with their values."""
        return self.plain().items()


def plain(values: Mapping[str, V]) -> dict[str, V]:
    """Return a new dictionary with these values."""
    return values.plain() if isinstance(values, Compact) else dict(values)


class Compactor:
    """Makes mappings with the same names share them."""

    #: With fewer values a dictionary is as good.
    LEAST = 40

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, int]] = {}

    def __call__(self, values: Mapping[str, V]) -> Mapping[str, V]:
        """Return an equal mapping, compact where that is worth it."""
        if len(values) < self.LEAST or isinstance(values, Compact):
            return values
        names = tuple(values)
        places = self._known.get(names)
        if places is None:
            places = self._known[names] = {name: place for place, name in enumerate(names)}
        found = tuple(values.values())
        if {*map(type, found)} == {float}:
            return Compact(places, cast("Sequence[V]", array("d", cast("tuple[float, ...]", found))))
        return Compact(places, found)
