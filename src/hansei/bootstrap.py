"""The only wiring: builds the database, the source, the narrator and the publisher from the settings.

What takes long to import is imported where it is first needed: `hansei up` starts the API's process with the settings
alone, long before it needs a database itself.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hansei.errors import InvalidInput, NoSource, Problem, SetupError
from hansei.settings import Settings, load

if TYPE_CHECKING:
    from celery import Celery

    from hansei import jobs
    from hansei.core.ports import Narrator, Source
    from hansei.db.session import Database
    from hansei.narrative.calls import Call
    from hansei.services.caps import Caps
    from hansei.services.relay import BrokerDown, Relay
    from hansei.services.sources import Environment, SourceView
    from hansei.services.vault import Vault
    from hansei.sources.egress import Answer, Egress

DEFAULT_SOURCE, SAMPLE_SOURCE = "default", "sample"
"""What the environment's source is called, and that of `hansei up --sample`, which stands in its place."""
MODEL_BYTES = 500_000
"""A longer answer of a language model is not read to its end."""
JOB_HEADER = "hansei_job"
"""Names a message's job where the sweep can read it without decoding the message."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class WordingModel:
    """A language model that may word reports: where it is asked, what it is sent and never sent, and the budget."""

    name: str
    address: str
    seconds: float
    tokens: int
    sends: tuple[tuple[str, str], ...]
    never_sends: tuple[str, ...]
    instructions: str


class CeleryPublisher:
    """Sends by task name through a bare Celery app, so that the API never imports a task."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def publish(self, bell: jobs.Bell) -> None:
        """Send one message. The id is fresh each time: a revoked Celery id swallows later messages."""
        try:
            self._app.send_task(
                bell.task_name,
                args=[bell.job_id],
                queue=bell.queue,
                task_id=str(uuid.uuid4()),
                headers={JOB_HEADER: bell.job_id},
                retry=False,
                ignore_result=True,
            )
        except _broker_errors() as error:
            self._hang_up()
            raise _broker_down("did not take a message", error) from error

    def depth(self, queue: str) -> int:
        """Return how many messages wait in a queue."""
        return int(self._ask(lambda client: client.llen(queue)))

    def oldest(self, queue: str) -> str | None:
        """Return the id of the job whose message is next in a queue; None of an empty queue."""
        message = self._ask(lambda client: client.lindex(queue, -1))
        if message is None:
            return None
        try:
            return str(json.loads(message)["headers"][JOB_HEADER])
        except (ValueError, LookupError, TypeError):
            return ""  # somebody else's message, which no job belongs to

    def _ask(self, question: Callable[[Any], Any]) -> Any:
        try:
            with self._app.connection_for_write() as connection:
                return question(connection.default_channel.client)
        except _broker_errors() as error:
            raise _broker_down("does not answer", error) from error

    def _hang_up(self) -> None:
        """Forget what is open: where one connection is half-open, so are the others, and each would cost a time-out.

        New pools, since one that was emptied blocks whoever asks it for a connection.
        """
        from kombu import pools

        pools.reset()  # type: ignore[no-untyped-call]  # kombu says no types
        self._app.close()
        self._app.__dict__.pop("amqp", None)  # holds the pool of producers


def _broker_down(how: str, error: Exception) -> BrokerDown:
    from hansei.services.relay import BrokerDown

    return BrokerDown(f"The broker {how}: {type(error).__name__}.")


def _broker_errors() -> tuple[type[Exception], ...]:
    from kombu.exceptions import OperationalError
    from redis.exceptions import RedisError

    return (OperationalError, RedisError, OSError)


