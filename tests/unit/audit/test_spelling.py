"""The text of an entry has one spelling: that of json with sorted keys, no spaces and ASCII."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.audit.entry import Action, Actor, Entry, Question, canonical, payload_text
from tests.support.auditing import an_entry

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(0, 10**9).map(lambda tenths: tenths / 10)
    | st.text(st.characters())
    | st.text(st.characters(max_codepoint=0x7F)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
@example({"b": '\x7f\x00\n"\\/', "a": "乙", "10": [], "9": {}})
@example("half of a character: \ud800")
@example(2**70)
def test_every_value_is_spelled_in_one_way(value: object) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, separators=(",", ":"))


def spelled_whole(text: str) -> str:
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


STRANGE = ["乙", "\x7f", '"\\\n', "half: \ud800"]


@pytest.mark.parametrize("strange", ["", "plain", *STRANGE])
def test_an_entry_is_spelled_in_the_same_way_whatever_its_parts_hold(strange: str) -> None:
    entry = an_entry("p1", actor=Actor("s", name=strange, roles=("HR_REVIEWER",)))
    asked = Question(Action.QUERY, "Lookup", "sha256:0", "CASE", strange, "digest")
    every: list[Entry] = [
        entry._replace(question=asked),
        entry._replace(trace=strange),
        entry._replace(touched=entry.touched._replace(rows={strange: 1})),
    ]

    for one in every:
        text = payload_text(one, {"person": ["h"]}, "salt")
        assert text == spelled_whole(text)
        assert text.isascii()
        told = json.loads(text)
        assert told["actor"] == {
            **one.actor._asdict(),
            **{k: list(v) for k, v in one.actor._asdict().items() if isinstance(v, tuple)},
        }
        assert (told["case"], told["trace"]) == (one.question.case, one.trace)
