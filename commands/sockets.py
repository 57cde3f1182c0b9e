"""The server's WebSockets: uvicorn's own protocol with an end to waiting, and silent logs."""

import logging
from asyncio import Transport
from asyncio.transports import BaseTransport
from typing import Any, Final, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from commands.unread import Unread

MAX_MESSAGE_BYTES: Final = 100_000
MAX_FRAGMENTS: Final = 1000
PING_SECONDS: Final = 20.0
_BAD_REQUEST: Final = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
# The libraries would log addresses with whatever stands in them, and at `debug` every frame.
_log = logging.getLogger("fourfold.websocket")
_log.setLevel(logging.WARNING)


class PatientSocket(WebSocketsSansIOProtocol):
    """Cuts off clients that do not read, and handshakes that are none."""

    write_seconds: float = 30.0

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn has them
        super().__init__(*given, **named)
        self.logger = _log
        self.conn.logger, self.conn.debug = _log, False

    def connection_made(self, transport: BaseTransport) -> None:
        """Nothing waits for the client yet."""
        super().connection_made(transport)
        self._unread = Unread(self.loop, cast(Transport, transport), self.write_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._unread.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The first bytes are the whole request: where it begins nothing, nothing will come."""
        super().data_received(data)
        if not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(_BAD_REQUEST)
            self.transport.close()

    def pause_writing(self) -> None:
        """The client does not keep up."""
        super().pause_writing()
        self._unread.watch()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._unread.stop()

    def handle_cont(self, event: Frame) -> None:
        """A message comes in few pieces: empty ones have no size, so their number is bounded."""
        if self.close_sent:
            return
        if len(self.frames) >= MAX_FRAGMENTS:
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """Only a client that reads is answered: pongs must not pile up."""
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)

    def keepalive_timeout(self) -> None:
        """A client that answers no ping may not read its farewell either."""
        super().keepalive_timeout()
        self._unread.watch()

    async def send(self, message: ASGISendEvent) -> None:
        """The last word is waited for no longer than any other; a refusal is no error of ours."""
        await super().send(message)
        if message["type"] == "websocket.close":
            self._unread.watch()
        elif self._is_over(message):
            self.handshake_complete = True

    def _is_over(self, message: ASGISendEvent) -> bool:
        """Whether a handshake has ended otherwise than by a connection."""
        if message["type"] == "websocket.http.response.body":
            return not message.get("more_body", False)
        return message["type"] == "websocket.accept" and self.transport.is_closing()


def socket_options() -> dict[str, Any]:  # as uvicorn takes them
    """No compression: a small message must not become a large one, nor cost memory for good."""
    return {
        "ws": PatientSocket,
        "ws_max_size": MAX_MESSAGE_BYTES,
        "ws_ping_interval": PING_SECONDS,
        "ws_ping_timeout": PING_SECONDS,
        "ws_per_message_deflate": False,
    }
