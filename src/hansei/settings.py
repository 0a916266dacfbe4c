"""Settings: read from the environment (or ``.env``), once, by ``bootstrap``.

Every field is an environment variable ``HANSEI_<NAME>``; secrets may come from a file through
``HANSEI_<NAME>_FILE``. ``docs/reference/settings.md`` is generated from the descriptions here.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from hansei.errors import SetupError

PREFIX = "HANSEI_"


class Settings(BaseModel):
    """What an operator can choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Annotated[Path, Field(description="Folder for the embedded database, backups and lock.")] = (
        Path("hansei-data")
    )
    database_url: Annotated[
        str | None,
        Field(
            description="SQLAlchemy URL. Unset: SQLite in the data folder. PostgreSQL: postgresql+psycopg://… "
            "(an API opens up to 40 connections)"
        ),
    ] = None
    broker_url: Annotated[
        str | None,
        Field(
            pattern=r"^(redis|rediss|redis\+socket|sentinel)://",
            description="Redis or Valkey URL (redis://…). Unset: `hansei up` starts an embedded broker.",
        ),
    ] = None
    host: Annotated[str, Field(description="Address to listen on. Anything but loopback needs a token.")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Field(ge=0, le=65535, description="Port of the API (0: any free one).")] = 8000
    concurrency: Annotated[
        int, Field(ge=1, le=64, description="Worker processes that `hansei up` starts.")
    ] = 2
    metrics_api_url: Annotated[
        str | None, Field(description="Base URL of the metrics API that serves as the default source.")
    ] = None
    metrics_api_key: Annotated[SecretStr | None, Field(description="Its Bearer key.")] = None
    sample: Annotated[
        bool,
        Field(
            description="The source is the bundled sample (`hansei up --sample`): its teams are marked so."
        ),
    ] = False
    secret_key: Annotated[
        SecretStr | None,
        Field(
            description="Encrypts the keys of connected sources: one key of `hansei source new-key`, or several "
            "(comma list), of which the first encrypts. Unset: a file in the data folder, for the embedded database."
        ),
    ] = None
    egress_allow: Annotated[
        tuple[str, ...],
        Field(
            description="Hosts and CIDRs that outgoing calls may reach besides public addresses (comma list)."
        ),
    ] = ()
    llm_model: Annotated[
        str | None,
        Field(
            pattern=r"^(openai-chat|anthropic|ollama|azure):\S{1,80}$",
            description="Language model that may word the reports of teams that choose it: openai-chat:NAME (any "
            "server that speaks OpenAI's chat completions), anthropic:NAME, ollama:NAME or azure:NAME. Needs "
            "`hansei[llm]`. Unset: the built-in wording.",
        ),
    ] = None
    llm_base_url: Annotated[
        str | None,
        Field(
            validate_default=True,
            description="Where that model answers, if not at its maker's own address; for Azure always.",
        ),
    ] = None
    llm_api_key: Annotated[SecretStr | None, Field(description="The key for it.")] = None
    llm: Annotated[
        bool, Field(description="False: no language model is asked, whatever else is set or chosen.")
    ] = True
    llm_seconds: Annotated[
        float,
        Field(
            ge=1, le=80, description="Seconds that wording one report may take; then the rest is built in."
        ),
    ] = 45.0
    llm_tokens: Annotated[
        int,
        Field(
            ge=1_000, le=200_000, description="Tokens that wording one report may take, sent and received."
        ),
    ] = 20_000
    report_retention_days: Annotated[
        int | None, Field(ge=1, description="Reports older than this are cleaned up. Unset: nothing ever is.")
    ] = None
    task_retention_days: Annotated[
        int | None,
        Field(
            ge=1,
            le=3650,
            description="Ended tasks are forgotten after this many days; reports stay. Unset: never.",
        ),
    ] = None
    team_waiting_tasks: Annotated[
        int,
        Field(ge=1, description="A team that has this many tasks waiting is told to come back later (429)."),
    ] = 20_000
    happiness_min_answers: Annotated[
        int, Field(ge=4, le=10, description="Happiness is shown from this number of answers on.")
    ] = 5
    max_crashes: Annotated[
        int,
        Field(ge=1, le=100, description="A task fails once its worker has died over it this many times."),
    ] = 3
    rate_limit: Annotated[
        int,
        Field(
            ge=0,
            description="Requests a minute that one token may make, at once or spread; 0: any number. On loopback "
            "nothing is limited.",
        ),
    ] = 6000
    public_url: Annotated[str | None, Field(description="Address that users see, for links.")] = None
    log_level: Annotated[
        str, Field(pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least level logged.")
    ] = "INFO"

    @field_validator("llm_base_url")
    @classmethod
    def _plain_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Refuse an address that carries more than an address: it is shown, and logged by others."""
        if value is None:
            if str(info.data.get("llm_model")).startswith("azure:"):
                raise ValueError("an Azure model needs the address of its resource")
            return None
        if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
            raise ValueError(
                "it must look like https://models.example.com/v1, without a name, key or query in it"
            )
        return value.rstrip("/")

    @property
    def database(self) -> str:
        """The URL to connect to."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'hansei.db'}"

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that encrypt what must be kept secret, the one to write with first."""
        raw = self.secret_key.get_secret_value() if self.secret_key else ""
        return tuple(k.strip() for k in raw.split(",") if k.strip())

    @property
    def loopback(self) -> bool:
        """True where only this machine can reach the API."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


SECRETS = ("metrics_api_key", "secret_key", "llm_api_key")


def load(environ: Mapping[str, str], *, dotenv: Path | None = None) -> tuple[Settings, list[str]]:
    """Build the settings and a list of warnings about names that mean nothing.

    Raises:
        SetupError: naming each variable that is wrong, never its value.
    """
    merged = dict(environ)
    if dotenv is not None and dotenv.is_file():
        from dotenv import dotenv_values

        merged = {k: v for k, v in dotenv_values(dotenv).items() if v is not None} | merged
    fields, warnings = Settings.model_fields, []
    values: dict[str, object] = {}
    for key, raw in merged.items():
        if not key.startswith(PREFIX) or raw == "":
            continue
        name = key.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in SECRETS:
            values[name.removesuffix("_file")] = _read_secret(key, raw)
        elif name in fields:
            values[name] = (
                tuple(p.strip() for p in raw.split(",") if p.strip()) if name == "egress_allow" else raw
            )
        else:
            warnings.append(_unknown(key, fields))
    try:
        return Settings.model_validate(values), warnings
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise SetupError(f"A setting is wrong: {wrong}.", remedy="Correct it and start again.") from None


def _read_secret(key: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SetupError(f"The file named by {key} cannot be read: {error.strerror}.") from None


def _unknown(key: str, fields: Mapping[str, object]) -> str:
    # Without the prefix, which every name shares and which would make any short one look near.
    close = difflib.get_close_matches(key.removeprefix(PREFIX).lower(), list(fields), n=1, cutoff=0.7)
    meant = f"; did you mean {PREFIX}{close[0].upper()}?" if close else "."
    return f"{key} is not a setting of Hansei{meant}"
