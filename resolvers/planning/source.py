"""Writes the Python source of a plan's shapes; what comes from a client is held by name only."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLLeafType,
    GraphQLScalarType,
    Undefined,
)

from resolvers.planning.reasons import AnomalyError, Reason

MEMO_SIZE: Final = 4096
_BUILTINS: Final = {"len": len, "zip": zip}
_HELD: Final = ":="
_EXACT: Final[dict[str, type]] = {
    "String": str,
    "ID": str,
    "Boolean": bool,
    "Date": date,
}
"""Scalars whose values of exactly this type are shown as they are."""


class Memo(dict[Any, Any]):  # Any: keys and values of any kind, bounded by MEMO_SIZE
    """What a pure function made of each value, a bounded number of them."""

    def __init__(self, make: Callable[[Any], object]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> object:  # noqa: ANN401 - as above
        made = self._make(value)
        if len(self) < MEMO_SIZE:
            self[value] = made
        return made


class Source:
    """Functions in the making and the namespace they will run in.

    Source text holds names of ours and numbers only: response keys, indicators, functions and
    constants are values of the namespace.
    """

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__builtins__": _BUILTINS, "NULL": _null}
        self.texts: list[str] = []
        self._held: dict[tuple[type, object], str] = {}
        self._count = 0
        self._leaves: dict[str, str] = {}

    def name(self, letter: str) -> str:
        """A name nobody has."""
        self._count += 1
        return f"{letter}{self._count}"

    def hold(self, letter: str, value: object) -> str:
        """A name for a value."""
        name = self.name(letter)
        self.namespace[name] = value
        return name

    def text(self, value: str) -> str:
        """A name for a text; the same for the same text."""
        found = self._held.get((str, value))
        if found is None:
            found = self._held[str, value] = self.hold("k", value)
        return found

    def function(self, arguments: str, lines: Sequence[str]) -> str:
        """Compiles a function; gives its name."""
        name = self.name("f")
        body = "\n".join(f"    {line}" for line in lines)
        text = f"def {name}({arguments}):\n{body}\n"
        self.texts.append(text)
        code = compile(text, f"<plan {name}>", "exec")
        exec(code, self.namespace)  # noqa: S102 - made of our own names and numbers only
        return name

    def loop(self, arguments: str, columns: Mapping[str, str], shown: str) -> str:
        """Compiles a function that shows one after another; `columns` by the names of cells."""
        each = f"for {', '.join(columns)}, in zip({', '.join(columns.values())})"
        if _HELD not in shown:
            return self.function(arguments, [f"return [{shown} {each}]"])
        # Names that hold a part of what is shown would be slow cells in a comprehension.
        lines = ("shown = []", f"{each}:", f"    shown.append({shown})", "return shown")
        return self.function(arguments, lines)

    def entries(self, entries: Sequence[tuple[str, str]]) -> str:
        """A dictionary of response keys and expressions, in this order."""
        return "{" + ", ".join(f"{self.text(key)}: {value}" for key, value in entries) + "}"

    def unless_none(self, value: str, shape: Callable[[str], str], *, required: bool) -> str:
        """The shape of a value that may be None; where it may not, None is an anomaly."""
        held = self.name("t")
        absent = "NULL()" if required else "None"
        return f"({absent} if ({held} := {value}) is None else {shape(held)})"

    def leaf(self, kind: GraphQLLeafType, value: str, *, required: bool = False) -> str:
        """A scalar or enum value as JSON takes it."""
        held, write = self.name("t"), self._writer(kind)
        absent = "NULL()" if required else "None"
        if isinstance(kind, GraphQLEnumType):
            return f"({absent} if ({held} := {value}) is None else {write}[{held}])"
        exact = _EXACT.get(kind.name)
        if exact is None:
            shown = self._number(kind.name, held, write)
            return f"({absent} if ({held} := {value}) is None else {shown})"
        native = self.hold_once("c", exact)
        given = f"({held} := {value}).__class__ is {native}"
        if required:
            return f"({held} if {given} else {write}({held}))"
        return f"({held} if {given} or {held} is None else {write}({held}))"

    def _number(self, kind: str, held: str, write: str) -> str:
        """Numbers of exactly the usual type without a call that could fail."""
        if kind == "Int":
            number = self.hold_once("c", int)
            inside = f"-2147483649 < {held} < 2147483648"
            return f"{held} if {held}.__class__ is {number} and {inside} else {write}({held})"
        if kind == "Decimal":
            exact, text = self.hold_once("c", Decimal), self.hold_once("c", str)
            return f"{text}({held}) if {held}.__class__ is {exact} else {write}({held})"
        return f"{write}({held})"

    def hold_once(self, letter: str, value: object) -> str:
        """A name for a hashable value; the same for the same value."""
        key = (type(value), value)
        found = self._held.get(key)
        if found is None:
            found = self._held[key] = self.hold(letter, value)
        return found

    def _writer(self, kind: GraphQLLeafType) -> str:
        found = self._leaves.get(kind.name)
        if found is None:
            write = writer(kind)
            made = Memo(write) if isinstance(kind, GraphQLEnumType) else write
            found = self._leaves[kind.name] = self.hold("s", made)
        return found


def _null() -> None:
    raise AnomalyError(Reason.NULL_FOUND)


def writer(kind: GraphQLScalarType | GraphQLEnumType) -> Callable[[object], object]:
    """The type's own way to write a value; what it refuses only the stock path can tell."""
    coerce = kind.coerce_output_value

    def write(value: object) -> object:
        if value is None:
            raise AnomalyError(Reason.NULL_FOUND)
        try:
            found: object = coerce(value)
        except (GraphQLError, AttributeError, TypeError, ValueError) as error:
            raise AnomalyError(Reason.ODD_VALUE) from error
        if found is None or found is Undefined:
            raise AnomalyError(Reason.ODD_VALUE)
        return found

    return write
