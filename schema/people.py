"""The Person of the graph."""

from typing import Any

import strawberry

from domain.catalogue import handles
from domain.model.keys import EntityKind
from domain.model.subjects import Subject
from resolvers.people import public_person_id
from resolvers.planning.metadata import FollowsUnit, ShowsSubject, ShowsText
from resolvers.planning.projection import wanted_of
from resolvers.wanted import Wanted
from schema.enums import IdentityState
from schema.fields import Info, described, keyed, planned, resolving
from schema.nodes import Node, SubjectFields, category_fields, text_of
from schema.units import Unit, unit_named_by

PERSON = "Person"
_Categories: Any = strawberry.type(
    type(
        "PersonCategories", (SubjectFields,), {"__module__": __name__, **category_fields("person")}
    )
)


@strawberry.type(
    description=described("人员", "A person, answered live from the four departments"),
    directives=keyed(PERSON),
)
class Person(Node, _Categories):  # type: ignore[misc] # the 20 category fields are made at run time
    """One person; every field that departments answer is nullable."""

    @planned(
        "身份归集状态",
        "how surely the records belong together",
        ShowsSubject(lambda subject: IdentityState[subject.state]),
    )
    def identity(self) -> IdentityState:
        """LINKED, CANDIDATE, UNLINKED or CONFLICT."""
        return IdentityState[self.subject.state]

    @planned(
        "姓名（同 basics.personName）",
        "name, equal to basics.personName",
        ShowsText(handles.PERSON_NAME),
    )
    async def name(self, info: Info) -> str | None:
        """The authority's name."""
        return await text_of(self, info, handles.PERSON_NAME)

    @planned(
        "身份证号（同 identityDocuments.idNumber）",
        "ID number, equal to identityDocuments.idNumber",
        ShowsText(handles.ID_NUMBER),
    )
    async def id_number(self, info: Info) -> str | None:
        """The authority's number."""
        return await text_of(self, info, handles.ID_NUMBER)

    @planned(
        "占编单位：由 occupiedUnitCode 的答复方经关联得出，未关联则为空",
        "the unit linked to the occupiedUnitCode of the source that answered it, else null",
        FollowsUnit(handles.OCCUPIED_UNIT_CODE),
    )
    async def unit(self, info: Info) -> Unit | None:
        """The unit whose quota the person uses."""
        return await unit_named_by(self, info, handles.OCCUPIED_UNIT_CODE)


def make_person(subject: Subject | None, wanted: Wanted) -> Person | None:
    """The graph's person of a subject."""
    return None if subject is None else person_of(subject, wanted)


def person_of(subject: Subject, wanted: Wanted) -> Person:
    """The graph's person of a subject that is there."""
    return Person(id=strawberry.ID(public_person_id(subject)), subject=subject, wanted=wanted)


def wanted_person(info: Info) -> Wanted:
    """What the running field's selections want of a person."""
    return wanted_of(resolving(info), PERSON, EntityKind.PERSON)
