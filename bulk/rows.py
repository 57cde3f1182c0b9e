"""What a record of a person says that matters for matching."""

import json
from datetime import date
from typing import NamedTuple

from adapters.port import LINK_KEY, SourceReader
from bulk.reading import text_of
from bulk.reports import Outcome
from bulk.run import Run
from domain.catalogue.handles import (
    BIRTH_DATE,
    GENDER,
    ID_NUMBER,
    OCCUPIED_UNIT_CODE,
    PERSON_NAME,
)
from domain.identity.id_numbers import FEMALE, MALE, normalise_id_number
from domain.identity.link_keys import normalise_link_key
from domain.identity.names import normalise_name
from domain.model.keys import EntityKind
from domain.model.records import Facet
from store.records import Seen, shortened
from store.spill import Told, WaitingRow

Identified = tuple[str, bool, str, str]
"""Number, whether it is valid, name, link key."""


class _Told(NamedTuple):
    """What a record says; of its twins only who they are."""

    identities: tuple[Identified, ...]
    gender: str | None
    born: date | None
    unit: str | None


def read_row(run: Run, reader: SourceReader, facet: Facet) -> tuple[Seen, WaitingRow | Outcome]:
    """What was seen of a record, and the row to be judged, or why it cannot be."""
    told = _Told(
        tuple(sorted({_identified(each) for each in (facet, *facet.twins)})),
        _gender(facet),
        _born(facet),
        _unit_of(run, reader, facet),
    )
    row = _waiting_row(run, reader, facet, told)
    return _seen(run, reader, facet, told, row), row


def _waiting_row(run: Run, reader: SourceReader, facet: Facet, told: _Told) -> WaitingRow | Outcome:
    if len(told.identities) > 1:
        # One key that says two things may be two persons.
        return Outcome.CONFLICT
    ((number, is_valid, name, link_key),) = told.identities
    if not name or not (is_valid or told.unit or link_key):
        return Outcome.UNUSABLE
    people, link_name = run.store.people, reader.description.link_keys.get(EntityKind.PERSON)
    by = link_name if link_key and not is_valid else None
    return WaitingRow(
        number_hash=people.blind_index(number) if is_valid else None,
        key_hash=people.key_index(facet.key),
        key=facet.key,
        personal=_is_personal(reader),
        told=Told(number, name, told.gender, told.born, told.unit, by),
        block=f"{told.unit} {normalise_name(name).text}" if told.unit else None,
        link_hash=people.link_index(link_name, link_key) if link_name and link_key else None,
    )


def _seen(
    run: Run, reader: SourceReader, facet: Facet, told: _Told, row: WaitingRow | Outcome
) -> Seen:
    key, personal = facet.key, _is_personal(reader)
    link_name = reader.description.link_keys.get(EntityKind.PERSON)
    born = told.born.isoformat() if told.born else None
    text = json.dumps([told.identities, told.gender, born, told.unit, link_name])
    content = run.records.hashed(text, "content")
    if isinstance(row, Outcome):
        return Seen(key, run.store.people.key_index(key), personal, content)
    return Seen(
        key=key,
        key_hash=row.key_hash,
        personal=personal,
        content=content,
        number=shortened(row.number_hash),
        shared=shortened(row.link_hash),
        block=run.records.hashed(row.block, "block") if row.block else None,
    )


def _identified(facet: Facet) -> Identified:
    normal = normalise_id_number(text_of(facet, ID_NUMBER))
    link_key = normalise_link_key(text_of(facet, LINK_KEY))
    return normal.text, normal.is_valid, text_of(facet, PERSON_NAME), link_key


def _unit_of(run: Run, reader: SourceReader, facet: Facet) -> str | None:
    code = text_of(facet, OCCUPIED_UNIT_CODE)
    return run.places.unit_of(reader.description, code) if code else None


def _gender(facet: Facet) -> str | None:
    text = text_of(facet, GENDER)
    return text if text in (MALE, FEMALE) else None


def _born(facet: Facet) -> date | None:
    value = facet.values.get(BIRTH_DATE)
    return value if isinstance(value, date) else None


def _is_personal(reader: SourceReader) -> bool:
    return reader.description.personal_keys.get(EntityKind.PERSON, False)
