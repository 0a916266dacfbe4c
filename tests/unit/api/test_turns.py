"""Large tables come in one at a time: a few wait, more are sent away, small ones go on."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from anyio import create_task_group, wait_all_tasks_blocked
from anyio import run as run_here

from hansei.api.turns import MOST_WAITING, Turns
from hansei.errors import TablesBusy

T = TypeVar("T")


def run(main: Callable[[], Awaitable[T]]) -> T:
    """Run it in a thread of its own: where browser tests came before, this one has a running loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run_here, main).result(60)


def test_one_large_table_at_a_time() -> None:
    go_on, order = threading.Event(), list[str]()

    def hold() -> None:
        order.append("first")
        assert go_on.wait(20)
        order.append("first done")

    async def main() -> None:
        turns = Turns()
        async with create_task_group() as group:

            async def large(what: str) -> None:
                await turns.run(lambda: order.append(what), large=True)

            group.start_soon(lambda: turns.run(hold, large=True))
            for n in range(MOST_WAITING):
                await wait_all_tasks_blocked()
                group.start_soon(large, f"large {n}")
            await wait_all_tasks_blocked()
            with pytest.raises(TablesBusy, match="Other large tables are being read"):
                await large("one too many")
            await turns.run(lambda: order.append("small"), large=False)
            go_on.set()
        await large("later")

    run(main)
    waited = [f"large {n}" for n in range(MOST_WAITING)]
    assert order == ["first", "small", "first done", *waited, "later"]


def test_a_table_that_fails_lets_the_next_one_in() -> None:
    async def main() -> int:
        turns = Turns()
        with pytest.raises(ZeroDivisionError):
            await turns.run(lambda: 1 // 0, large=True)
        return await turns.run(lambda: 7, large=True)

    assert run(main) == 7