@dataclass
class Wiring:
    """Everything a door needs, built on first use."""

    settings: Settings
    warnings: list[str] = field(default_factory=list)
    clock: SystemClock = field(default_factory=SystemClock)

    @cached_property
    def database(self) -> Database:
        """The database, not yet connected."""
        from hansei.db.session import Database

        return Database(self.settings.database)

    @cached_property
    def narrator(self) -> Narrator:
        """Who writes the prose."""
        from hansei.narrative.template import TemplateNarrator

        return TemplateNarrator()

    @cached_property
    def model_narrator(self) -> Narrator | None:
        """Who lets a language model word a report; None where none is configured, or all are switched off."""
        settings = self.settings
        if settings.llm_model is None or not settings.llm:
            return None
        from hansei.narrative.calls import Connection
        from hansei.narrative.llm import Budget, LlmNarrator
        from hansei.sources.egress import Egress

        key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else None
        # The operator's own environment names this address, so it may be any: http, loopback, a private network.
        egress = Egress(trusted=True, max_bytes=MODEL_BYTES, read_seconds=settings.llm_seconds)
        return LlmNarrator(
            Connection(settings.llm_model, settings.llm_base_url, key),
            _model_call(egress),
            Budget(settings.llm_seconds, settings.llm_tokens),
        )

    @property
    def model_switched_off(self) -> bool:
        """Whether a language model is named, and may not be asked."""
        return self.settings.llm_model is not None and not self.settings.llm

    @cached_property
    def wording_model(self) -> WordingModel | None:
        """What can be said of the language model that may word reports; None where there is none."""
        settings = self.settings
        if settings.llm_model is None or not settings.llm:
            return None
        from hansei.narrative import prompt
        from hansei.narrative.calls import ADDRESSES

        return WordingModel(
            name=settings.llm_model,
            address=settings.llm_base_url or ADDRESSES[settings.llm_model.partition(":")[0]],
            seconds=settings.llm_seconds,
            tokens=settings.llm_tokens,
            sends=prompt.SENT,
            never_sends=prompt.NOT_SENT,
            instructions=prompt.INSTRUCTIONS,
        )

    def narrator_for(self, *, opted_in: bool) -> Narrator:
        """Return who words the reports of a team; ``opted_in``: the team lets a language model do it."""
        return (self.model_narrator if opted_in else None) or self.narrator

    @cached_property
    def caps(self) -> Caps:
        """How many tasks a team may have waiting."""
        from hansei.services.caps import Caps

        return Caps(self.settings.team_waiting_tasks)

    @cached_property
    def publisher(self) -> CeleryPublisher:
        """Who hands messages to the broker."""
        return CeleryPublisher(celery_app(self.settings, role="publisher"))

    def relay(self) -> Relay:
        """Build the thread that publishes."""
        from hansei.services.relay import Relay

        return Relay(self.database, self.publisher, max_crashes=self.settings.max_crashes)

    @property
    def default_source(self) -> str | None:
        """The name of the source that the environment gives, if it gives one."""
        if self.settings.metrics_api_url is None:
            return None
        return SAMPLE_SOURCE if self.settings.sample else DEFAULT_SOURCE

    def environment(self) -> Environment | None:
        """Return what may be shown of the source that the environment gives, if it gives one."""
        from hansei.services.sources import Environment

        url, name = self.settings.metrics_api_url, self.default_source
        if url is None or name is None:
            return None
        return Environment(name, url, has_key=self.settings.metrics_api_key is not None)

    def source(self, name: str | None, *, quick: bool = False) -> Source:
        """Return a configured source. ``quick``: it is asked once, and not for long, since somebody waits.

        Raises:
            NoSource: there is none of that name.
        """
        from hansei.services import sources
        from hansei.sources.egress import Egress
        from hansei.sources.metrics_api import MetricsApi

        settings, own = self.settings, self.default_source
        patience: Mapping[str, Any] = {"seconds": 15.0, "attempts": 1} if quick else {}
        if name not in (None, DEFAULT_SOURCE, SAMPLE_SOURCE):
            with self.database.read() as session:
                found = sources.connection(session, self.vault(), str(name))
            # People named this address: only what is public, or what the operator allows, is asked.
            egress = Egress(allow=settings.egress_allow)
            return MetricsApi(found.address, found.key, name=found.name, egress=egress, **patience)
        if name is not None and name != own and SAMPLE_SOURCE in (name, own):
            raise NoSource(
                "The sample is not running." if own != SAMPLE_SOURCE else "Only the sample is running.",
                remedy="Start `hansei up` with --sample for the sample, and without it for a source of your own.",
            )
        if own is None or settings.metrics_api_url is None:
            raise NoSource(
                "No metrics source is configured, so there is nothing to sync from.",
                remedy="Connect one (`hansei source add`, or Sources in the dashboard), set HANSEI_METRICS_API_URL, "
                "or start `hansei up --sample`.",
            )

        key = settings.metrics_api_key.get_secret_value() if settings.metrics_api_key else None
        # The operator's own environment names this address, so it may be any: http, loopback, a private network.
        return MetricsApi(settings.metrics_api_url, key, name=own, egress=Egress(trusted=True), **patience)

    def put_source(
        self, name: str, *, address: str, key: str | None, team_id: str | None, kind: str = "metrics_api"
    ) -> tuple[SourceView, bool]:
        """Connect a source or change it, where its address is one that may be asked.

        Raises:
            InvalidInput: something cannot be used; nothing is stored.
        """
        from hansei.services import sources
        from hansei.sources.egress import Deadline, Egress, EgressFailed, EgressRefused

        address = address.strip()
        try:
            Egress(allow=self.settings.egress_allow).check(address, Deadline(10.0))
        except (EgressRefused, EgressFailed) as error:
            remedy = error.remedy if isinstance(error, EgressRefused) else "Check the address, or try again."
            sentence = f"This address cannot be used: {error.reason}."
            raise InvalidInput(sentence, remedy=remedy, problems=(Problem("/address", sentence),)) from None
        with self.database.write() as session:
            return sources.put(
                session,
                self.vault(make=bool(key)),
                name,
                address=address,
                key=key,
                team_id=team_id,
                kind=kind,
            )

    def vault(self, *, make: bool = False) -> Vault:
        """Return what reads and writes the keys of sources. ``make``: with a key of its own, where none is set.

        The embedded database's own key lies in a file beside it; several machines need HANSEI_SECRET_KEY.

        Raises:
            SetupError: a key cannot be used.
        """
        from hansei.services.vault import Vault, new_key

        file = self.settings.data_dir / "secret.key"
        keys = list(self.settings.secret_keys)
        if make and not keys and self.database.sqlite:
            _make_key(file, new_key())
        if file.is_file():
            keys.append(file.read_text(encoding="ascii").strip())
        return Vault(tuple(dict.fromkeys(keys)))

    def require_ready(self) -> None:
        """Do nothing where the schema fits and every stored key of a source can be read.

        Raises:
            StaleSchema: with the command to run. SetupError: the secret key is not the one; nothing is deleted.
        """
        from hansei.services import sources

        self.require_schema()
        with self.database.read() as session:
            if sources.any_key(session):
                sources.check_keys(session, self.vault())

    def require_schema(self) -> None:
        """Do nothing where the database's schema fits this version.

        Raises:
            StaleSchema: with the command to run.
        """
        from hansei.db import schema

        schema.check(self.database)


