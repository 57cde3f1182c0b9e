"""Keyed hashes are those of the standard library, whatever the key is."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from domain.model.hmacs import hmac_states


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_copied_states_give_the_hash_of_the_standard(key: bytes, text: bytes) -> None:
    inner, outer = (state.copy() for state in hmac_states(key))
    inner.update(text)
    outer.update(inner.digest())

    assert outer.digest() == hmac.digest(key, text, "sha256")
