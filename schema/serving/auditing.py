"""The entry that a request owes to the audit log; its answer waits until the entry is kept."""

import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from graphql import GraphQLError

from domain.audit.entry import Action, Actor, Entry, Question, Result, Touched
from domain.audit.fields import Classes, classes, is_cut
from domain.model.access import OPEN, RowClass
from domain.model.errors import AuditUnavailableError, ForbiddenError
from domain.model.keys import SourceName
from domain.model.principal import Principal
from domain.policy.loading import policy
from domain.policy.purposes import Purpose
from resolvers.context import RequestContext
from resolvers.measuring import plain_name
from resolvers.reading import Reads
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
_KEPT: Final = 1024


class Log(Protocol):
    """Where entries are kept."""

    def write(self, entry: Entry) -> Awaitable[None]:
        """Ends when the entry is kept. Raises AuditUnavailableError."""


class Asking:
    """One request, or subscription, as far as it has come; `address` is where it came from.

    `refused` is a purpose that was stated and may not be.
    """

    __slots__ = (
        "address",
        "admitted",
        "asked",
        "at",
        "began",
        "context",
        "principal",
        "refused",
        "trace",
    )

    def __init__(self, address: str, trace: str, at: datetime, principal: Principal | None) -> None:
        self.address = address
        self.trace = trace
        self.at = at
        self.principal = principal
        self.asked: GraphRequest | None = None
        self.admitted: Admitted | None = None
        self.context: RequestContext | None = None
        self.refused: Purpose | None = None
        self.began = time.perf_counter()


class _Judged(NamedTuple):
    """What an entry says of an operation, whoever was found: worked out once."""

    question: Question
    decided: Classes
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Auditing:
    """Keeps entries; without a log none are due."""

    log: Log | None = None
    _judged: dict[tuple[object, ...], _Judged] = field(default_factory=dict)
    _actors: dict[int, tuple[Principal, Actor]] = field(default_factory=dict)
    _departments: dict[tuple[SourceName, ...], tuple[str, ...]] = field(default_factory=dict)

    async def answered(self, asking: Asking, errors: Iterable[GraphQLError], data: object) -> None:
        """Keeps what an answer owes, before it is sent. Raises AuditRefusal."""
        entry = self.owed(asking, tuple(errors), data)
        if self.log is not None and entry is not None:
            await _keep(self.log, entry)

    def owed(self, asking: Asking, errors: Sequence[GraphQLError], data: object) -> Entry | None:
        """The entry that an answer owes to the log; None where it owes none."""
        if self.log is None or not (_is_due(asking) or (errors and _is_forbidden(errors))):
            return None
        question, decided, is_cut = self._judge(asking)
        if errors and _is_forbidden(errors):
            result = Result.REFUSED
        elif data is None:
            result = Result.FAILED
        else:
            result = Result.MASKED if is_cut else Result.ALLOWED
        return self._entry(asking, question, self._touched(asking.context, decided), result)

    async def refused(self, asking: Asking, refusal: HttpRefusal | RequestErrors) -> None:
        """Keeps what was refused for who asks, or for how much of somebody was asked.

        Raises AuditRefusal: whoever sees that no entry is kept could try out what is refused.
        """
        if self.log is None or not _is_refused(asking, refusal):
            return
        if isinstance(refusal, PurposeRefusal):
            asking.refused = refusal.purpose
        question, decided, _ = _judged(asking)
        touched = self._touched(asking.context, decided)
        await _keep(self.log, self._entry(asking, question, touched, Result.REFUSED))

    def _judge(self, asking: Asking) -> _Judged:
        admitted, context = asking.admitted, asking.context
        if admitted is None or context is None or context.rows_shown or admitted.seeking.filters:
            return _judged(asking)
        # The name and the digest of the document tell which operation it is, and what it asks for.
        stated = context.purpose
        purpose = (stated.kind, stated.number) if stated else None
        key = (admitted.document, admitted.name, context.access.digest, purpose)
        found = self._judged.get(key)
        if found is None:
            if len(self._judged) >= _KEPT:
                self._judged.clear()
            found = self._judged[key] = _judged(asking)
        return found

    def _entry(self, asking: Asking, question: Question, touched: Touched, result: Result) -> Entry:
        milliseconds = (time.perf_counter() - asking.began) * 1000
        actor = self._actor(asking.principal, asking.address)
        return Entry(asking.at, asking.trace, actor, question, touched, result, milliseconds)

    def _actor(self, principal: Principal | None, address: str) -> Actor:
        if principal is None:
            return Actor(address=address)
        found = self._actors.get(id(principal))
        # The id is that of the same principal as long as it is kept here.
        if found is None or found[0] is not principal or found[1].address != address:
            if len(self._actors) >= _KEPT:
                self._actors.clear()
            found = self._actors[id(principal)] = (principal, _actor(address, principal))
        return found[1]

    def _touched(self, context: RequestContext | None, decided: Classes) -> Touched:
        if context is None:
            return Touched(fields=decided)
        reads, touches, rows = context.reads, context.reads.touches, context.reads.touches.rows
        states: dict[str, str] = dict.fromkeys(rows, ANSWERED)
        if reads.troubles.by_source:
            troubles = reads.troubles.by_source.items()
            states |= {name: trouble.error.code for name, trouble in troubles}
        return Touched(
            *touches.ids(),
            tuple(dict.fromkeys(touches.numbers)),
            decided,
            dict(zip(rows, rows.values(), strict=True)),
            states,
            self._asked(reads, tuple(rows)),
        )

    def _asked(self, reads: Reads, sources: tuple[SourceName, ...]) -> tuple[str, ...]:
        """The departments of sources, in their order."""
        found = self._departments.get(sources)
        if found is None:
            if len(self._departments) >= _KEPT:
                self._departments.clear()
            each = (reads.sources.by_name[name].description.department for name in sources)
            found = self._departments[sources] = tuple(dict.fromkeys(each))
        return found


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
    sought = seeking.under(admitted.asked.variables) if seeking.filters else seeking.sought
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


def _judged(asking: Asking) -> _Judged:
    decided = _decided(asking)
    return _Judged(_question(asking), decided, is_cut(decided))


def _actor(address: str, principal: Principal) -> Actor:
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
