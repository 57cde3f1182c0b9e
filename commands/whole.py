"""An answer sent whole: uvicorn looks at each header of it, and ours are always the same."""

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

Headers = list[tuple[bytes, bytes]]


class WholeAnswers:
    """The answers of one connection."""

    __slots__ = ("_defaults", "_text")

    def __init__(self) -> None:
        self._defaults: Headers = []
        self._text = b""

    def sent(self, cycle: RequestResponseCycle, status: int, head: bytes, body: bytes) -> bool:
        """Sends an answer; False, and nothing is sent, where it is not of the usual kind.

        `head` ends with the empty line and holds no header that changes how the server goes on.
        """
        is_usual = cycle.keep_alive and not cycle.response_started and not cycle.access_log
        if not is_usual or cycle.disconnected or cycle.flow.write_paused:
            return False
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        text = self._text if cycle.default_headers is self._defaults else self._dated(cycle)
        cycle.transport.write(b"".join((STATUS_LINE[status], text, head, body)))
        cycle.message_event.set()
        cycle.on_response()
        return True

    def _dated(self, cycle: RequestResponseCycle) -> bytes:
        """The headers that uvicorn adds to every answer, among them the date: new once a second."""
        self._defaults = cycle.default_headers
        self._text = b"".join(b"%s: %s\r\n" % header for header in self._defaults)
        return self._text
