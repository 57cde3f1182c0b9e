"""Public ids: opaque texts that name a kind and a local id, and can be told from anything else."""

import base64
import binascii
import re
from binascii import b2a_base64
from collections.abc import Callable, Iterable
from typing import AnyStr, Final, NamedTuple

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
    return _spelled(kind, locals_, bytes.decode)


def encode_ids_in_ascii(kind: str, locals_: Iterable[str]) -> list[bytes]:
    """The same as they stand in an answer, without quotes."""
    return _spelled(kind, locals_, bytes)


def _spelled(kind: str, locals_: Iterable[str], tell: Callable[[bytes], AnyStr]) -> list[AnyStr]:
    head, told = f"{kind}:".encode(), list(map(str.encode, locals_))
    if len(told) == 1:
        return [tell(_safe(b2a_base64(head + told[0], newline=False).rstrip(_PADDING)))]
    widths = set(map(len, told))
    if len(widths) == 1 and not (width := len(head) + widths.pop()) % 3:
        # Three bytes are four letters: such ids need no padding, so that they stand end to end.
        text = tell(_safe(b2a_base64(head + head.join(told), newline=False)))
        width = width // 3 * 4
        return [text[at : at + width] for at in range(0, len(text), width)]
    lines = b"".join(map(b2a_base64, map(head.__add__, told)))
    return tell(_safe(lines.replace(_PADDING, b""))).splitlines()


def _safe(encoded: bytes) -> bytes:
    """The same in letters that stand in URLs as they are; mostly they do already."""
    is_safe = b"+" not in encoded and b"/" not in encoded
    return encoded if is_safe else encoded.translate(_SAFE_IN_URLS)


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
