"""Seals and blind indexes: what comes back, and what never does."""

import base64
import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from store.sealing import Seals

SEALS = Seals(b"i" * 32, b"d" * 32)
OTHERS = Seals(b"j" * 32, b"e" * 32)


@given(st.text())
def test_what_is_sealed_comes_back_for_the_same_context(text: str) -> None:
    assert SEALS.unseal(SEALS.seal(text, "a"), "a") == text


@given(st.text())
def test_what_was_not_sealed_here_is_no_text_and_no_error(token: str) -> None:
    assert SEALS.unseal(token, "a") is None


@given(st.text(min_size=1), st.data())
def test_one_changed_character_makes_a_seal_worthless(text: str, data: st.DataObject) -> None:
    token = SEALS.seal(text, "a")
    place = data.draw(st.integers(0, len(token) - 1))
    wrong = data.draw(st.sampled_from("ABCDEFGHabcdefgh0123-_").filter(lambda c: c != token[place]))

    assert SEALS.unseal(token[:place] + wrong + token[place + 1 :], "a") is None


def test_a_seal_is_the_same_each_time_and_fits_into_a_url() -> None:
    token = SEALS.seal("370702198503151232", "a")

    assert token == SEALS.seal("370702198503151232", "a")
    assert not set(token) & set("+/=")
    assert b"3707" not in base64.urlsafe_b64decode(token + "==")


def test_seals_of_another_context_or_another_secret_are_worthless() -> None:
    token = SEALS.seal("x", "a")

    assert SEALS.unseal(token, "b") is None
    assert OTHERS.unseal(token, "a") is None


def test_a_blind_index_depends_on_text_context_and_secret() -> None:
    found = {
        SEALS.blind_index("1"),
        SEALS.blind_index("2"),
        SEALS.blind_index("1", "other"),
        OTHERS.blind_index("1"),
    }

    assert len(found) == 4
    assert SEALS.blind_index("1") == SEALS.blind_index("1")


@given(st.text(), st.text())
def test_a_blind_index_is_an_hmac_under_a_derived_key(text: str, context: str) -> None:
    derived = HKDF(SHA256(), 32, salt=None, info=b"fourfold blind index").derive(b"i" * 32)
    message = f"{context}\x00{text}".encode(errors="surrogatepass")

    assert SEALS.blind_index(text, context) == hmac.digest(derived, message, hashlib.sha256).hex()


def test_half_a_character_is_sealed_and_hashed_like_any_other() -> None:
    assert SEALS.unseal(SEALS.seal("\ud800", "a"), "a") == "\ud800"
    assert len(SEALS.blind_index("\ud800")) == 64


def test_short_secrets_are_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Seals(b"short", b"d" * 32)
