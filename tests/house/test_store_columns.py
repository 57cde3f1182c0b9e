"""The platform database holds no departmental facts: every column stands here with its reason."""

from sqlalchemy import Column, MetaData, String, Table

from store.tables import METADATA

OWNER = {
    "id": "opaque, random; says nothing about anybody",
    "created_at": "when the platform first knew of it",
    "successor_id": "opaque id it was merged into",
}
LINK = {
    "id": "opaque, random",
    "department": "which of the four holds the record",
    "source": "which instance of the department's system",
    "local_key": "the department's own key; empty where that is somebody's ID number",
    "key_hmac": "keyed hash of source and key, for lookup",
    "key_sealed": "the key under AES-SIV, where it is somebody's ID number",
    "level": "how sure the judgement is",
    "evidence": "codes of what it rests on; never the values",
    "author": "who judged",
    "confirmed_by": "the account that confirmed",
    "valid_from": "when the judgement began",
    "valid_to": "when it ended",
    "version": "counts changes of the row",
}
ALLOWED = {
    "person": OWNER,
    "person_number": {
        "number_hash": "keyed hash of the normalised ID number or link key",
        "person_id": "opaque id",
        "key_id": "which secret made the hash",
        "created_at": "when the number was first seen",
    },
    "person_link": LINK | {"person_id": "opaque id"},
    "unit": OWNER,
    "unit_link": LINK | {"unit_id": "opaque id"},
}


def unexplained(metadata: MetaData) -> set[str]:
    """Columns that nobody gave a reason for, and reasons without a column."""
    held = {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.columns}
    told = {f"{table}.{column}" for table, columns in ALLOWED.items() for column in columns}
    return held ^ told


def test_every_column_of_the_platform_database_has_a_reason() -> None:
    assert unexplained(METADATA) == set()


def test_a_departmental_fact_would_be_noticed() -> None:
    grown = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(grown)
    Table("person", grown, Column("name", String(50)), extend_existing=True)
    Table("pay", grown, Column("gross", String(50)))

    assert unexplained(grown) == {"person.name", "pay.gross"}
