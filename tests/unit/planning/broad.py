"""Documents that select everything there is of persons and units, written from the schema."""

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from domain.model.global_ids import PERSON, UNIT, encode_id
from resolvers.planning.planner import Question

_LEFT_OUT = {"records", "provenance", "children", "persons", "parent", "pools", "unit"}
_IDS = [encode_id(PERSON, f"p{i}") for i in range(4)] + [encode_id(UNIT, f"n{i}") for i in range(4)]


def everything(schema: GraphQLSchema, type_name: str, depth: int = 3) -> str:
    """All fields of a type without arguments, down to a depth."""
    kind = schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if is_leaf_type(below):
            parts.append(name)
        elif depth and not (name in _LEFT_OUT and type_name in {PERSON, UNIT}):
            parts.append(f"{name} {{ {everything(schema, below.name, depth - 1)} }}")
    return " ".join(parts) or "__typename"


def singles(schema: GraphQLSchema, type_name: str) -> str:
    """The single values of every category that has some: each is read out of a source's own row."""
    kind = schema.type_map[type_name]
    assert isinstance(kind, GraphQLObjectType)
    parts = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if name in _LEFT_OUT or _is_list(field) or not isinstance(below, GraphQLObjectType):
            continue
        if all(_is_single(each) for each in below.fields.values()):
            parts.append(f"{name} {{ {everything(schema, below.name)} }}")
    return " ".join(parts)


def _is_list(field: GraphQLField) -> bool:
    return is_list_type(get_nullable_type(field.type))


def _is_single(field: GraphQLField) -> bool:
    named = get_named_type(field.type)
    return not field.args and (not _is_list(field) or is_leaf_type(named))


def broad_questions(schema: GraphQLSchema) -> list[Question]:
    """Everything of persons, of units and pools; single values alone, of lists too; oddities.

    Single values are read straight, without stitching, while every row answers.
    """
    person, unit = everything(schema, PERSON), everything(schema, UNIT)
    ids = "query($ids: [ID!]!) { nodes(ids: $ids) "
    nested = "unit { id name parent { id name pools { occupied freeze unit { name } } } }"
    texts = (
        f"{ids} {{ __typename ... on Person {{ {person} {nested} }} }} }}",
        f"{ids} {{ ... on Unit {{ {unit} pools {{ approved payrollHeadcount usable }} }} }} }}",
        f"""{ids} {{ ... on Person {{ name basics {{ {everything(schema, "PersonBasics")} }}
            wageStandard {{ {everything(schema, "WageStandard")} }}
            unit {{ name division {{ code }} }}
            rank {{ {everything(schema, "Rank")} }} }} }} }}""",
        f"""{ids} {{ ... on Person {{ z: name a: idNumber
            y: basics {{ b: gender {{ n: name c: code }} a: gender {{ code }} birthDate }}
            records {{ source state values {{ row value raw indicator code {{ name }} }} }}
            provenance(indicators: ["personName", "school"]) {{
                value state used readAt }} }} }} }}""",
    )
    rows = (
        f"{ids} {{ id ... on Person {{ {singles(schema, PERSON)} }} }} }}",
        f"{ids} {{ id ... on Unit {{ {singles(schema, UNIT)} }} }} }}",
        f"{{ persons(first: 4) {{ nodes {{ id {singles(schema, PERSON)} }} }} }}",
    )
    together = [Question(text, None, {"ids": _IDS}) for text in (*texts, *rows)]
    alone = f"""query($id: ID!) {{ node(id: $id) {{ id
        ... on Person {{ {singles(schema, PERSON)} unit {{ id {singles(schema, UNIT)} }} }}
        ... on Unit {{ {singles(schema, UNIT)} }} }} }}"""
    return together + [Question(alone, None, {"id": each}) for each in _IDS]
