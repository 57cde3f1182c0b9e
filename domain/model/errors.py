"""The one tree of errors.

FourfoldError
├── BadInputError            BAD_USER_INPUT: the caller must change the question
├── TooComplexError          TOO_COMPLEX: the question is too large; ask for less
├── UnauthenticatedError     UNAUTHENTICATED: no valid token; sign in
├── ForbiddenError           FORBIDDEN: signed in, and still not allowed
├── RateLimitedError         RATE_LIMITED: a budget is used up; come back later
├── UnknownDocumentError     PERSISTED_QUERY_NOT_FOUND: no trusted document has this id
├── SourceError              a departmental source gave no answer; carries which one
│   ├── SourceUnavailableError   SOURCE_UNAVAILABLE: no connection, too many waiters, cut off
│   ├── SourceTimeoutError       SOURCE_TIMEOUT: the deadline passed
│   └── SourceInvalidError       SOURCE_INVALID: the schema does not fit its mapping
├── AuditUnavailableError    AUDIT_UNAVAILABLE: no entry can be written, so nothing personal is told
├── MappingError             mistakes in a mapping or city file, all of them, with line and remedy
└── PlatformError            INTERNAL: the platform's own database does not answer
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from domain.model.departments import Department
from domain.model.keys import SourceName


class FourfoldError(Exception):
    """Anything this house raises on purpose; `code` is stable and shown to clients."""

    code: ClassVar[str] = "INTERNAL"


class BadInputError(FourfoldError):
    """A question that cannot be answered as asked; the message says what to change."""

    code = "BAD_USER_INPUT"


class TooComplexError(FourfoldError):
    """A question that would cost too much; the message names the limit."""

    code = "TOO_COMPLEX"


class UnauthenticatedError(FourfoldError):
    """A caller without a valid token; `error` and `reason` go into the challenge."""

    code = "UNAUTHENTICATED"

    def __init__(self, reason: str, error: str = "invalid_token") -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


class ForbiddenError(FourfoldError):
    """A caller who is known and may not do this."""

    code = "FORBIDDEN"


class RateLimitedError(FourfoldError):
    """A budget is used up; `retry_after` seconds from now there is some again."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnknownDocumentError(FourfoldError):
    """An id that the manifest of trusted documents does not have."""

    code = "PERSISTED_QUERY_NOT_FOUND"


class PlatformError(FourfoldError):
    """The platform's own database did not answer."""


class AuditUnavailableError(FourfoldError):
    """An entry of the audit log that could not be written: what it was about stays untold."""

    code = "AUDIT_UNAVAILABLE"


class SourceError(FourfoldError):
    """A source that gave no answer; never carries driver text, host or SQL."""

    code = "SOURCE_UNAVAILABLE"

    def __init__(self, source: SourceName, department: Department, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.department = department
        self.reason = reason


class SourceUnavailableError(SourceError):
    """No connection, too many waiters, or the connection was cut."""


class SourceTimeoutError(SourceError):
    """The source did not answer within its deadline."""

    code = "SOURCE_TIMEOUT"


class SourceInvalidError(SourceError):
    """The live schema does not fit the mapping."""

    code = "SOURCE_INVALID"


_TABLE: Final = re.compile(r"\btable (?:'[^']*'|[^\s,]+)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake in a file: where it is, what is wrong, and what to do."""

    file: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} -> {self.remedy}"

    @property
    def place(self) -> str:
        """The file and the line."""
        return f"{self.file}:{self.line}"

    @property
    def served(self) -> str:
        """The finding as a running server tells it: the line says which table it is."""
        return f"{self.place}: {_TABLE.sub('the table', self.message)} -> {self.remedy}"


class MappingError(FourfoldError):
    """All mistakes found in one mapping or city file."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)
