"""What Linux says of a process: its CPU time, and whether a port is its own."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_LISTENS: Final = "0A"
_PROC: Final = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads, user and system."""
    try:
        # The clock clock_getcpuclockid(3) names for another process: nanoseconds instead of ticks.
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return ticks(Path(_PROC, str(pid), "stat").read_text(encoding="ascii")) / os.sysconf(
            "SC_CLK_TCK"
        )


def ticks(stat: str) -> int:
    """User and system ticks in the text of /proc/PID/stat; its name may hold brackets."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def owns_port(pid: int, port: int) -> bool:
    """Whether the process itself listens on the port."""
    wanted = {f"socket:[{inode}]" for inode in listening(_tables(), port)}
    with suppress(OSError):
        for handle in Path(_PROC, str(pid), "fd").iterdir():
            with suppress(OSError):
                if str(handle.readlink()) in wanted:
                    return True
    return False


def listening(table: str, port: int) -> set[str]:
    """The inodes of sockets that listen on a port, from the text of /proc/net/tcp."""
    rows = (line.split() for line in table.splitlines() if ":" in line)
    return {
        row[9]
        for row in rows
        if len(row) > 9 and row[3] == _LISTENS and row[1].endswith(f":{port:04X}")
    }


def _tables() -> str:
    return "\n".join(
        Path(_PROC, "net", name).read_text(encoding="ascii")
        for name in ("tcp", "tcp6")
        if Path(_PROC, "net", name).exists()
    )
