"""The product's processes are named once: Procfile, compose and the supervisor say the same."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

import celeryconfig
from dialer.processes import COMMANDS, STOP_ORDER, standard_processes
from dialer.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
# What stands in a container for the setting that stands in the command.
CONTAINER = {
    "--host 0.0.0.0": "--host {WEB_HOST}",
    "--port 8080": "--port {WEB_PORT}",
    "--address=0.0.0.0": "--address={FLOWER_ADDRESS}",
    "--port=5555": "--port={FLOWER_PORT}",
    "/data/": "{DATA_DIR}/",
}


def settings_in_braces(words: str) -> str:
    """`${WEB_PORT:-8080}` as `{WEB_PORT}`, with single spaces."""
    return " ".join(re.sub(r"\$\{(\w+)(:-[^}]*)?\}", r"{\1}", words).split())


def test_the_procfile_names_the_same_commands() -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    told = dict(line.split(": ", 1) for line in lines)
    assert {name: settings_in_braces(words) for name, words in told.items()} == dict(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_compose_names_the_same_command(name: str) -> None:
    words = settings_in_braces(COMPOSE["services"][name]["command"])
    for literal, setting in CONTAINER.items():
        words = words.replace(literal, setting)
    assert words == COMMANDS[name]


def test_the_supervisor_runs_these_commands_and_shows_no_password() -> None:
    settings = Settings(web_port=8081, max_concurrent_calls=3, data_dir=Path("/d"))
    specs = standard_processes(settings, {"REDIS_URL": "redis://localhost"}, "me:secret")
    assert [spec.name for spec in specs] == list(COMMANDS)
    for spec in specs:
        assert len(spec.argv) == len(shlex.split(COMMANDS[spec.name]))
        assert not [word for word in spec.argv if "{" in word or "secret" in word]
        assert ("FLOWER_BASIC_AUTH" in (spec.env or {})) == (spec.name == "flower")
    media = next(spec for spec in specs if spec.name == "media")
    assert media.argv[media.argv.index("-c") + 1] == "3"
    assert media.stop_timeout_s > settings.max_call_seconds


def test_every_process_has_its_place_in_the_order_of_stop() -> None:
    order = [name for group in STOP_ORDER for name in group]
    assert set(COMMANDS) <= set(order)
    assert order.index("beat") < order.index("dial") < order.index("media") < order.index("web")
    assert order[-2:] == ["redis", "postgres"]


def test_every_queue_has_a_worker_and_every_beat_entry_a_queue() -> None:
    consumed = set(re.findall(r"-Q (\S+)", " ".join(COMMANDS.values())))
    consumed = {queue for some in consumed for queue in some.split(",")}
    assert {route["queue"] for route in celeryconfig.task_routes.values()} == consumed
    for entry in celeryconfig.beat_schedule.values():
        prefix = str(entry["task"]).split(".")[0]
        assert f"{prefix}.*" in celeryconfig.task_routes


def test_no_late_acknowledged_task_outlives_the_visibility_timeout() -> None:
    timeout = celeryconfig.broker_transport_options["visibility_timeout"]
    assert celeryconfig.task_time_limit < timeout
    for annotation in celeryconfig.task_annotations.values():
        if annotation.get("acks_late", celeryconfig.task_acks_late):
            assert annotation.get("time_limit", celeryconfig.task_time_limit) < timeout
    longest = Settings.model_fields["max_call_seconds"].metadata
    assert celeryconfig.task_annotations["media.run_call"]["time_limit"] > max(
        bound.le for bound in longest if hasattr(bound, "le")
    )


def test_the_example_environment_holds_every_setting_with_its_default() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    told.pop("POSTGRES_PASSWORD")
    assert set(told) == {name.upper() for name in Settings.model_fields}
    given = {name.lower(): value for name, value in told.items()}
    assert Settings.model_validate(given) == Settings.model_construct()
