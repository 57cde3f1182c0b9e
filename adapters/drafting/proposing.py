"""Which indicator a column may hold: by its name, its pinyin, its initials, its comment. Pure."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from adapters.drafting.live import LiveColumn
from adapters.sql.kinds import Family, family
from domain.catalogue.indicators import Indicator, ValueType, catalogue
from domain.model.departments import Department
from domain.model.keys import IndicatorName

SURE: Final = 70
_DOUBTFUL: Final = 45
_NOT_A_WORD: Final = re.compile(r"[^0-9a-z\u4e00-\u9fff]")
_HEAD: Final = re.compile(r"[\u4e00-\u9fff]+")
_TAILS: Final = ("代码", "名称", "标识")
_EXACT_NAME: Final = 100
_EXACT_COMMENT: Final = 95
_SYNONYM: Final = 90
_PINYIN: Final = 85
_BEGINS_COMMENT: Final = 80
_INITIALS: Final = 60
_IN_COMMENT: Final = 50
_BOTH: Final = 20
"""More for a name and a comment that agree."""
_SHORTEST_IN_COMMENT: Final = 3
_NEVER: Final[Mapping[ValueType, frozenset[Family]]] = {
    ValueType.DATE: frozenset({Family.BOOLEAN, Family.TIME, Family.BYTES}),
    ValueType.BOOLEAN: frozenset({Family.DAY, Family.INSTANT, Family.TIME, Family.BYTES}),
    ValueType.INT: frozenset({Family.DAY, Family.INSTANT, Family.BOOLEAN, Family.BYTES}),
    ValueType.DECIMAL: frozenset({Family.DAY, Family.INSTANT, Family.BOOLEAN, Family.BYTES}),
    ValueType.CODE: frozenset({Family.DAY, Family.INSTANT, Family.BYTES}),
    ValueType.STRING: frozenset({Family.BYTES}),
}


class Candidate(NamedTuple):
    """One indicator a column may hold, and how sure that is."""

    indicator: Indicator
    score: int


@dataclass(frozen=True, slots=True)
class _Words:
    """What names an indicator: from texts of one kind to indicators."""

    names: Mapping[str, frozenset[IndicatorName]]
    chinese: Mapping[str, frozenset[IndicatorName]]
    pinyin: Mapping[str, frozenset[IndicatorName]]
    initials: Mapping[str, frozenset[IndicatorName]]


def candidates(column: LiveColumn, department: Department | None) -> list[Candidate]:
    """The indicators that a column may hold, the likeliest first."""
    words = _words()
    by_name = _by_name(plain(column.name), words)
    by_comment = _by_comment(column.comment, words)
    found: list[Candidate] = []
    for name in by_name.keys() | by_comment.keys():
        indicator = catalogue().indicators[name]
        is_held = department is None or department in indicator.holders
        if not is_held or family(column.kind) in _never(indicator):
            continue
        scores = by_name.get(name, 0), by_comment.get(name, 0)
        score = max(scores) + (_BOTH if all(scores) else 0)
        if score >= _DOUBTFUL:
            found.append(Candidate(indicator, score))
    return sorted(found, key=lambda each: (-each.score, each.indicator.code))


def is_sure(found: list[Candidate]) -> bool:
    """Whether the first candidate stands out; an abbreviation that means one thing alone does."""
    if not found:
        return False
    runner_up = found[1].score if len(found) > 1 else 0
    return found[0].score >= (SURE if runner_up else _INITIALS) and found[0].score > runner_up


def plain(text: str) -> str:
    """A name without case, blanks and signs."""
    return _NOT_A_WORD.sub("", text.lower())


def _never(indicator: Indicator) -> frozenset[Family]:
    if indicator.is_month:
        return _NEVER[ValueType.DATE]
    return _NEVER[indicator.type]


def _by_name(name: str, words: _Words) -> dict[IndicatorName, int]:
    found: dict[IndicatorName, int] = {}
    for score, index in (
        (_INITIALS, words.initials),
        (_PINYIN, words.pinyin),
        (_SYNONYM, words.chinese),
        (_SYNONYM, words.names),
    ):
        found |= dict.fromkeys(index.get(name, ()), score)
    exact = {plain(each): each for each in catalogue().indicators}
    if name in exact:
        found[exact[name]] = _EXACT_NAME
    if (standard := catalogue().by_code.get(name.upper())) is not None:
        found[standard.name] = _EXACT_NAME
    return found


def _by_comment(comment: str, words: _Words) -> dict[IndicatorName, int]:
    text = plain(comment)
    head = _HEAD.match(comment.strip())
    found: dict[IndicatorName, int] = {}
    for word, names in words.chinese.items():
        if len(word) >= _SHORTEST_IN_COMMENT and word in text:
            found |= dict.fromkeys(names, _IN_COMMENT)
    if head:
        begins = _chinese(head[0], words)
        found |= dict.fromkeys(begins, _EXACT_COMMENT if head[0] == text else _BEGINS_COMMENT)
    return found


def _chinese(head: str, words: _Words) -> frozenset[IndicatorName]:
    """What a Chinese word names, also with the usual tails of column comments."""
    found = words.chinese.get(head, frozenset())
    for tail in _TAILS:
        found = found or words.chinese.get(head.removesuffix(tail), frozenset())
    return found


@cache
def _words() -> _Words:
    text = resources.files(__package__).joinpath("words.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    chinese = [row for row in rows if row["pinyin"]]
    return _Words(
        names=_index((plain(r["word"]), r["name_en"]) for r in rows if not r["pinyin"]),
        chinese=_index((r["word"], r["name_en"]) for r in chinese),
        pinyin=_index((r["pinyin"].replace(" ", ""), r["name_en"]) for r in chinese),
        initials=_index((_initials(r["pinyin"]), r["name_en"]) for r in chinese),
    )


def _initials(pinyin: str) -> str:
    return "".join(syllable[0] for syllable in pinyin.split())


def _index(pairs: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[IndicatorName]]:
    found: dict[str, set[IndicatorName]] = {}
    for text, name in pairs:
        found.setdefault(text, set()).add(IndicatorName(name))
    return {text: frozenset(names) for text, names in found.items()}
