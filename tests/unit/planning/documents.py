"""Random documents over the plannable part: made by hypothesis-graphql, then made harder."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    parse_type,
    print_ast,
    validate,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from domain.catalogue.handles import ESTABLISHMENT_TYPE, ID_NUMBER, UNIT_CODE
from domain.model.global_ids import PERSON, POOL, UNIT, encode_id
from schema.checking.checker import check_document
from schema.checking.limits import DocumentLimits
from tests.unit.planning.chance import NAMED, NUMBERS

IDS = (
    *(encode_id(PERSON, f"p{i}") for i in range(5)),
    *(encode_id(UNIT, f"n{i}") for i in range(5)),
    *(encode_id(POOL, f"n{i}/{kind}") for i in range(1, 4) for kind in "12"),
    "forged",
    "",
)
PERSONS: tuple[dict[str, object], ...] = (
    {},
    {"namePrefix": "text"},
    {"unitId": encode_id(UNIT, "n1"), "includeSubordinateUnits": True},
    {"division": "370700", ESTABLISHMENT_TYPE: ["1", "2"]},
    {"idNumbers": list(NUMBERS)},
    {"enteredFrom": "1970-01-01", "unitId": "forged"},
)
UNITS: tuple[dict[str, object], ...] = (
    {},
    {"nameContains": "text"},
    {"parentId": encode_id(UNIT, "n2")},
    {"division": "3707"},
)
LEDGERS: tuple[dict[str, object], ...] = (
    {},
    {"minOver": 0},
    {"unitId": encode_id(UNIT, "n1")},
    {"division": "3707", ESTABLISHMENT_TYPE: ["1", "3"]},
)
_LEFT_OUT = {"_service", "_entities", "me", "dataUses"}
"""What gateways ask, units of a viewer that are found one by one, the question of the audit log."""
_TYPES = {"id": "ID", "ids": "[ID!]!", ID_NUMBER: "String", UNIT_CODE: "String"}


@dataclass(frozen=True, slots=True)
class Asked:
    """One question."""

    text: str
    variables: dict[str, Any]


class _Hardening(Visitor):
    """Puts in ids that exist, variables, aliases, directives."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance = chance
        self.variables: dict[str, Any] = {}
        self.definitions: list[VariableDefinitionNode] = []

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode:
        made = self._fields(node)
        if self.chance.random() < 0.15:
            made = replace(made, alias=NameNode(value=f"a{self.chance.randrange(10**6)}"))
        if self.chance.random() < 0.08:
            made = replace(made, directives=(*(made.directives or ()), self._switch()))
        return made

    def _fields(self, node: FieldNode) -> FieldNode:
        name = node.name.value
        if name in {"node", "person", "unit", "nodes"}:
            return _with(node, [self._identifier(name)])
        if name == "provenance":
            return _with(node, self._named())
        if name in {"persons", "units", "children", "ledger"}:
            return _with(node, self._listed(name))
        return _with(node, list(node.arguments or ()))

    def _identifier(self, field_name: str) -> ArgumentNode:
        name = {"node": "id", "nodes": "ids"}.get(field_name)
        if name is None:
            others = ("id", ID_NUMBER) if field_name == "person" else ("id", UNIT_CODE)
            name = self.chance.choice(others)
        kind = "ID!" if field_name == "node" else _TYPES[name]
        value = self._value(name, field_name)
        if self.chance.random() < 0.4:
            return _argument(name, self._variable(kind, value))
        return _argument(name, _literal(value))

    def _value(self, name: str, field_name: str) -> object:
        chance = self.chance
        if name == "ids":
            return [chance.choice(IDS) for _ in range(chance.randrange(5))]
        if name == ID_NUMBER:
            return chance.choice((*NUMBERS, f" {NUMBERS[0]}", "12", "370702199901011239"))
        if name == UNIT_CODE:
            return chance.choice(("u1", "u2", "u7"))
        if field_name == "node":
            return chance.choice(IDS)
        kind, letter = (PERSON, "p") if field_name == "person" else (UNIT, "n")
        return encode_id(kind, f"{letter}{chance.randrange(5)}")

    def _listed(self, field_name: str) -> list[ArgumentNode]:
        chance = self.chance
        first = chance.choice((0, 1, 2, 3, 200, 201, -1) if chance.random() < 0.3 else (1, 2, 3))
        made = [_argument("first", self._either("Int", first))]
        if chance.random() < 0.05:
            made.append(_argument("after", _literal("forged")))
        if field_name == "persons" and chance.random() < 0.4:
            made.append(_argument("filter", self._either("PersonFilter", chance.choice(PERSONS))))
        if field_name == "ledger" and chance.random() < 0.4:
            made.append(_argument("filter", self._either("LedgerFilter", chance.choice(LEDGERS))))
        if field_name == "units" and chance.random() < 0.4:
            made.append(_argument("filter", self._either("UnitFilter", chance.choice(UNITS))))
        return made

    def _either(self, kind: str, value: object) -> ValueNode:
        """A literal or a variable."""
        return self._variable(kind, value) if self.chance.random() < 0.4 else _literal(value)

    def _named(self) -> list[ArgumentNode]:
        chance = self.chance
        if chance.random() < 0.1:
            return []
        names = chance.sample(NAMED, 4)
        if chance.random() < 0.1:
            names = ["no such indicator"]
        value = None if chance.random() < 0.1 else names
        if chance.random() < 0.4:
            return [_argument("indicators", self._variable("[String!]", value))]
        return [_argument("indicators", _literal(value))]

    def _switch(self) -> DirectiveNode:
        name, value = self.chance.choice(("skip", "include")), self.chance.random() < 0.5
        given: ValueNode = BooleanValueNode(value=value)
        if self.chance.random() < 0.6:
            given = self._variable("Boolean!", value)
        return DirectiveNode(name=NameNode(value=name), arguments=(_argument("if", given),))

    def _variable(self, kind: str, value: object) -> VariableNode:
        name = f"v{len(self.definitions)}"
        node = VariableNode(name=NameNode(value=name))
        default = None
        if self.chance.random() < 0.3:
            default = _literal(value)  # and the variable is left out
        else:
            self.variables[name] = value
        self.definitions.append(
            VariableDefinitionNode(
                variable=node, type=parse_type(kind), default_value=default, directives=()
            )
        )
        return node


