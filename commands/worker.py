"""The application as a server process of its own loads it."""

import gc
from typing import Final

from starlette.applications import Starlette

from app import create_app

NEW_OBJECTS: Final = 20_000
"""So many more containers than were given back start a collection; Python's own number is 700."""


def create_worker() -> Starlette:
    """The application, alone in its process."""
    return create_app(on_ready=keep_for_good)


def keep_for_good() -> None:
    """What is there now stays as long as the process: no collection looks at it again.

    Answers leave no circles behind, so that rare collections lose nothing and cost less.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 50)
