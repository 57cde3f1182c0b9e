"""The server as a process: what it prints, logs and answers, and how it stops."""

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from domain.catalogue import handles
from domain.identity.id_numbers import normalise_id_number
from tests.support.city import TestCity, make_test_city, stored
from tests.support.databases import DatabaseMaker

ROOT = Path(__file__).parents[2]
LOOKUP = "query($n: String!) { person(idNumber: $n) { name payroll { bankAccountNo } } }"

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def sqlite_city(
    tmp_path_factory: pytest.TempPathFactory, make_module_database: DatabaseMaker
) -> TestCity:
    return make_test_city("sqlite", tmp_path_factory.mktemp("served"), make_module_database)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fourfold(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "commands.main", *map(str, arguments)]


@contextmanager
def served(config: Path, *options: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A running server and its address; stopped at the end."""
    port = free_port()
    command = fourfold("serve", "--config", config, "--port", port, *options)
    process = subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/livez", process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its workers keep the pipe open
        process.communicate()


def wait_for(url: str, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")


def a_number(city: TestCity) -> tuple[str, str]:
    """The ID number and name of somebody all departments know."""
    key = city.persons_in_all()[0]["keys"]["hr"]
    number = stored(city, "hr", "person", handles.ID_NUMBER)[key]
    return normalise_id_number(number).text, stored(city, "hr", "person", handles.PERSON_NAME)[key]


def test_a_request_is_answered_traced_and_logged_without_the_person(sqlite_city: TestCity) -> None:
    number, name = a_number(sqlite_city)
    with served(sqlite_city.config) as (base, process):
        answer = httpx.post(
            f"{base}/graphql?note={number}",
            json={"query": LOOKUP, "variables": {"n": number}},
            headers={"X-Request-Id": "abcdef0123456789"},
        )
        httpx.get(f"{base}/{number}")
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)

    assert answer.json()["data"]["person"]["name"] == name
    account = answer.json()["data"]["person"]["payroll"][handles.BANK_ACCOUNT_NO]
    assert answer.headers["x-request-id"] == "abcdef0123456789"
    assert answer.headers["cache-control"] == "no-store"
    assert number not in log
    assert name not in log
    assert account not in log
    events = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    request = next(e for e in events if e["event"] == "request" and e["path"] == "/graphql")
    assert (request["trace"], request["status"]) == ("abcdef0123456789", 200)


def test_the_start_says_how_many_connections_there_can_be(sqlite_city: TestCity) -> None:
    with served(sqlite_city.config, "--workers", 2) as (_, process):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)

    assert "hr: at most 8 connections" in log
    assert "all pools together: at most 42 connections" in log


def test_probes_say_that_the_city_is_ready(sqlite_city: TestCity) -> None:
    with served(sqlite_city.config) as (base, _):
        assert httpx.get(f"{base}/livez").json() == {"status": "alive"}
        ready = httpx.get(f"{base}/readyz")
        page = httpx.get(f"{base}/graphql", headers={"Accept": "text/html"})

    assert (ready.status_code, ready.json()["status"], ready.json()["degraded"]) == (
        200,
        "ready",
        [],
    )
    assert "text/html" in page.headers["content-type"]


def test_the_server_listens_on_this_machine_only(sqlite_city: TestCity) -> None:
    with served(sqlite_city.config) as (base, _):
        port = int(base.rpartition(":")[2])
        others = {i[4][0] for i in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
        for address in others - {"127.0.0.1"}:
            with socket.socket() as probe:
                probe.settimeout(1)
                assert probe.connect_ex((address, port)) != 0


def test_a_running_request_is_finished_before_the_server_stops(sqlite_city: TestCity) -> None:
    number, name = a_number(sqlite_city)
    answers: list[httpx.Response] = []
    body = {"query": LOOKUP, "variables": {"n": number}}
    with served(sqlite_city.config) as (base, process):
        writer = sqlite3.connect(sqlite_city.folder / "hr.sqlite", isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")
        asking = threading.Thread(
            target=lambda: answers.append(httpx.post(f"{base}/graphql", json=body, timeout=60))
        )
        asking.start()
        time.sleep(1.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert not answers
        writer.close()
        asking.join(timeout=20)
        _, log = process.communicate(timeout=60)

    assert answers[0].json()["data"]["person"]["name"] == name
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in log


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nonsense = 1\n", "nonsense"),
        ("[platform]\nurl = 1\n", "city.toml:2"),
        ("[platform\n", "city.toml:1"),
        (
            "[platform]\nurl = 'sqlite:///p'\nindex_key='0'\ndata_key='0'\n[[sources]]\nname='a'\n",
            "city.toml:5",
        ),
    ],
)
def test_a_wrong_city_file_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")

    done = subprocess.run(
        fourfold("serve", "--config", tmp_path / "city.toml"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="sqlite"),
        pytest.param(("--real",), id="real", marks=[pytest.mark.postgresql, pytest.mark.mariadb]),
    ],
)
def test_the_demo_shows_one_lookup_and_ends(
    tmp_path: Path, options: tuple[str, ...], make_database: DatabaseMaker
) -> None:
    urls: list[str] = []
    if options:
        kinds = {
            "organization": "mariadb",
            "establishment": "postgresql",
            "finance": "mariadb",
            "hr": "postgresql",
        }
        for department, kind in kinds.items():
            url = make_database("mariadb" if kind == "mariadb" else "postgresql")
            urls += ["--url", f"{department}={url}"]
    command = fourfold(
        "demo",
        "run",
        "--once",
        "--dir",
        tmp_path / "d",
        "--persons",
        600,
        "--units",
        40,
        *options,
        *urls,
    )

    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )

    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(re.search(r"^\{\n.*?^\}$", done.stdout, re.DOTALL | re.MULTILINE)[0])  # type: ignore[index] # the answer is there or the test fails
    assert "errors" not in answer
    used = {e["department"] for e in answer["data"]["person"]["provenance"] if e["used"]}
    assert used == {"ORGANIZATION", "ESTABLISHMENT", "FINANCE", "HR"}
    assert set(answer["extensions"]["statements"]) == {
        "platform",
        "organization",
        "establishment",
        "finance",
        "hr",
    }
    assert "/graphql?query=" in done.stdout
    assert "curl -s" in done.stdout
