"""A steady load with random faults, and the oracle at the end."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

from benchmarks.load import measures
from faults.rig import Rig
from faults.scenarios import kill_backends, sustained

RATE = 5.0


class Soaking:
    """Breaks one thing after another."""

    def __init__(self, rig: Rig, chance: random.Random) -> None:
        self.rig, self.chance = rig, chance
        self.api, self.worker = rig.all_up()
        self.beside = rig.api_beside()

    def worker_killed(self) -> None:
        """Kill the whole worker group and start another."""
        self.worker.kill()
        self.worker = self.rig.worker()

    def pool_child_killed(self) -> None:
        """Kill one process of the pool."""
        if pool := self.worker.pool():
            self.chance.choice(pool).kill()

    def worker_told_to_stop(self) -> None:
        """Deploy: SIGTERM, then another worker."""
        self.worker.signal(signal.SIGTERM)
        self.worker.process.wait(30)
        self.worker = self.rig.worker()

    def broker_restarted(self) -> None:
        """Kill the broker with all it holds, start it empty."""
        self.rig.broker.stop()
        self.rig.broker.start()

    def broker_frozen(self) -> None:
        """Let the broker stand still for a while."""
        self.rig.broker.freeze()
        time.sleep(self.chance.uniform(1, 6))  # the fault itself
        self.rig.broker.thaw()

    def broker_flushed(self) -> None:
        """Empty the broker."""
        self.rig.broker.flush()

    def half_open(self) -> None:
        """Cut every connection to the broker without a word."""
        self.rig.proxy.cut()

    def database_connections_killed(self) -> None:
        """End every connection to PostgreSQL."""
        if not self.rig.database.sqlite:
            kill_backends(self.rig)

    def relay_killed(self) -> None:
        """Kill the API that takes no load, whose relay publishes as well, and start another."""
        self.beside.kill()
        self.beside = self.rig.api_beside()

    def faults(self) -> list[Any]:
        """Return what can be broken."""
        return [
            self.worker_killed, self.pool_child_killed, self.worker_told_to_stop, self.broker_restarted,
            self.broker_frozen, self.broker_flushed, self.half_open, self.database_connections_killed,
            self.relay_killed,
        ]  # fmt: skip


def run(home: Path, url: str, *, minutes: float, seed: int) -> dict[str, Any]:
    """Soak for so many minutes; return what the oracle found and the memory and descriptors over time."""
    chance = random.Random(seed)
    counts: dict[str, int] = {}
    with Rig(home, url, max_crashes="20") as rig:
        soaking = Soaking(rig, chance)
        begun = time.monotonic()
        samples = [(0.0, *measures.memory(soaking.api))]
        end = begun + minutes * 60
        with sustained(rig, RATE):
            while time.monotonic() < end:
                time.sleep(chance.uniform(2, 10))  # between faults
                fault = chance.choice(soaking.faults())
                fault()
                counts[fault.__name__] = counts.get(fault.__name__, 0) + 1
                samples.append(((time.monotonic() - begun) / 60, *measures.memory(soaking.api)))
                _, rss, descriptors = samples[-1]
                left = f"{(end - time.monotonic()) / 60:.1f} min left"
                print(f"{left}, after {fault.__name__}: {rss / 1e6:.0f} MB, {descriptors} files", flush=True)
        verdict = rig.judge(seconds=180)
        samples.append(((time.monotonic() - begun) / 60, *measures.memory(soaking.api)))
    wrong = (*verdict.lost, *verdict.duplicated, *verdict.overdue, *verdict.bad_answers)
    # From minute 5 on (of a short soak, from its sixth) all is warm; the highest of three tells a leak from luck.
    warm = [s for s in samples if s[0] >= min(5.0, minutes / 6)]
    early, late = (tuple(max(s[i] for s in some) for i in (1, 2)) for some in (warm[:3], warm[-3:]))
    return {
        "minutes": minutes, "seed": seed, "faults": counts, "jobs": verdict.jobs, "statuses": verdict.statuses,
        "violations": len(wrong), "examples": wrong[:5],
        "refused": len(rig.answers.refused),
        "api_memory_growth_percent": round((late[0] / early[0] - 1) * 100, 1),
        "api_descriptor_growth": late[1] - early[1],
        "samples": [{"minute": round(t, 1), "api_mb": round(m / 1e6, 1), "api_files": n} for t, m, n in samples],
    }  # fmt: skip
