"""What another subgraph knows of an object of ours: its type and a key, checked before any read."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.catalogue import handles
from domain.model.errors import BadInputError
from domain.model.global_ids import PERSON, POOL, UNIT, GlobalId, decode_id

ID: Final = "id"
CODE: Final = handles.UNIT_CODE
KEYS: Final[Mapping[str, tuple[str, ...]]] = {PERSON: (ID,), UNIT: (ID, CODE), POOL: (ID,)}
"""The types other subgraphs may name, and by which fields; the first one given counts."""
MAX_REPRESENTATIONS: Final = 500


class Represented(NamedTuple):
    """One object as a gateway names it: by global id or, for units, by standard code."""

    id: GlobalId | None
    unit_code: str | None


def check_number(representations: list[object]) -> None:
    """Raises BadInputError for more objects than one question may name."""
    if len(representations) > MAX_REPRESENTATIONS:
        raise BadInputError(
            f"一次最多 {MAX_REPRESENTATIONS} 个实体 (at most {MAX_REPRESENTATIONS} representations)"
        )


def read_representation(representation: object) -> Represented:
    """What a representation names. Raises BadInputError, which never repeats what was given."""
    if not isinstance(representation, dict):
        raise BadInputError("实体引用应为对象 (a representation must be an object)")
    kind = representation.get("__typename")
    if not isinstance(kind, str) or kind not in KEYS:
        raise BadInputError("__typename 不是本图的实体 (__typename is no entity of this graph)")
    for key in KEYS[kind]:
        value = representation.get(key)
        if value is not None:
            return _named(kind, key, value)
    raise BadInputError(f"实体引用缺少键 (give one of: {', '.join(KEYS[kind])})")


def _named(kind: str, key: str, value: object) -> Represented:
    if not isinstance(value, str):
        raise BadInputError(f"键 {key} 应为文本 (the key {key} must be a text)")
    if key == CODE:
        return Represented(None, value)
    decoded = decode_id(value)
    if decoded is None or decoded.kind != kind:
        raise BadInputError("id 不是该类对象的标识 (not an id of an object of this type)")
    return Represented(decoded, None)
