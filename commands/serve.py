"""`fourfold serve`: the server."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
import uvicorn

from app import CONFIG
from auth.tokens.outside import is_loopback
from commands.opening import connections
from commands.patience import PatientProtocol
from commands.sockets import socket_options
from domain.model.errors import MappingError
from settings import Settings, read_settings

EPILOG = """Examples:

fourfold serve --config city.toml

fourfold serve --config city.toml --port 8080 --workers 2

Exit status: 0 stopped on request, 1 the server could not start, 2 wrong use.
"""
GRACE: Final = 10
PATIENCE: Final = 60
"""Seconds a worker may be silent: a slow machine needs some to load it."""


def serve(
    *,
    config: Annotated[Path, typer.Option(help="The city file.")] = Path("city.toml"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.", min=1, max=64)] = 1,
) -> None:
    """Serve the graph of a city; Ctrl+C finishes running requests, then stops."""
    try:
        settings = read_settings(config)
    except MappingError as error:
        print(f"fourfold serve: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    _check_host(settings, host)
    announce(settings, workers)
    os.environ[CONFIG] = str(config.resolve())
    uvicorn.run(
        "commands.worker:create_worker",
        factory=True,
        workers=workers,
        timeout_worker_healthcheck=PATIENCE,
        **server_options(host, port),
    )


def announce(settings: Settings, workers: int) -> None:
    """Says what the server will open, and warns where access control is off."""
    for name, part in settings.sources.items():
        print(f"{name}: at most {part.max_connections * workers} connections", file=sys.stderr)
    print(f"platform: at most {settings.platform.pool_size * workers} connections", file=sys.stderr)
    total = connections(settings) * workers
    print(f"all pools together: at most {total} connections", file=sys.stderr)
    if settings.auth.enabled:
        print(f"tokens are issued for {settings.platform.issuer}", file=sys.stderr)
    else:
        warning = "everyone on this machine reads everything"
        print(f"WARNING: [auth] enabled = false; {warning}", file=sys.stderr)


def server_options(host: str, port: int) -> dict[str, Any]:  # as uvicorn takes them
    """The server's own settings: fast loop and parser, our logs, no query strings in any log."""
    return {
        "host": host,
        "port": port,
        "loop": "uvloop",
        "http": PatientProtocol,
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": GRACE,
        **socket_options(),
    }


def _check_host(settings: Settings, host: str) -> None:
    """Strangers are served only with access control, and under an address that is theirs too."""
    if is_loopback(host):
        return
    refused = ""
    if not settings.auth.enabled:
        refused = "[auth] enabled = false is for a loopback address only"
    elif settings.auth.provider and "issuer" not in settings.platform.model_fields_set:
        refused = "set [platform] issuer to the address that browsers use"
    if refused:
        print(f"fourfold serve: {refused}; asked to listen on {host}", file=sys.stderr)
        raise typer.Exit(2)
