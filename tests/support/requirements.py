"""What a test may lack on a machine: one way to skip, counted by kind, refused in CI."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from typing import NoReturn

import pytest

DATABASES = ("postgresql", "mariadb")
NEEDED_IN_CI = (*DATABASES, "node")
_REASON = re.compile(r"needs (?P<kind>[\w-]+): ")


def missing(kind: str, why: str) -> NoReturn:
    """Skip the test that needs `kind`; with `CI=true` only a browser may be missing."""
    reason = f"needs {kind}: {why}"
    if kind in NEEDED_IN_CI and os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; with CI=true it must be there", pytrace=False)
    pytest.skip(reason)


def skips_by_kind(reasons: Iterable[str]) -> dict[str, int]:
    """How many tests each missing thing cost, most first; other reasons count as "other"."""
    kinds = (_REASON.search(reason) for reason in reasons)
    counted = Counter(found["kind"] if found else "other" for found in kinds)
    return dict(counted.most_common())
