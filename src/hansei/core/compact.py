"""Many values by name, held as briefly as a row of a table: the names once for all rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Shared:
    """The names of a row's values and their places; rows that share it hold their values alone."""

    __slots__ = ("places",)

    def __init__(self, names: tuple[str, ...]) -> None:
        self.places = {name: place for place, name in enumerate(names)}


class Compact(Mapping[str, float]):
    """Values by name. A dictionary of 500 takes 18 kB, this 4 kB: a full table has 5,000 of them."""

    __slots__ = ("_shared", "_values")

    def __init__(self, shared: Shared, values: tuple[float, ...]) -> None:
        self._shared = shared
        self._values = values

    def __getitem__(self, name: str) -> float:
        return self._values[self._shared.places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shared.places)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Compact) and other._shared is self._shared:
            return self._values == other._values
        return dict(self) == (dict(other) if isinstance(other, Compact) else other)

    __hash__ = None  # type: ignore[assignment]  # as every mapping

    def __repr__(self) -> str:
        return repr(dict(self))


class Compactor:
    """Makes mappings with the same names share them."""

    #: With fewer values a dictionary is as good.
    LEAST = 40

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Shared] = {}

    def __call__(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Return an equal mapping, compact where that is worth it."""
        if len(values) < self.LEAST:
            return values
        names = tuple(values)
        shared = self._known.get(names)
        if shared is None:
            shared = self._known[names] = Shared(names)
        return Compact(shared, tuple(values.values()))
