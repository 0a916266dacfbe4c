"""Settings come from a passed environment, and what is wrong is said without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from hansei.errors import SetupError
from hansei.settings import load


def test_nothing_set_means_an_embedded_database_on_loopback() -> None:
    settings, warnings = load({})
    assert settings.loopback
    assert settings.database.startswith("sqlite:////")
    assert warnings == []


def test_an_unknown_name_is_warned_about_with_the_nearest() -> None:
    _, warnings = load({"HANSEI_DATABASE_ULR": "x", "PATH": "/bin"})
    assert len(warnings) == 1
    assert "HANSEI_DATABASE_URL" in warnings[0]
    _, warnings = load({"HANSEI_FOO": "x"})
    assert warnings == ["HANSEI_FOO is not a setting of Hansei."]  # nothing is near enough to be offered


def test_a_wrong_value_names_the_setting_and_not_the_value() -> None:
    with pytest.raises(SetupError, match="HANSEI_PORT") as caught:
        load({"HANSEI_PORT": "s3cret-port"})
    assert "s3cret" not in str(caught.value)


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("abc123\n")
    settings, _ = load({"HANSEI_METRICS_API_KEY_FILE": str(tmp_path / "key")})
    assert settings.metrics_api_key is not None
    assert settings.metrics_api_key.get_secret_value() == "abc123"
    assert "abc123" not in repr(settings)
    with pytest.raises(SetupError, match="HANSEI_METRICS_API_KEY_FILE"):
        load({"HANSEI_METRICS_API_KEY_FILE": str(tmp_path / "missing")})


def test_the_environment_wins_over_the_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("HANSEI_PORT=9001\nHANSEI_LOG_LEVEL=DEBUG\n")
    settings, _ = load({"HANSEI_PORT": "9002"}, dotenv=tmp_path / ".env")
    assert (settings.port, settings.log_level) == (9002, "DEBUG")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("example.org", False)],
)
def test_only_loopback_is_loopback(host: str, loopback: bool) -> None:
    assert load({"HANSEI_HOST": host})[0].loopback is loopback


@pytest.mark.parametrize(
    ("model", "address"),
    [
        ("openai-chat:x", "https://me:hush@models.example.com/v1"),
        ("openai-chat:x", "https://models.example.com/v1?key=hush"),
        ("openai-chat:x", "models.example.com/hush"),
        ("azure:x", ""),
        ("gpt-hush", "https://models.example.com"),
    ],
)
def test_a_language_model_is_named_with_a_plain_address(model: str, address: str) -> None:
    with pytest.raises(SetupError, match="HANSEI_LLM_") as caught:
        load({"HANSEI_LLM_MODEL": model, "HANSEI_LLM_BASE_URL": address})
    assert "hush" not in str(caught.value)


def test_the_key_of_a_language_model_is_not_shown() -> None:
    settings, _ = load({"HANSEI_LLM_MODEL": "ollama:x", "HANSEI_LLM_API_KEY": "hush"})
    assert settings.llm
    assert "hush" not in repr(settings)
