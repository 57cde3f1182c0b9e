"""Table names as a mapping writes them."""

import re
from typing import Final

from adapters.mapping.model import TableName

_QUOTED: Final = re.compile(r'(?:"([^"]+)"\.)?"([^"]+)"')


def table_name(text: str) -> TableName:
    """`schema.table` or `table`; in quotes where a name has a dot in it."""
    if quoted := _QUOTED.fullmatch(text):
        return TableName(quoted[2], quoted[1])
    schema, dot, name = text.partition(".")
    return TableName(name, schema) if dot else TableName(text)