def _with(node: FieldNode, arguments: Sequence[ArgumentNode]) -> FieldNode:
    return replace(node, arguments=tuple(arguments), directives=node.directives or ())


def _argument(name: str, value: ValueNode) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)


def _literal(value: object) -> Any:  # noqa: ANN401 - a node of some kind of value
    match value:
        case None:
            return NullValueNode()
        case bool():
            return BooleanValueNode(value=value)
        case int():
            return IntValueNode(value=str(value))
        case dict():
            pairs = ((NameNode(value=name), _literal(each)) for name, each in value.items())
            return ObjectValueNode(fields=tuple(ObjectFieldNode(name=n, value=v) for n, v in pairs))
        case list():
            return ListValueNode(values=tuple(map(_literal, value)))
        case _:
            return StringValueNode(value=str(value), block=False)


def hardened(document: DocumentNode, seed: int) -> Asked:
    """The document with what random ones lack."""
    hardening = _Hardening(Random(seed))
    made = visit(document, hardening)
    (operation,) = made.definitions
    assert isinstance(operation, OperationDefinitionNode)
    asked = replace(
        operation,
        name=NameNode(value="Q"),
        variable_definitions=tuple(hardening.definitions),
        directives=operation.directives or (),
    )
    return Asked(print_ast(replace(made, definitions=(asked,))), hardening.variables)


def documents(schema: GraphQLSchema, sdl: str) -> st.SearchStrategy[Asked]:
    """Valid questions over the whole schema."""
    text, query = st.just("2020-01-01").map(nodes.String), schema.query_type
    assert query is not None
    found = queries(
        sdl,
        fields=tuple(name for name in query.fields if name not in _LEFT_OUT),
        custom_scalars={"Date": text, "DateTime": text, "Decimal": text},
        allow_x00=False,
        codec="ascii",
        print_ast=lambda document: document,
    )
    made = st.builds(hardened, found, st.integers(0, 2**32))
    return made.filter(lambda asked: _is_valid(schema, asked))


def _is_valid(schema: GraphQLSchema, asked: Asked) -> bool:
    """Whether it would run, however broad it is."""
    broad = DocumentLimits(aliases=10_000, directives=10_000, root_fields=10_000)
    document = parse(asked.text)
    return not check_document(document, broad).errors and not validate(schema, document)
