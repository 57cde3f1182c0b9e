"""Private database servers: started from installed programs, stopped with the test session."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

_PATIENCE = 60.0
_UNPRIVILEGED = ("postgres", "nobody")


class NoPrivateServerError(Exception):
    """The programs are missing, or did not come up; the text says which."""


def find_program(*names: str) -> str:
    """The first of these programs, also where Debian keeps it off the PATH."""
    places = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), Path("/usr/sbin")]
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    raise NoPrivateServerError(f"{names[0]} is not installed")


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def unprivileged_user() -> str | None:
    """Whom PostgreSQL must run as where we are root, which it refuses; None where we are not."""
    if os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on every system that could import this file

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in _UNPRIVILEGED:
        if name in known:
            return name
    raise NoPrivateServerError("PostgreSQL refuses root and there is no other user")


@contextlib.contextmanager
def private_postgresql(answers: Callable[[str], bool]) -> Iterator[str]:
    """A PostgreSQL server of our own; gives its URL once `answers` says yes to it."""
    initdb, postgres, user = find_program("initdb"), find_program("postgres"), unprivileged_user()
    with scratch_folder("fourfold-pg-", user) as folder:
        data, port = folder / "data", free_port()
        make = [initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        run_once([*make, "--locale=C", "--no-sync"], folder, user)
        command = [postgres, "-D", str(data), "-p", str(port), "-k", str(folder)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
        with running(command, folder, user) as server:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            wait_until_it_answers(server, url, answers)
            yield url


@contextlib.contextmanager
def private_mariadb(answers: Callable[[str], bool]) -> Iterator[str]:
    """A MariaDB server of our own; gives its URL once `answers` says yes to it."""
    install = find_program("mariadb-install-db", "mysql_install_db")
    mariadbd = find_program("mariadbd", "mysqld")
    owner = ["--user=root"] if os.geteuid() == 0 else []
    with scratch_folder("fourfold-maria-", None) as folder:
        data, port = folder / "data", free_port()
        make = [install, "--no-defaults", f"--datadir={data}", "--skip-test-db", *owner]
        run_once([*make, "--auth-root-authentication-method=normal"], folder, None)
        command = [mariadbd, "--no-defaults", f"--datadir={data}", f"--port={port}", *owner]
        command += ["--bind-address=127.0.0.1", f"--socket={folder / 'sock'}"]
        command += [f"--pid-file={folder / 'pid'}", "--innodb-flush-log-at-trx-commit=0"]
        with running(command, folder, None) as server:
            url = f"mariadb://root@127.0.0.1:{port}"
            wait_until_it_answers(server, url, answers)
            yield url


@contextlib.contextmanager
def scratch_folder(prefix: str, owner: str | None) -> Iterator[Path]:
    """A folder of the server's own, gone at the end; short, for a socket's path must be."""
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as name:
        if owner is not None:
            shutil.chown(name, owner)
        yield Path(name)


def run_once(command: Sequence[str], folder: Path, user: str | None) -> None:
    """Run a program that makes the server's files; raises NoPrivateServerError if it fails."""
    done = subprocess.run(
        command,
        cwd=folder,
        user=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise NoPrivateServerError(f"{Path(command[0]).name}: {done.stderr.strip()[-400:]}")


@contextlib.contextmanager
def running(
    command: Sequence[str], folder: Path, user: str | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Keep the server running; asks it to stop at the end, and ends it if it does not."""
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            user=user,
            extra_groups=None if user is None else [],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_until_it_answers(
    server: subprocess.Popen[bytes], url: str, answers: Callable[[str], bool]
) -> None:
    """Ask until the server answers; raises NoPrivateServerError when it ended or takes too long."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if server.poll() is not None:
            raise NoPrivateServerError(f"the server ended with status {server.returncode}")
        if answers(url):
            return
        time.sleep(0.1)
    raise NoPrivateServerError(f"the server did not answer within {_PATIENCE:.0f} s")
