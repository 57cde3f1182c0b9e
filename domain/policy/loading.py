"""Reads and checks the policy file; a policy that could show too much is no policy."""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, Final, TypeVar

from domain.catalogue.indicators import ValueType, catalogue
from domain.model.access import Decision, MaskForm, Permission, RowClass
from domain.model.errors import Finding, MappingError
from domain.model.keys import CategoryCode, IndicatorName
from domain.model.principal import Acr
from domain.model.roles import ADMINISTRATORS, Role
from domain.policy.policy import ASKS_FOR_PURPOSE, Fields, Grant, Level, Policy
from domain.policy.purposes import PurposeKind

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
FILE: Final = "policy.toml"
_PARTS: Final = frozenset(
    {"version", "levels", "masks", "work", "purposes", "permissions", "groups", "grants"}
)
_GRANT: Final = frozenset({"roles", "rows", "levels", "fields", "purposes", "acr", "show"})
_TYPES: Final[Mapping[MaskForm, ValueType]] = {MaskForm.YEAR: ValueType.DATE}


@cache
def policy() -> Policy:
    """The policy of this program."""
    text = resources.files(__package__).joinpath(FILE).read_text(encoding="utf-8")
    return read_policy(text)


def read_policy(text: str) -> Policy:
    """The policy of a file. Raises MappingError with every mistake."""
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError([_finding(str(error), "write TOML")]) from error
    reading = _Reading(given)
    read = reading.read(hashlib.sha256(text.encode()).hexdigest())
    wrong = [*reading.wrong, *(_faults(read) if read else ())]
    if wrong or read is None:
        raise MappingError([_finding(what, "see docs/security.md") for what in wrong])
    return read


def _finding(what: str, remedy: str) -> Finding:
    return Finding(FILE, 1, what, remedy)


class _Reading:
    """Notes what cannot be read and goes on, so that every mistake is told at once."""

    def __init__(self, given: Mapping[str, Any]) -> None:  # Any: whatever TOML holds
        self._given = given
        self.wrong: list[str] = [f"unknown part {name!r}" for name in given.keys() - _PARTS]

    def read(self, digest: str) -> Policy | None:
        version = self._given.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            self.wrong.append("version is a whole number from 1")
            return None
        return Policy(
            version=version,
            digest=digest,
            levels=self._named("levels", lambda word: self._word(Level, word)),
            masks=self._named("masks", lambda word: self._word(MaskForm, word)),
            work=frozenset(self._work()),
            purposes={
                role: frozenset(self._words(PurposeKind, words))
                for key, words in self._table("purposes").items()
                if (role := self._word(Role, key)) is not None
            },
            permissions={
                permission: frozenset(self._roles(words))
                for key, words in self._table("permissions").items()
                if (permission := self._word(Permission, key)) is not None
            },
            grants=tuple(self._grants()),
        )

    def _table(self, name: str) -> Mapping[str, Any]:
        found = self._given.get(name, {})
        if isinstance(found, dict):
            return found
        self.wrong.append(f"{name} is a table")
        return {}

    def _word(self, kind: type[E], word: object) -> E | None:
        try:
            return kind(str(word))
        except ValueError:
            self.wrong.append(f"{word!r} is no {kind.__name__}")
            return None

    def _words(self, kind: type[E], words: object) -> list[E]:
        if not isinstance(words, list):
            self.wrong.append(f"{words!r} is no list")
            return []
        found = (self._word(kind, word) for word in words)
        return [word for word in found if word is not None]

    def _named(self, part: str, read: Callable[[object], T | None]) -> dict[IndicatorName, T]:
        found: dict[IndicatorName, T] = {}
        for name, word in self._table(part).items():
            value = read(word)
            if self._indicator(name) and value is not None:
                found[IndicatorName(name)] = value
        return found

    def _indicator(self, name: object) -> bool:
        if name in catalogue().indicators:
            return True
        self.wrong.append(f"{name!r} is no indicator")
        return False

    def _work(self) -> Iterator[IndicatorName]:
        work = self._table("work")
        for code in work.get("categories", ()):
            category = catalogue().categories.get(CategoryCode(code))
            if category is None:
                self.wrong.append(f"{code!r} is no category")
            yield from (i.name for i in category.indicators) if category else ()
        yield from (
            IndicatorName(name) for name in work.get("indicators", ()) if self._indicator(name)
        )

    def _roles(self, words: object) -> Iterator[Role]:
        groups = self._table("groups")
        for word in words if isinstance(words, list) else ():
            yield from self._words(Role, groups.get(word, [word]))

    def _grants(self) -> Iterator[Grant]:
        given = self._given.get("grants", [])
        for each in given if isinstance(given, list) else ():
            self.wrong += [f"unknown key {key!r} of a grant" for key in each.keys() - _GRANT]
            show = self._word(Decision, each.get("show"))
            purposes, acr = each.get("purposes"), each.get("acr")
            if show is not None:
                yield Grant(
                    roles=frozenset(self._roles(each.get("roles"))),
                    rows=frozenset(self._words(RowClass, each.get("rows"))),
                    levels=frozenset(self._words(Level, each.get("levels"))),
                    fields=self._word(Fields, each.get("fields", Fields.ALL)) or Fields.HELD,
                    purposes=None
                    if purposes is None
                    else frozenset(self._words(PurposeKind, purposes)),
                    acr=None if acr is None else self._word(Acr, acr),
                    show=show,
                )


def _faults(read: Policy) -> Iterable[str]:
    """What no policy may say, whoever wrote it."""
    for role in Role:
        if role not in read.purposes:
            yield f"{role} has no purposes, not even an empty list"
    for permission in Permission:
        if permission not in read.permissions:
            yield f"nobody is named for {permission}"
    for grant in read.grants:
        yield from _faults_of(grant)
    for name, form in read.masks.items():
        wanted = _TYPES.get(form, ValueType.STRING)
        if catalogue().indicators[name].type is not wanted:
            yield f"{name} cannot be masked as {form}"


def _faults_of(grant: Grant) -> Iterable[str]:
    if not (grant.roles and grant.rows and grant.levels):
        yield "a grant names roles, rows and levels"
    if grant.roles & ADMINISTRATORS and grant.levels != {Level.PUBLIC}:
        yield "administrators see what is public"
    if grant.show is not Decision.ALLOW:
        return
    if grant.levels & ASKS_FOR_PURPOSE and not grant.purposes:
        yield "personal and secret values are shown in clear for named purposes only"
    if Level.SECRET in grant.levels and grant.acr is not Acr.MFA:
        yield "secret values are shown after a second factor only"
