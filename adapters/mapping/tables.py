"""Table names as a mapping writes them."""

from adapters.mapping.model import TableName


def table_name(text: str) -> TableName:
    """`schema.table` or `table`."""
    schema, dot, name = text.partition(".")
    return TableName(name, schema) if dot else TableName(text)
