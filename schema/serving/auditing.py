"""The entry that a request owes to the audit log; its answer waits until the entry is kept."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from graphql import GraphQLError

from domain.audit.entry import Action, Actor, Entry, Question, Result, Touched
from domain.audit.fields import Classes, classes, is_cut
from domain.model.access import OPEN, RowClass
from domain.model.errors import AuditUnavailableError, ForbiddenError
from domain.model.keys import EntityKind
from domain.model.principal import Principal
from domain.policy.loading import policy
from domain.policy.purposes import Purpose
from resolvers.context import RequestContext
from resolvers.measuring import plain_name
from schema.checking.seeking import Seeking
from schema.serving.measured import name_of
from schema.serving.request import (
    AuditRefusal,
    BudgetRefusal,
    GraphRequest,
    HttpRefusal,
    PurposeRefusal,
    RequestErrors,
)
from schema.serving.screening import Admitted
from schema.serving.trusted import document_id

ANSWERED: Final = "OK"


class Log(Protocol):
    """Where entries are kept."""

    async def write(self, entry: Entry) -> None:
        """Returns when the entry is kept. Raises AuditUnavailableError."""


@dataclass(slots=True)
class Asking:
    """One request, or subscription, as far as it has come; `address` is where it came from."""

    address: str
    trace: str
    at: datetime
    principal: Principal | None
    asked: GraphRequest | None = None
    admitted: Admitted | None = None
    context: RequestContext | None = None
    refused: Purpose | None = None
    """A purpose that was stated and may not be."""
    began: float = field(default_factory=time.perf_counter)


@dataclass(frozen=True, slots=True)
class Auditing:
    """Keeps entries; without a log none are due."""

    log: Log | None = None

    async def answered(self, asking: Asking, errors: Iterable[GraphQLError], data: object) -> None:
        """Keeps what an answer owes, before it is sent. Raises AuditRefusal."""
        told = tuple(errors)
        if self.log is None or not (_is_due(asking) or _is_forbidden(told)):
            return
        decided = _decided(asking)
        result = _result(told, data, decided)
        await _keep(self.log, _entry(asking, result, decided))

    async def refused(self, asking: Asking, refusal: HttpRefusal | RequestErrors) -> None:
        """Keeps what was refused for who asks, or for how much of somebody was asked.

        Raises AuditRefusal: whoever sees that no entry is kept could try out what is refused.
        """
        if self.log is None or not _is_refused(asking, refusal):
            return
        if isinstance(refusal, PurposeRefusal):
            asking.refused = refusal.purpose
        await _keep(self.log, _entry(asking, Result.REFUSED, _decided(asking)))


async def _keep(log: Log, entry: Entry) -> None:
    try:
        await log.write(entry)
    except AuditUnavailableError as error:
        raise AuditRefusal(error) from error


def _is_due(asking: Asking) -> bool:
    admitted = asking.admitted
    if admitted is None:
        return False
    seeking = admitted.seeking
    if seeking.is_mutation or seeking.is_log:
        return True
    sought = seeking.under(admitted.asked.variables)
    return bool(sought.shown or sought.listed)


def _is_refused(asking: Asking, refusal: HttpRefusal | RequestErrors) -> bool:
    if isinstance(refusal, BudgetRefusal):
        return _is_due(asking)
    if isinstance(refusal, RequestErrors):
        return _is_forbidden(refusal.errors)
    return isinstance(refusal, PurposeRefusal)


def _is_forbidden(errors: Iterable[GraphQLError]) -> bool:
    return any(isinstance(error.original_error, ForbiddenError) for error in errors)


def _decided(asking: Asking) -> Classes:
    admitted, context = asking.admitted, asking.context
    if admitted is None:
        return {}
    sought = admitted.seeking.under(admitted.asked.variables)
    if context is None:
        return classes(sought, OPEN, [RowClass.HOME])
    # Who found nobody was judged as for somebody inside the scope.
    return classes(sought, context.access, context.rows_shown or [RowClass.HOME])


def _result(errors: Iterable[GraphQLError], data: object, decided: Classes) -> Result:
    if _is_forbidden(errors):
        return Result.REFUSED
    if data is None:
        return Result.FAILED
    return Result.MASKED if is_cut(decided) else Result.ALLOWED


def _entry(asking: Asking, result: Result, decided: Classes) -> Entry:
    return Entry(
        at=asking.at,
        trace=asking.trace,
        actor=_actor(asking.address, asking.principal),
        question=_question(asking),
        touched=_touched(asking.context, decided),
        result=result,
        milliseconds=(time.perf_counter() - asking.began) * 1000,
    )


def _actor(address: str, principal: Principal | None) -> Actor:
    if principal is None:
        return Actor(address=address)
    rights = principal.rights
    return Actor(
        sub=principal.sub,
        sid=principal.sid,
        client=principal.client,
        name=principal.name,
        roles=tuple(sorted(rights.roles)),
        department=rights.department,
        divisions=tuple(rights.divisions),
        units=tuple(rights.units),
        acr=principal.acr,
        address=address,
    )


def _question(asking: Asking) -> Question:
    admitted, purpose = asking.admitted, _purpose(asking)
    name, document = _named(asking)
    return Question(
        action=Action.QUERY if admitted is None else _action(admitted.seeking),
        operation=plain_name(name),
        document=document,
        purpose=purpose.kind if purpose else None,
        case=purpose.number if purpose else None,
        policy=policy().digest,
    )


def _named(asking: Asking) -> tuple[str | None, str]:
    """The name and the id of what was asked, admitted or not."""
    admitted, asked = asking.admitted, asking.asked
    if admitted is not None:
        return admitted.name, admitted.document
    if asked is None:
        return None, ""
    return name_of(asked.query, asked.operation), document_id(asked.query) if asked.query else ""


def _action(seeking: Seeking) -> Action:
    if seeking.is_mutation:
        return Action.MUTATION
    return Action.EXPORT if seeking.is_log else Action.QUERY


def _purpose(asking: Asking) -> Purpose | None:
    return asking.refused if asking.context is None else asking.context.purpose


def _touched(context: RequestContext | None, decided: Classes) -> Touched:
    if context is None:
        return Touched(fields=decided)
    reads, touches = context.reads, context.reads.touches
    troubles = {str(name): trouble.error.code for name, trouble in reads.troubles.by_source.items()}
    rows = touches.rows
    sources: Sequence[str] = [name for name in reads.sources.by_name if name in rows]
    departments = (reads.sources.by_name[name].description.department for name in rows)
    return Touched(
        persons=touches.ids(EntityKind.PERSON),
        units=touches.ids(EntityKind.UNIT),
        numbers=tuple(dict.fromkeys(touches.numbers)),
        fields=decided,
        rows={str(name): count for name, count in rows.items()},
        states={**dict.fromkeys(sources, ANSWERED), **troubles},
        departments=tuple(dict.fromkeys(departments)),
    )
