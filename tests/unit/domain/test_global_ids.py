"""Public ids: what was given out comes back, and nothing else is taken."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.global_ids import (
    PERSON,
    POOL,
    UNIT,
    GlobalId,
    decode_id,
    encode_id,
    encode_ids,
    encode_ids_in_ascii,
)

LOCAL = st.from_regex(r"[0-9A-Za-z_~/-]{1,60}", fullmatch=True)
KINDS = st.sampled_from([PERSON, UNIT, POOL])


def spelled(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@given(KINDS, LOCAL)
def test_an_id_leads_back_to_what_it_names(kind: str, local: str) -> None:
    assert decode_id(encode_id(kind, local)) == GlobalId(kind, local)


@given(KINDS, st.lists(LOCAL, max_size=3))
def test_many_ids_are_spelled_in_base_64_for_urls(kind: str, every: list[str]) -> None:
    assert encode_ids(kind, every) == [spelled(f"{kind}:{local}") for local in every]


@given(KINDS, st.integers(1, 6), st.data())
def test_ids_of_one_length_are_spelled_as_each_is(
    kind: str, width: int, data: st.DataObject
) -> None:
    local = st.from_regex(rf"[0-9A-Za-z_~/?-]{{{width}}}", fullmatch=True) | st.text(
        min_size=width, max_size=width, alphabet="a~é编"
    )
    every = data.draw(st.lists(local, min_size=2, max_size=4))

    assert encode_ids(kind, every) == [spelled(f"{kind}:{one}") for one in every]
    assert b" ".join(encode_ids_in_ascii(kind, every)).decode().split() == encode_ids(kind, every)


def test_an_id_is_made_of_url_characters() -> None:
    found = encode_id(POOL, "~?>~/" * 20)

    assert found.replace("-", "").replace("_", "").isalnum()
    assert found.isascii()


@given(st.text())
def test_any_other_text_is_refused_or_says_what_it_says(text: str) -> None:
    found = decode_id(text)

    assert found is None or encode_id(*found) == text


@given(KINDS, st.text())
def test_a_local_id_of_other_characters_is_refused(kind: str, local: str) -> None:
    found = decode_id(spelled(f"{kind}:{local}".encode(errors="replace").decode()))

    assert found is None or found == GlobalId(kind, local)


@given(st.binary(max_size=40))
def test_any_bytes_in_base_64_are_refused_or_canonical(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    found = decode_id(text)

    assert found is None or encode_id(*found) == text


@pytest.mark.parametrize("padding", ["=", "==", "\n", " "])
def test_only_the_spelling_that_was_given_out_is_taken(padding: str) -> None:
    text = encode_id(PERSON, "p1")

    assert decode_id(text) is not None
    assert decode_id(text + padding) is None
    assert decode_id(padding + text) is None


def test_a_second_spelling_of_the_last_character_is_refused() -> None:
    text = encode_id(PERSON, "p-1")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    taken = [text[:-1] + last for last in alphabet if decode_id(text[:-1] + last)]

    assert text in taken
    assert all(encode_id(*(decode_id(each) or ("", ""))) == each for each in taken)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p1",
        spelled("Person"),
        spelled("Person:"),
        spelled(":p1"),
        spelled("Clerk:p1"),
        spelled("person:p1"),
        spelled("Person:p 1"),
        spelled("Person:张"),
        spelled("Person:" + "p" * 601),
        "å" * 8,
        "\x00",
    ],
)
def test_what_this_platform_never_gave_out_is_refused(text: str) -> None:
    assert decode_id(text) is None
