"""Public ids: opaque texts that name a kind and a local id, and can be told from anything else."""

import base64
import binascii
import re
from binascii import b2a_base64
from collections.abc import Iterable
from typing import Final, NamedTuple

PERSON: Final = "Person"
UNIT: Final = "Unit"
POOL: Final = "EstablishmentPool"
SEALED: Final = "~"
_KINDS: Final = frozenset({PERSON, UNIT, POOL})
_LOCAL: Final = re.compile(r"[0-9A-Za-z_~/-]{1,600}")
_SAFE_IN_URLS: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = b"="


class GlobalId(NamedTuple):
    """What a public id names."""

    kind: str
    local: str


def encode_id(kind: str, local: str) -> str:
    """The public id of a local id."""
    return encode_ids(kind, (local,))[0]


def encode_ids(kind: str, locals_: Iterable[str]) -> list[str]:
    """The public ids of local ids, in their order."""
    named = map(f"{kind}:".encode().__add__, map(str.encode, locals_))
    lines = b"".join(map(b2a_base64, named)).translate(_SAFE_IN_URLS, _PADDING)
    return lines.decode().splitlines()


def decode_id(text: str) -> GlobalId | None:
    """What a public id names; None for anything this platform never gave out."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        kind, _, local = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        )
    except (ValueError, binascii.Error):
        return None
    if kind not in _KINDS or not _LOCAL.fullmatch(local) or encode_id(kind, local) != text:
        return None
    return GlobalId(kind, local)
