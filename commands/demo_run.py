"""`fourfold demo run`: makes the demo city, links it, serves it, and shows a one-click lookup."""

import asyncio
import json
import socket
import sys
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
import uvicorn

from app import create_app
from commands.accounts.demo_accounts import ASKS, DemoAccounts, make_demo_accounts
from commands.demo_make import make
from commands.demo_question import PURPOSE, Question, ask, question_for
from commands.demo_servers import real_urls
from commands.demo_systems import NAMES, System, make_demo_systems
from commands.link import link
from commands.serve import announce, server_options
from settings import read_settings

EPILOG = """Examples:

./dev demo

./dev demo --persons 20000 --units 800 --port 8080

./dev demo --once

./dev demo --real --url hr=postgresql://postgres@localhost/demo_hr
"""
HOST: Final = "127.0.0.1"


def run(  # noqa: PLR0913 - one parameter an option
    *,
    folder: Annotated[Path, typer.Option("--dir", help="Folder of the city.")] = Path(".demo"),
    persons: Annotated[int, typer.Option(help="How many persons.")] = 2000,
    units: Annotated[int, typer.Option(help="How many units.")] = 80,
    seed: Annotated[int, typer.Option(help="The same seed makes the same city.")] = 1,
    port: Annotated[int, typer.Option(help="Port of the server.", min=0, max=65535)] = 8000,
    once: Annotated[bool, typer.Option("--once", help="Print the lookup, then stop.")] = False,
    real: Annotated[
        bool, typer.Option("--real", help="Two departments on PostgreSQL, two on MariaDB.")
    ] = False,
    url: Annotated[
        list[str] | None, typer.Option(help="department=URL; may be given several times.")
    ] = None,
) -> None:
    """Make the demo city, link its identities, start the server and show one lookup."""
    urls = real_urls(url or []) if real else list(url or [])
    chosen = _free_port(port, once=once)
    make(
        folder=folder, persons=persons, units=units, seed=seed, url=urls, port=chosen, as_json=False
    )
    config = folder / "city.toml"
    _link(config)
    asyncio.run(_show_and_serve(config, chosen, once=once))


def _link(config: Path) -> None:
    """Links the city; the command's own exit is ours only when something is wrong."""
    try:
        link(config=config, as_json=False)
    except typer.Exit as done:
        if done.exit_code:
            raise


def _free_port(port: int, *, once: bool) -> int:
    """The wanted port; a single lookup may take any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            if not once:
                print(f"./dev demo: port {port} is taken; choose one with --port", file=sys.stderr)
                raise typer.Exit(1) from None
            probe.bind((HOST, 0))
        number: int = probe.getsockname()[1]
        return number


async def _show_and_serve(config: Path, port: int, *, once: bool) -> None:
    question = await question_for(config.parent)
    accounts = await make_demo_accounts(config)
    settings = read_settings(config)
    systems = await make_demo_systems(config, settings.platform.issuer)
    announce(settings, workers=1)
    app = create_app(config)
    app.router.routes += [system.mount() for system in systems]
    server = uvicorn.Server(uvicorn.Config(app, **server_options(HOST, port)))
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.05)
    if serving.done():
        raise typer.Exit(1)
    answer = await asyncio.to_thread(ask, f"http://{HOST}:{port}/graphql", question, accounts.token)
    _show(port, question, answer)
    _show_accounts(port, question, accounts)
    _show_systems(systems)
    server.should_exit = once
    await serving


def _show(port: int, question: Question, answer: dict[str, object]) -> None:
    base = f"http://{HOST}:{port}"
    variables = json.dumps(question.variables, ensure_ascii=False)
    loaded = urllib.parse.urlencode({"query": question.document})  # no number in an address
    print("\n一键查人 · one-click lookup\n")
    print(question.document.strip())
    print(f"\nvariables: {variables}\n")
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    print(f"\nGraphiQL with this query: {base}/graphql?{loaded}")
    print(f"粘贴到 Variables · paste into Variables: {variables}")
    print(f"sources: {base}/sources   ready: {base}/readyz   metrics: {base}/metrics")


def _show_accounts(port: int, question: Question, accounts: DemoAccounts) -> None:
    print("\n账号 · accounts (fourfold token --user LOGIN --config .../city.toml)\n")
    for login, role in accounts.logins:
        print(f"  {login:<16}{role}")
    print(f"\npassword of all: {accounts.password}")
    print(f"\n{ASKS} 的令牌，粘贴到 GraphiQL 的 Headers · bearer token, 8 hours:")
    print(f"\n{accounts.token}\n")
    print(f"{_curl(f'http://{HOST}:{port}', question, accounts.token)}\n", flush=True)


def _show_systems(systems: Sequence[System]) -> None:
    print(
        "各部门系统，一口登陆、自由切换 · the departments' systems: sign in once, switch freely\n"
    )
    for system in systems:
        print(f"  {NAMES[system.department]}: {system.base}/")
    print(flush=True)


def _curl(base: str, question: Question, token: str) -> str:
    query = "query($n: String!) { person(idNumber: $n) { name idNumber unit { name } } }"
    body = json.dumps({"query": query, "variables": {"n": question.variables["number"]}})
    headers = (
        "Content-Type: application/json",
        f"X-Fourfold-Purpose: {PURPOSE}",
        f"Authorization: Bearer {token}",
    )
    told = " ".join(f"-H '{header}'" for header in headers)
    return f"curl -s {base}/graphql {told} -d '{body}'"
