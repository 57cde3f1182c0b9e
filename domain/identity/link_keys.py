"""Link keys: what several systems know the same person by where there is no ID number. Pure."""

import unicodedata
from typing import Final

from domain.identity.matching import SURE, Evidence, Judgement, MatchLevel

MOST_RECORDS: Final = 50
"""A value in more records than that is a word for "none", not somebody's key."""

_SAME_NAME: Final = frozenset({Evidence.NAME, Evidence.NAME_NORMALIZED})


def normalise_link_key(text: str) -> str:
    """A link key without blanks, in half width, upper and lower case alike."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in wide if not c.isspace() and unicodedata.category(c) != "Cf")


def by_link_key(judged: Judgement) -> Judgement:
    """What a judgement on an equal ID number is worth where only a link key is equal.

    A link key proves less: it links where the names are equal, and is never CERTAIN; names that
    are merely alike make a candidate.
    """
    rest = tuple(each for each in judged.evidence if each is not Evidence.ID_NUMBER)
    level = judged.level
    if level in SURE:
        is_same = not rest or not _SAME_NAME.isdisjoint(rest)
        level = MatchLevel.HIGH if is_same else MatchLevel.MEDIUM
    return Judgement(level, (Evidence.LINK_KEY, *rest))


def told_evidence(judged: Judgement, name: str | None) -> tuple[str, ...]:
    """The codes of the evidence; an equal link key says which key it is, never its value."""
    return tuple(
        f"{each}:{name}" if each is Evidence.LINK_KEY else each for each in judged.evidence
    )