def _model_call(egress: Egress) -> Call:
    """Return the call that a narrator makes, over the one client for outgoing calls."""
    from hansei.narrative.calls import CallFailed
    from hansei.sources.egress import Deadline, EgressFailed, EgressRefused

    def call(url: str, headers: Mapping[str, str], content: bytes, seconds: float) -> Answer:
        try:
            return egress.post(url, headers=headers, content=content, deadline=Deadline(seconds))
        except EgressRefused as error:
            raise CallFailed(error.reason, again=False) from None
        except EgressFailed as error:
            raise CallFailed(error.reason, again=True) from None

    return call


def _make_key(file: Path, key: str) -> None:
    """Write a key that only its owner can read, whole or not at all; one that is there stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.{uuid.uuid4().hex}")
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as opened:
        opened.write(key)
    try:
        with suppress(FileExistsError):
            os.link(unfinished, file)
    finally:
        unfinished.unlink()


def wire(environ: Mapping[str, str] | None = None, **overrides: Any) -> Wiring:
    """Read the settings and wire everything up.

    Raises:
        SetupError: a setting is wrong.
    """
    settings, warnings = load(os.environ if environ is None else environ, dotenv=Path(".env"))
    if overrides:
        settings = settings.model_copy(update=overrides)
    return Wiring(settings, warnings)


def celery_app(settings: Settings, *, role: str) -> Celery:
    """Build a Celery app that speaks to the configured broker.

    Raises:
        SetupError: no broker is configured.
    """
    from celery import Celery

    from hansei import jobs

    if settings.broker_url is None:
        raise SetupError(
            "No broker is configured.",
            remedy="Set HANSEI_BROKER_URL to a Redis or Valkey URL, or start everything with `hansei up`.",
        )
    app = Celery(f"hansei-{role}", broker=settings.broker_url, set_as_current=role == "worker")
    app.conf.update(CELERY_SETTINGS)
    queues = sorted({*jobs.QUEUES.values()})
    app.conf.task_queues = {name: {"exchange": name, "routing_key": name, "no_ack": True} for name in queues}
    if role == "publisher":
        # The request path never publishes; the relay's thread may wait this long for a frozen broker, not longer.
        app.conf.broker_transport_options = {**app.conf.broker_transport_options, "max_retries": 0}
    return app


CELERY_SETTINGS: dict[str, Any] = {
    "accept_content": ["json"],
    "task_serializer": "json",
    "result_serializer": "json",
    "task_ignore_result": True,
    "result_backend": None,
    "task_acks_late": False,  # the lease recovers a lost job: no poison loop, no visibility time-out
    "worker_prefetch_multiplier": 1,
    "worker_disable_prefetch": True,  # no message waits behind a running job while another worker is idle
    "task_default_queue": "reports",
    "task_create_missing_queues": True,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_pool_limit": 2,
    "worker_hijack_root_logger": False,
    "worker_enable_remote_control": False,  # its channel can hold the worker's only thread for ever: decision 7
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "enable_utc": True,
    # Half-open sockets and frozen brokers: measured values, docs/decisions/0001.
    "broker_transport_options": {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "retry_on_timeout": True,
    },
}


def configure_logging(level: str) -> None:
    """Log as one line of key=value pairs on stderr."""
    import structlog

    # Below INFO, libraries print what passes through them: headers, addresses, and the secrets inside.
    others = "INFO" if level == "DEBUG" else level
    logging.basicConfig(level=others, format="%(message)s", stream=sys.stderr, force=True)
    logging.getLogger("hansei").setLevel(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        # By the standard library's loggers: a cached one of structlog's own would hold on to a stream that was closed.
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
