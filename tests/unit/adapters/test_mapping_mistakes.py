"""Mistakes in a mapping file: all at once, with line and remedy; only its own source is out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapters.broken import BrokenSource
from adapters.mapping.reader import MAX_BYTES, read_mapping
from adapters.opening import open_source
from adapters.options import SourceOptions
from adapters.port import ReadOrder, SearchOrder, StreamOrder
from adapters.source import SqlSource
from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.errors import Finding, MappingError, SourceInvalidError
from domain.model.keys import EntityKind, SourceName
from domain.model.tally import Tally
from tests.support.project import ROOT

GOOD = """format = 1
[codes."编制"]
"行政" = "1"
[person]
table = "ry"
key = "k"
[person.join.zw]
table = "zw"
on = { k = "k" }
[person.indicators]
personName = "xm"
[person.rows.EDU]
table = "xl"
on = { k = "k" }
[person.rows.EDU.indicators]
school = "xx"
[person.rows.PAY]
table = "gz"
on = { k = "k" }
period = "ny"
[person.rows.PAY.indicators]
grossPay = "yf"
"""
# what is put after which line of GOOD, what is said, and where
CASES = [
    ("[person.indicators]", 'namePerson = "x"', "there is no indicator 'namePerson'", 11),
    ("[person.indicators]", 'unitName = "x"', "'unitName' is not an indicator of a person", 11),
    ("[person.indicators]", 'school = "x"', "'school' has many values", 11),
    ("[person.indicators]", 'A0101 = "x"', "'personName' is mapped twice", 12),
    ("[person.indicators]", 'gender = "zz.xb"', "'zz.xb': there is no join 'zz'", 11),
    ("[person.indicators]", "gender = { }", "0 of column, sql, const, concat are given", 11),
    ("[person.indicators]", 'gender = { column = "a", const = 1 }', "2 of column, sql, const", 11),
    ("[person.indicators]", 'gender = { column = "a", kodes = "b" }', "Extra inputs", 11),
    ("[person.indicators]", 'gender = { column = "a", codes = "b" }', "no table [codes.b]", 11),
    (
        "[person.indicators]",
        'gender = { column = "a", codes = { "男" = "9", "女" = "2", "x" = "8" } }',
        "8 not in the code set gender",
        11,
    ),
    ("[person.indicators]", 'birthDate = { column = "a", date = "yyyymmdd" }', "no date pat", 11),
    ("[person.indicators]", 'birthDate = { column = "a", date = "%Q" }', "no date pattern", 11),
    (
        "[person.indicators]",
        'birthDate = { column = "a", split = ";" }',
        "'split' means nothing",
        11,
    ),
    ("[person.indicators]", 'gender = { column = "a", true = ["J"] }', "'true' means nothing", 11),
    ("[person.indicators]", 'email = { column = "a", codes = { a = "1" } }', "'codes' means", 11),
    ("[person.indicators]", 'email = { sql = "(SELECT 1)" }', "only a simple expression", 11),
    ("[person.indicators]", 'email = { sql = "a; b" }', "no semicolon", 11),
    ("[person.indicators]", 'email = { sql = "a;" }', "no semicolon", 11),
    ("[person.indicators]", 'email = { sql = "a -- b" }', "no comment", 11),
    ("[person.indicators]", 'email = { sql = "DROP TABLE ry" }', "not one expression", 11),
    ("[person.indicators]", 'email = { sql = "a || " }', "not one expression", 11),
    ("[person.indicators]", 'email = { sql = "ry.a" }', "without a table name", 11),
    ("[person.indicators]", 'email = { sql = "max(a)" }', "only a simple expression", 11),
    ("[person.indicators]", "email = 1", "Input should be", 11),
    ('key = "k"', 'wher = "x"', "person.wher: Extra inputs", 7),
    ('key = "k"', 'where = "a = (SELECT 1)"', "person.where: only a simple", 7),
    ('table = "zw"', 'parent = "yy"', "there is no parent 'yy'", 9),
    ('table = "zw"', 'parent = "zw"', "join 'zw' is its own parent", 7),
    ("[person.rows.EDU.indicators]", 'grossPay = "x"', "no repeated indicator of EDU", 16),
    ("[person.rows.EDU.indicators]", 'personName = "x"', "no repeated indicator of EDU", 16),
    ('table = "xl"', 'period = "x"', "EDU has no 'period'", 14),
    ('table = "xl"', "limit = 0", "greater than or equal to 1", 14),
    ('period = "ny"', 'effectiveOn = "x"', "PAY has no 'effectiveOn'", 21),
    ("[person.rows.PAY.indicators]", "[person.rows.XYZ]", "there is no category 'XYZ'", 22),
    ("[person.rows.PAY.indicators]", "[person.rows.REL]", "no category 'REL' of a person", 22),
    ("[person.indicators]", 'gender = { const = "zz" }', "constant 'zz' is no value", 11),
    ("[person.indicators]", 'birthDate = { const = "20190230" }', "constant '20190230' is no", 11),
    ("[person.indicators]", "serviceGapMonths = { const = 1.5 }", "constant 1.5 is no value", 11),
    ('table = "xl"', 'order = ["--nd"]', "'--nd' is no column to order by", 14),
    ('table = "xl"', 'order = ["-"]', "'-' is no column to order by", 14),
    ('table = "xl"', 'order = [""]', "'' is no column to order by", 14),
    ('table = "xl"', 'order = ["nd", "-nd"]', "'nd' is named twice", 14),
    ('table = "xl"', 'limit = "5"', "valid integer", 14),
    ('key = "k"', 'personal_key = "yes"', "valid boolean", 7),
    ("format = 1", 'titel = "x"', "titel: Extra inputs", 2),
]
POOL = """[pool]
table = "bz"
[pool.columns]
unit = "dw"
type = "lx"
approved = "hd"
"""
TAIL = [
    (POOL.replace('unit = "dw"\n', ""), "pool: 'unit' is missing"),
    (
        POOL.replace('"lx"', '{ column = "lx", empty = ["x"] }'),
        "pool.columns.type: 'empty' means nothing here",
    ),
    (
        '[unit]\ntable = "dw"\nkey = "k"\nlink_key = { column = "c", name = "n" }\n',
        "link_key means nothing for units",
    ),
    (POOL + 'einheit = "x"\n', "pool has no column 'einheit'"),
    (POOL.replace('"dw"', "{ const = 1 }"), "pool.columns.unit: a key cannot be constant"),
    (POOL.replace('"lx"', '{ column = "lx", codes = { a = "xx" } }'), "xx not in the code set"),
    (
        POOL.replace('"hd"', '{ const = "五" }'),
        "pool.columns.approved: the constant '五' is no value",
    ),
    (POOL.replace('"lx"', '{ const = "zz" }'), "pool.columns.type: the constant 'zz' is no value"),
    (
        POOL.replace("pool", "plan") + 'valid_until = { column = "d", date = "%d.%m.%Y" }\n',
        "cannot be compared in the database",
    ),
]


def _findings(text: str, folder: Path) -> tuple[Finding, ...]:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MappingError) as caught:
        read_mapping(path, "sqlite")
    assert all(finding.file == str(path) and finding.remedy for finding in caught.value.findings)
    return caught.value.findings


def _with(after: str, line: str) -> str:
    extra = '\ntable = "t"\non = { k = "k" }\n[ignored]' if line.startswith("[") else ""
    extra = extra.replace("[ignored]", f"{line[:-1]}.indicators]")
    return GOOD.replace(f"{after}\n", f"{after}\n{line}{extra}\n", 1)


def test_the_good_mapping_is_good(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(GOOD + POOL, encoding="utf-8")

    mapping = read_mapping(path, "sqlite")

    assert set(mapping.entities) == {EntityKind.PERSON}
    assert set(mapping.operational) == {"pool"}


def test_the_example_of_the_manual_is_good(tmp_path: Path) -> None:
    manual = (ROOT / "docs/mapping.md").read_text(encoding="utf-8")
    path = tmp_path / "mapping.toml"
    path.write_text(manual.split("```toml\n")[1].split("```")[0], encoding="utf-8")

    assert read_mapping(path, "postgresql").entities.keys() == set(EntityKind)


@pytest.mark.parametrize(("after", "line", "message", "number"), CASES)
def test_a_mistake_is_named_with_its_line(
    after: str, line: str, message: str, number: int, tmp_path: Path
) -> None:
    findings = _findings(_with(after, line), tmp_path)

    assert [f.line for f in findings if message in f.message] == [number], findings


@pytest.mark.parametrize(("tail", "message"), TAIL)
def test_a_mistake_in_an_operational_entity(tail: str, message: str, tmp_path: Path) -> None:
    (finding,) = _findings(GOOD + tail, tmp_path)

    assert message in finding.message
    assert finding.line > len(GOOD.splitlines())


def test_constants_as_rows_hold_them_are_good(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    good = """gender = { const = "男", codes = { "男" = "1" } }
birthDate = { const = "2000-01-01" }
serviceGapMonths = { const = 0 }
occupiesEstablishment = { const = true }
email = { const = 7 }"""
    path.write_text(_with("[person.indicators]", good), encoding="utf-8")

    assert read_mapping(path, "sqlite").entities


def test_a_constant_month_that_is_none(tmp_path: Path) -> None:
    text = GOOD.replace('period = "ny"', 'period = { const = "2024-13" }')

    (finding,) = _findings(text, tmp_path)

    assert "the constant '2024-13' is no value" in finding.message


def test_a_key_column_named_twice(tmp_path: Path) -> None:
    findings = _findings(GOOD.replace('key = "k"', 'key = ["k", "k"]', 1), tmp_path)

    assert [f.message for f in findings] == ["person.key: 'k' is named twice"]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("a = 1\na = 2", "only once"),
        ("[a]\n[a]", "only once"),
        ("a = [1", "bracket"),
        ("[a", "bracket"),
        ('a = "x', "close the quotes"),
        ('a = "x\ny"', "close the quotes"),
        ("a = 'x", "close the quotes"),
        ('a = "C:\\d"', "backslash"),
        ("a = x", "text in quotes"),
        ('编制 = "1"', "key in quotes"),
        ("a 1", "KEY = VALUE"),
        ("\ufeffformat = 1", "without BOM"),
    ],
)
def test_the_remedy_of_bad_toml_fits(text: str, remedy: str, tmp_path: Path) -> None:
    (finding,) = _findings(text, tmp_path)

    assert remedy in finding.remedy


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    (finding,) = _findings(_with("[person.indicators]", 'personNam = "x"'), tmp_path)

    assert finding.remedy == f"did you mean {h.PERSON_NAME!r}?"


def test_joins_in_a_circle(tmp_path: Path) -> None:
    more = '[person.join.a]\non = { k = "k" }\nparent = "b"\n'
    findings = _findings(GOOD + more + more.replace("a]", "b]").replace('"b"', '"a"'), tmp_path)

    assert [f.message for f in findings] == [f"join {name!r} is its own parent" for name in "ab"]


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = _with("[person.indicators]", 'namePerson = "x"')
    text = text.replace('table = "xl"\n', "").replace("format = 1", "format = 2\nfoo = 1")
    text = text.replace('school = "xx"', 'school = { colum = "xx" }') + '[unit]\nkey = "k"\n'

    messages = [finding.message for finding in _findings(text, tmp_path)]

    expected = (
        "format: ",
        "foo: ",
        "person.rows.EDU.table: Field required",
        "person.rows.EDU.indicators.school.colum: ",
        "unit.table: Field required",
        "there is no indicator 'namePerson'",
        "school: 0 of column, sql, const, concat are given",
    )
    for part in expected:
        assert any(part in message for message in messages), (part, messages)
    assert len(messages) == len(expected)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (GOOD.replace('personName = "xm"', 'personName = "xm"\npersonName = "xm"'), 12),
        (GOOD + '[person]\ntable = "x"\n', 23),
        ("format = 1\n[person\n", 2),
        ("a = " + "[" * 5000, 1),
        ("format = 1\n[a]\nb = '''x\n", 3),
    ],
)
def test_text_that_is_no_toml(text: str, line: int, tmp_path: Path) -> None:
    (finding,) = _findings(text, tmp_path)

    assert finding.line == line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "format: Field required"),
        (b"\x00\x01\x02", "Invalid"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"#" * 10_000_000, f"is longer than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_is_no_mapping(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(content)

    with pytest.raises(MappingError, match=message):
        read_mapping(path, "sqlite")


@pytest.mark.parametrize("name", ["", "missing.toml"])
def test_a_path_that_is_no_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="cannot be read"):
        read_mapping(tmp_path / name, "sqlite")


def _options(name: str, folder: Path, url: str = "sqlite:///x.db") -> SourceOptions:
    mapping = folder / f"{name}.toml"
    return SourceOptions(SourceName(name), Department.HR, make_url(url), mapping)


def _clock() -> datetime:
    return datetime(2024, 5, 15, tzinfo=UTC)


async def test_a_broken_mapping_takes_only_its_own_source_out(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.toml").write_text(GOOD + "[x]\n", encoding="utf-8")

    good = open_source(_options("good", tmp_path), _clock)
    bad = open_source(_options("bad", tmp_path), _clock)

    assert isinstance(good, SqlSource)
    assert isinstance(bad, BrokenSource)
    assert [finding.line for finding in bad.findings] == [23]
    assert h.PERSON_NAME in bad.description.places[EntityKind.PERSON]
    await good.close()
    await bad.close()


async def test_a_broken_source_says_so_to_every_question(tmp_path: Path) -> None:
    bad = open_source(_options("bad", tmp_path), _clock)
    names, tally, today = frozenset({h.PERSON_NAME}), Tally(), _clock().date()
    stream = bad.stream(StreamOrder(EntityKind.PERSON, names), tally)

    for question in (
        bad.open(),
        bad.read(ReadOrder(EntityKind.PERSON, ("k",), names), tally),
        bad.search(SearchOrder(EntityKind.PERSON, h.PERSON_NAME, ("x",), names), tally),
        anext(stream),
        bad.pools(["u"], tally),
        bad.occupied(["u"], today, tally),
        bad.plans(["u"], today, tally),
        bad.headcount(["u"], tally),
    ):
        with pytest.raises(SourceInvalidError, match="bad: the mapping has mistakes"):
            await question


@pytest.mark.parametrize("url", ["nonsense+driver://h/d", "oracle+nichts://h/d"])
def test_a_driver_that_is_missing_takes_only_its_source_out(url: str, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")

    source = open_source(_options("good", tmp_path, url), _clock)

    assert isinstance(source, BrokenSource)
    assert "there is no driver" in source.findings[0].message
