"""What the purpose header may say."""

import pytest

from domain.model.errors import BadInputError
from domain.policy.purposes import Purpose, PurposeKind, read_purpose


@pytest.mark.parametrize(
    ("text", "purpose"),
    [
        ("LOOKUP", Purpose(PurposeKind.LOOKUP)),
        (" STATISTICS ", Purpose(PurposeKind.STATISTICS)),
        ("MAINTENANCE", Purpose(PurposeKind.MAINTENANCE)),
        ("CASE:RB-2026-0001", Purpose(PurposeKind.CASE, "RB-2026-0001")),
        ("SUPERVISION: 潍纪督〔2026〕7号", Purpose(PurposeKind.SUPERVISION, "潍纪督〔2026〕7号")),
    ],
)
def test_a_purpose_is_read_with_its_number(text: str, purpose: Purpose) -> None:
    assert read_purpose(text) == purpose


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lookup",
        "LOOKUP:1",
        "LOOKUP:",
        "CASE",
        "CASE:",
        "CASE: ",
        "CASE:a b",
        "CASE:1,CASE:2",
        "LOOKUP,STATISTICS",
        "CURIOSITY",
        "CASE:" + "9" * 65,
        "CASE:370702199003077395",
        "CASE:370702-19900307-7395",
        "CASE:370702.19900307.739X",
        "CASE:\x00",
        "SUPERVISION:' OR 1=1",
    ],
)
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_purpose(text)

    number = text.partition(":")[2].strip()
    assert not number or number not in str(refused.value)
