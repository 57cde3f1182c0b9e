"""The Person of the graph."""

from typing import Any

import strawberry

from domain.catalogue import handles
from domain.catalogue.indicators import catalogue
from domain.identity.stitching import stitch_value
from domain.model.keys import EntityKind, IndicatorName, LocalKey
from domain.model.subjects import Subject
from domain.model.values import canonical_text
from resolvers.people import public_person_id
from resolvers.planning.projection import wanted_of
from resolvers.units import find_unit_by_key
from resolvers.wanted import Wanted
from schema.enums import IdentityState
from schema.fields import Info, described, planned, reads, resolving
from schema.nodes import Node, SubjectFields, category_fields, facts_of
from schema.units import Unit, make_unit

PERSON = "Person"
_Categories: Any = strawberry.type(
    type(
        "PersonCategories", (SubjectFields,), {"__module__": __name__, **category_fields("person")}
    )
)


@strawberry.type(description=described("人员", "A person, answered live from the four departments"))
class Person(Node, _Categories):  # type: ignore[misc] # the 20 category fields are made at run time
    """One person; every field that departments answer is nullable."""

    @strawberry.field(
        description=described("身份归集状态", "how surely the records belong together")
    )
    def identity(self) -> IdentityState:
        """LINKED, CANDIDATE, UNLINKED or CONFLICT."""
        return IdentityState[self.subject.state]

    @planned(
        "姓名（同 basics.personName）",
        "name, equal to basics.personName",
        reads(handles.PERSON_NAME),
    )
    async def name(self, info: Info) -> str | None:
        """The authority's name."""
        return await _text(self, info, handles.PERSON_NAME)

    @planned(
        "身份证号（同 identityDocuments.idNumber）",
        "ID number, equal to identityDocuments.idNumber",
        reads(handles.ID_NUMBER),
    )
    async def id_number(self, info: Info) -> str | None:
        """The authority's number."""
        return await _text(self, info, handles.ID_NUMBER)

    @planned(
        "占编单位：由 occupiedUnitCode 的答复方经关联得出，未关联则为空",
        "the unit linked to the occupiedUnitCode of the source that answered it, else null",
        reads(handles.OCCUPIED_UNIT_CODE),
    )
    async def unit(self, info: Info) -> Unit | None:
        """The unit whose quota the person uses."""
        gathered = await facts_of(info, self.subject, self.wanted)
        answer = stitch_value(gathered, catalogue().indicators[handles.OCCUPIED_UNIT_CODE])
        code = canonical_text(answer.value)
        if code is None or answer.key is None:
            return None
        key = LocalKey(answer.key.department, answer.key.source, code)
        subject = await find_unit_by_key(info.context, key)
        return make_unit(info, subject)


async def _text(person: Person, info: Info, name: IndicatorName) -> str | None:
    gathered = await facts_of(info, person.subject, person.wanted)
    return canonical_text(stitch_value(gathered, catalogue().indicators[name]).value)


def make_person(subject: Subject | None, wanted: Wanted) -> Person | None:
    """The graph's person of a subject."""
    if subject is None:
        return None
    return Person(id=strawberry.ID(public_person_id(subject)), subject=subject, wanted=wanted)


def wanted_person(info: Info) -> Wanted:
    """What the running field's selections want of a person."""
    return wanted_of(resolving(info), PERSON, EntityKind.PERSON)
