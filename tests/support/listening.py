"""An application behind a real port of this machine, served inside of the test's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from commands.patience import PatientProtocol
from commands.sockets import socket_options


@asynccontextmanager
async def listening(
    app: Starlette, http: type[HttpToolsProtocol] = PatientProtocol
) -> AsyncIterator[str]:
    """The address of the running application; it is stopped at the end."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app,
        http=http,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        **socket_options(),
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if serving.done():
                await serving
                raise AssertionError("the server did not start")
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
        listener.close()
