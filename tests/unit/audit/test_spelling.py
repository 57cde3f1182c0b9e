"""The text of an entry has one spelling: that of json with sorted keys, no spaces and ASCII."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from domain.audit.entry import canonical

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
