"""Trusted documents: texts known by id before the server starts; clients never add any."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog
from graphql import GraphQLError

from domain.model.errors import (
    BadInputError,
    Finding,
    ForbiddenError,
    FourfoldError,
    MappingError,
    UnknownDocumentError,
)
from schema.serving.request import GraphRequest, RequestErrors

_SHA256: Final = re.compile(r"sha256:[0-9a-f]{64}")
_BARE: Final = re.compile(r"[0-9a-f]{64}")
_CUSTOM: Final = re.compile(r"(x-[\w-]+:)?[\w.-]{1,100}")
_log = structlog.get_logger("graph")


class Mode(StrEnum):
    """What becomes of documents that are not trusted: run, run and reported, or refused."""

    OPEN = "open"
    REPORT = "report"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Texts by id; `texts` are the same for a client that still sends them whole."""

    mode: Mode = Mode.OPEN
    by_id: Mapping[str, str] = field(default_factory=dict)
    texts: frozenset[str] = frozenset()

    def resolve(self, asked: GraphRequest, *, trusted_only: bool = False) -> GraphRequest:
        """The request with its text; some callers have no others. Raises RequestErrors."""
        if asked.document_id is not None and not asked.query:
            return asked._replace(query=self._text(asked.document_id))
        if asked.document_id is not None and asked.document_id != document_id(asked.query):
            raise refused_with(BadInputError("文档与其标识不符 (the document does not fit its id)"))
        if asked.query not in self.texts and (trusted_only or self.mode is not Mode.OPEN):
            self._untrusted(asked.query, is_refused=trusted_only or self.mode is Mode.LOCKED)
        return asked

    def _text(self, given: str) -> str:
        text = self.by_id.get(given)
        if text is None:
            error = UnknownDocumentError("没有此标识的受信文档 (no document has this id)")
            raise refused_with(error)
        return text

    def _untrusted(self, text: str, *, is_refused: bool) -> None:
        if is_refused:
            raise refused_with(ForbiddenError("仅接受受信文档 (trusted documents only)"))
        _log.warning("untrusted_document", document=document_id(text))


def document_id(text: str) -> str:
    """The id of a text: the digest of its exact UTF-8 form."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def refused_with(error: FourfoldError) -> RequestErrors:
    """A refusal that is told as one well-formed error of the request."""
    return RequestErrors([GraphQLError(str(error), original_error=error)])


def read_manifest(path: Path) -> Mapping[str, str]:
    """The trusted documents of a manifest: a JSON object of ids and texts.

    Ids are `sha256:` and 64 hexadecimal digits, those digits alone, or names without a colon save
    after an `x-` prefix. Raises MappingError with every mistake.
    """
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = "give a JSON object of ids and documents"
        raise MappingError([_finding(path, "the manifest cannot be read", remedy)]) from error
    if not isinstance(given, dict):
        raise MappingError([_finding(path, "the manifest is no object", "give ids and documents")])
    wrong = [finding for key, text in given.items() for finding in _mistakes(path, key, text)]
    if wrong:
        raise MappingError(wrong)
    return {f"sha256:{key}" if _BARE.fullmatch(key) else key: text for key, text in given.items()}


def _mistakes(path: Path, key: str, text: object) -> list[Finding]:
    if not isinstance(text, str) or not text.strip():
        return [_finding(path, f"{key!r} has no document", "give its text")]
    full = f"sha256:{key}" if _BARE.fullmatch(key) else key
    if _SHA256.fullmatch(full):
        if full == document_id(text):
            return []
        return [_finding(path, f"{key!r} is not the digest of its document", document_id(text))]
    if _CUSTOM.fullmatch(full):
        return []
    return [_finding(path, f"{key!r} is no id of a document", "use sha256:... or a plain name")]


def _finding(path: Path, message: str, remedy: str) -> Finding:
    return Finding(str(path), 1, message, remedy)


def trust(mode: Mode, by_id: Mapping[str, str]) -> TrustedDocuments:
    """The trusted documents of a server."""
    return TrustedDocuments(mode, by_id, frozenset(by_id.values()))
