"""Coded values and divisions as the graph shows them."""

from functools import lru_cache

import strawberry
from strawberry.federation.schema_directives import Shareable

from domain.catalogue.codes import code_set
from domain.catalogue.hierarchy import division_level
from domain.model.records import UnknownCode
from schema.fields import described, plain


@strawberry.type(description=described("代码值", "A value of a code set"), directives=[Shareable()])
class Code:
    """A coded value; `known` is false for a value outside the code set."""

    code: str = plain("代码", "the code")
    name: str | None = plain("中文名称", "its name in Chinese")
    name_en: str | None = plain("英文名称", "its name in English")
    known: bool = plain("是否属于代码集", "false for a value outside the code set")


@strawberry.type(
    description=described("行政区划", "An administrative division"), directives=[Shareable()]
)
class Division:
    """A division; an unknown code is its own name."""

    code: str = plain("区划代码", "the division code")

    @strawberry.field(
        description=described(
            "区划名称，未知代码即为代码本身", "its name; an unknown code is its own name"
        )
    )
    def name(self) -> str:
        """The Chinese name."""
        entry = code_set("division").get(self.code)
        return entry.name_zh if entry else self.code

    @strawberry.field(
        description=described(
            "层级：1 省 2 市 3 县 4 乡镇", "1 province, 2 city, 3 county, 4 township"
        )
    )
    def level(self) -> int:
        """By length and trailing zeros."""
        return division_level(self.code)

    @strawberry.field(description=described("上级区划", "the division above"))
    def parent(self) -> "Division | None":
        """None at the top and for an unknown code."""
        entry = code_set("division").get(self.code)
        return Division(code=entry.parent) if entry and entry.parent else None


def make_code(set_name: str, code: str) -> Code:
    """The code with its names; what a department's map does not know stays unknown."""
    if isinstance(code, UnknownCode):
        return Code(code=str(code), name=None, name_en=None, known=False)
    return _known_code(set_name, code)


@lru_cache(maxsize=4096)
def _known_code(set_name: str, code: str) -> Code:
    entry = code_set(set_name).get(code)
    if entry is None:
        return Code(code=code, name=None, name_en=None, known=False)
    return Code(code=code, name=entry.name_zh, name_en=entry.name_en, known=True)
