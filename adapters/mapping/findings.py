"""Collects the mistakes of one file, each with its line and remedy."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from adapters.mapping.lines import Path, nearest_line
from domain.model.errors import Finding

_REMEDIES = {
    "missing": "add it",
    "extra_forbidden": "remove it, or correct the spelling; docs/mapping.md lists the words",
    "literal_error": "use a value this version knows",
}


@dataclass(slots=True)
class Findings:
    """Mistakes found so far in `file`; `lines` says where its keys stand."""

    file: str
    lines: dict[Path, int]
    found: list[Finding] = field(default_factory=list)

    def add(self, path: Path, message: str, remedy: str) -> None:
        """One more mistake at the key `path`."""
        self.found.append(Finding(self.file, self.line(path), message, remedy))

    def line(self, path: Path) -> int:
        """The line of a key, else of the nearest table around it."""
        return nearest_line(self.lines, path)

    def add_validation(self, error: ValidationError) -> None:
        """All mistakes pydantic saw in the shape of the file."""
        for entry in error.errors(include_url=False, include_input=False):
            path = tuple(str(part) for part in entry["loc"])
            remedy = _REMEDIES.get(
                entry["type"], "correct the value; docs/mapping.md shows the form"
            )
            self.add(path, f"{'.'.join(path) or 'file'}: {entry['msg']}", remedy)
