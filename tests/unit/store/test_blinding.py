"""A keyed hash is the same whichever way it is made: alone, of many, or one after the other."""

from hypothesis import given
from hypothesis import strategies as st

from store.audit.keys import SUBJECT_LENGTH, AuditKeys
from store.audit.subjects import Kind
from store.sealing import Seals

SECRET = bytes(range(32))
SEALS = Seals(SECRET, SECRET)
KEYS = AuditKeys(SECRET)


@given(st.lists(st.text()))
def test_one_after_the_other_is_as_many_at_once(texts: list[str]) -> None:
    blind = SEALS.blinding("audit-person", 64)

    assert [blind(text) for text in texts] == SEALS.blind_indexes(texts, "audit-person")
    assert [blind(text) for text in texts] == [SEALS.blind_index(t, "audit-person") for t in texts]


@given(st.lists(st.text(), unique=True))
def test_subjects_of_few_and_of_many_are_known_by_the_same_hashes(texts: list[str]) -> None:
    one_by_one = [KEYS.subject(Kind.PERSON, text) for text in texts]

    assert KEYS.subjects(Kind.PERSON, texts) == one_by_one
    assert KEYS.known(Kind.PERSON, tuple(texts)) == one_by_one
    assert [KEYS.every_subject(Kind.PERSON, text)[0] for text in texts] == one_by_one
    assert all(len(each) == SUBJECT_LENGTH for each in one_by_one)


def test_kinds_do_not_share_hashes() -> None:
    assert len({KEYS.subject(kind, "same") for kind in Kind}) == len(Kind)
