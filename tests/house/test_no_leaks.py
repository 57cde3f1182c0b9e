"""No file names a package registry, a folder of one machine, or a place outside of the project."""

import re
from collections.abc import Iterator

from tests.support.project import ROOT, project_files

# In pieces, or this file would be its own first finding.
REGISTRIES = (
    ("pypi", "org"),
    (f"{'python'}hosted", "org"),
    ("npmjs", "org"),
    ("npmjs", "com"),
    ("npmmirror", "com"),
    ("yarnpkg", "com"),
    ("deb.debian", "org"),
    ("crates", "io"),
    ("mirrors.aliyun", "com"),
    ("tuna.tsinghua", "edu"),
)
FOLDERS = ("work", "root", r"home/\w+", r"Users/\w+", "opt/(?:pypi|wheels)")


def _pattern() -> re.Pattern[str]:
    hosts = "|".join(re.escape(".".join(parts)) for parts in REGISTRIES)
    folders = "|".join(FOLDERS)
    # A folder counts where a path starts, not inside of a URL or a longer path.
    starts = r"(?<![\w./~$})*-])"
    beside = r"\.\./" + "shared"
    return re.compile(rf"\b(?:{hosts})\b|{starts}/(?:{folders})/[\w.]|{beside}")


LEAK = _pattern()


def leaks(text: str) -> Iterator[str]:
    """What must not be there, with the number of its line."""
    for number, line in enumerate(text.splitlines(), 1):
        yield from (f"{number}: {found.group()}" for found in LEAK.finditer(line))


def readable(name: str) -> str:
    """The text of a file; nothing where it is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = [f"{name}:{leak}" for name in project_files() for leak in leaks(readable(name))]

    assert found == []


def test_the_guard_sees_a_registry() -> None:
    host = "files." + ".".join(REGISTRIES[1])

    assert list(leaks(f"fine\nfrom https://{host}/x.whl")) == [f"2: {host.removeprefix('files.')}"]


def test_the_guard_sees_folders_of_one_machine() -> None:
    work, home = f"/{FOLDERS[0]}/main", f"/{FOLDERS[2]}/x".replace(r"\w+", "me")
    planted = [f"path = '{work}'", f"cd {home}", "https://example.org/work/it", "a/root/b"]

    assert [len(list(leaks(text))) for text in planted] == [1, 1, 0, 0]
