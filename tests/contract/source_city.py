"""A small hand-made department: its tables, rows, mappings, and what must be read of them."""

from datetime import date
from decimal import Decimal

from domain.catalogue import handles as h
from domain.model.departments import Department
from domain.model.keys import CategoryCode
from domain.model.records import ChildRow, UnknownCode
from tests.support.fakes import FakeRow, FakeSource

EDU, PAY, REL = CategoryCode("EDU"), CategoryCode("PAY"), CategoryCode("REL")
LONG_TEXT = "ＡＢＣ（全角）　１２３"

TABLES = (
    """CREATE TABLE ryjb (id INTEGER PRIMARY KEY, grbh CHAR(8), xm VARCHAR(50), sfzh CHAR(18),
       xb VARCHAR(4), csrq DATE, gzrq VARCHAR(20), djrq INTEGER, ffqy VARCHAR(7), bzlx VARCHAR(10),
       xds CHAR(1), gwgz BIGINT, jbgz DECIMAL(12,3), jdgl INTEGER, cym VARCHAR(100), yxbz CHAR(1),
       dwdm VARCHAR(10), ffzt VARCHAR(6), ryzt VARCHAR(6))""",
    "CREATE TABLE ryzw (grbh CHAR(8) PRIMARY KEY, dj VARCHAR(10), dz VARCHAR(60), zt CHAR(1))",
    "CREATE TABLE djb (dm VARCHAR(10) PRIMARY KEY, mc VARCHAR(40), yx INTEGER)",
    """CREATE TABLE ryxl (id INTEGER PRIMARY KEY, grbh CHAR(8), xl VARCHAR(10), byrq VARCHAR(10),
       xx VARCHAR(50), sc INTEGER)""",
    "CREATE TABLE gzmx (grbh CHAR(8), ffny CHAR(6), yf DECIMAL(12,2), dy VARCHAR(9))",
    "CREATE TABLE dwxx (dwdm INTEGER PRIMARY KEY, mc VARCHAR(60), bzbm VARCHAR(20))",
    "CREATE TABLE dwyg (dwdm INTEGER, sxrq DATE, lx VARCHAR(10))",
    "CREATE TABLE dwqm (xh INTEGER PRIMARY KEY, dwdm INTEGER, qm VARCHAR(60))",
    "CREATE TABLE zh (jg CHAR(4), xh INTEGER, xm VARCHAR(50), PRIMARY KEY (jg, xh))",
    "CREATE TABLE zhxl (jg CHAR(4), xh INTEGER, nd INTEGER, xl VARCHAR(10))",
    "CREATE TABLE dxx (k VARCHAR(10), xm VARCHAR(50), d CHAR(3))",
    "CREATE TABLE dxxl (k VARCHAR(10), nd INTEGER, xl VARCHAR(10))",
    """CREATE TABLE bzchi (dw INTEGER, lx VARCHAR(10), hds VARCHAR(9), sds INTEGER, yx INTEGER)""",
    "CREATE TABLE zbjl (ry CHAR(8), dw INTEGER, lx VARCHAR(10), qs DATE, zz VARCHAR(10))",
    """CREATE TABLE ybjh (jhh VARCHAR(9), dw INTEGER, lx VARCHAR(10), pz INTEGER, sy INTEGER,
       sh INTEGER, yxq INTEGER)""",
)
ROWS = (
    """INSERT INTO ryjb VALUES
       (1, 'P1', '张三', '37070219800101001X', '男', '1980-01-01', '20020701', 20050630, '2003-07',
        '行政', 'Y', 123450, 1000.125, 3, '张叁;张散', 'Y', 'D1', '在发', '在职'),
       (2, 'P2', 'ＡＢＣ（全角）　１２３', NULL, '怪', NULL, '', 0, NULL,
        '怪', 'N', 5, 10.500, NULL, '', 'Y', 'X', '在发', '退休'),
       (3, 'P3', '已删', NULL, '男', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        'N', NULL, NULL, NULL),
       (4, 'P4', '赵甲', 'T2', '女', NULL, NULL, NULL, NULL, '参公', NULL, NULL, NULL, NULL, NULL,
        'Y', 'D1', '停', NULL),
       (5, 'P4', '赵乙', 'T1', '男', NULL, NULL, NULL, NULL, '全额', NULL, NULL, NULL, NULL, NULL,
        'Y', 'D1', '在发', NULL),
       (6, NULL, '无号', NULL, '男', NULL, NULL, NULL, NULL, '差额', NULL, NULL, NULL, NULL, NULL,
        'Y', 'D1', '在发', NULL),
       (7, 'P7', '张三', NULL, '男', NULL, NULL, NULL, NULL, '行政', NULL, NULL, NULL, NULL, NULL,
        'Y', 'D1', '在发', NULL)""",
    "INSERT INTO ryzw VALUES ('P1', 'Z1', '和平路1号', '1'), ('P2', 'Z1', '旧址', '0')",
    "INSERT INTO djb VALUES ('Z1', '办公室', 1), ('Z2', '人事科', 0)",
    """INSERT INTO ryxl VALUES
       (1, 'P1', '本科', '2002-07-01', '甲大学', 0), (2, 'P1', '硕士', '2005-07-01', '乙大学', 0),
       (3, 'P1', '高中', NULL, '丙中学', 0), (4, 'P1', '初中', '1996-07-01', '丁中学', 0),
       (5, 'P1', '本科', '2010-01-01', '已删', 1), (6, 'P2', '本科', '2000-07-01', 'a校', 0),
       (7, 'P2', '本科', '2000-07-01', 'B校', 0), (8, 'P2', '本科', NULL, '无期', 0),
       (9, 'P4', '本科', '1999-07-01', '戊大学', 0), (10, 'P3', '本科', '1999-07-01', '己', 0)""",
    """INSERT INTO gzmx VALUES ('P1', '202401', 5000.5, '1'), ('P1', '202403', 5100, '1'),
       ('P1', '202402', 5050.25, '0')""",
    "INSERT INTO dwxx VALUES (7, '市教育局', 'U7'), (10, '市一中', 'U10'), (900, '撤销', NULL)",
    """INSERT INTO dwyg VALUES (7, '2019-03-01', '更名'), (7, '2001-01-01', '合并'),
       (10, NULL, '更名')""",
    "INSERT INTO dwqm VALUES (1, 7, '教育委员会'), (2, 7, '体育局'), (3, 10, NULL)",
    "INSERT INTO zh VALUES ('A', 1, '甲一'), ('A', 2, '甲二'), ('B', 1, '乙一')",
    """INSERT INTO zhxl VALUES ('A', 1, 2001, '本科'), ('A', 1, 2003, '硕士'),
       ('A', 2, 2002, '本科'), ('B', 1, 2002, '高中')""",
    "INSERT INTO dxx VALUES ('a1', '小写', 'x'), ('A1', '大写', 'X'), ('b2', '另', 'y')",
    """INSERT INTO dxxl VALUES ('a1', 2001, '本科'), ('A1', 2009, '硕士'), ('A1', 2008, '高中'),
       ('b2', 2000, '高中')""",
    """INSERT INTO bzchi VALUES (7, '行政', '20', 2, 1), (7, '参公', NULL, 0, 1),
       (7, '全额', '5', 1, 1), (7, '差额', '3', 0, 1), (7, '工勤', '9', 9, 0),
       (10, '行政', '4', NULL, 1), (7, NULL, '1', 1, 1)""",
    """INSERT INTO zbjl VALUES ('a', 7, '行政', '2020-01-01', NULL),
       ('a', 7, '行政', '2021-01-01', ''), ('b', 7, '行政', '2020-01-01', '0000-00-00'),
       ('c', 7, '行政', '2020-01-01', '9999-12-31'), ('d', 7, '行政', '2020-01-01', '2024-05-15'),
       ('e', 7, '行政', '2020-01-01', '2024-05-16'), ('f', 7, '行政', '2024-05-15', NULL),
       ('g', 7, '行政', '2024-05-16', NULL), ('h', 7, '全额', '2020-01-01', NULL),
       ('h', 7, '差额', '2020-01-01', NULL), (NULL, 7, '行政', '2020-01-01', NULL),
       ('i', 10, '行政', NULL, NULL), ('j', 10, '行政', '2020-01-01', NULL)""",
    """INSERT INTO ybjh VALUES ('1', 7, '行政', 5, 2, 1, 20240515),
       ('2', 7, '行政', 3, 0, 0, NULL), ('3', 7, '行政', 9, 0, 0, 20240514),
       ('4', 7, '行政', 1, 0, 0, 0), ('5', 10, '行政', 2, 2, 0, 99991231)""",
)

CODES = """
format = 1
[codes."编制"]
"行政" = "1"
"参公" = "2"
"全额" = "31"
"差额" = "31"
[codes."学历"]
"硕士" = "14"
"本科" = "21"
"高中" = "61"
"初中" = "71"
"""
PEOPLE = (
    CODES
    + r"""
[person]
table = "ryjb"
key = "grbh"
where = "yxbz = 'Y'"
[person.join.zw]
table = "ryzw"
on = { grbh = "grbh" }
where = "zt = '1'"
[person.join.dj]
table = "djb"
on = { dm = "dj" }
parent = "zw"
where = "yx = 1"
[person.indicators]
personName = "xm"
idNumber = "sfzh"
gender = { column = "xb", codes = { "男" = "1", "女" = "2" } }
birthDate = "csrq"
workStartDate = { column = "gzrq", date = "%Y%m%d" }
establishmentEntryDate = { column = "djrq", date = "%Y%m%d" }
payrollFromMonth = "ffqy"
establishmentType = { column = "bzlx", codes = "编制" }
isSelectedGraduate = { column = "xds", true = ["Y"], false = ["N"] }
postWageStandard = { column = "gwgz", divide = 100 }
gradeWageStandard = "jbgz"
serviceGapMonths = "jdgl"
formerName = { column = "cym", split = ";" }
contactAddress = "zw.dz"
internalOffice = "dj.mc"
occupiesEstablishment = { const = true }
workUnitCode = { sql = "CASE WHEN dwdm LIKE 'D%' THEN 'u:1%' ELSE 'it''s 100%: x' END" }
payrollUnitCode = "dwdm"
payrollStatus = { column = "ffzt", codes = { "在发" = "1", "停" = "3" } }
personStatus = { column = "ryzt", codes = { "在职" = "1", "退休" = "6" } }
[person.rows.EDU]
table = "ryxl"
on = { grbh = "grbh" }
order = ["-byrq", "xx"]
limit = 3
where = "sc = 0"
[person.rows.EDU.indicators]
education = { column = "xl", codes = "学历" }
graduationDate = "byrq"
school = "xx"
[person.rows.PAY]
table = "gzmx"
on = { grbh = "grbh" }
order = ["-ffny"]
period = { column = "ffny", date = "%Y%m" }
where = "dy LIKE '1%'"
[person.rows.PAY.indicators]
grossPay = "yf"
"""
)
UNITS = (
    CODES
    + r"""
[unit]
table = "dwxx"
key = "dwdm"
[unit.indicators]
unitName = "mc"
unitCode = "bzbm"
[unit.rows.REL]
table = "dwyg"
on = { dwdm = "dwdm" }
order = ["sxrq"]
effectiveOn = "sxrq"
[unit.rows.REL.indicators]
unitSuccession = { column = "lx", codes = { "更名" = "2" } }
[unit.rows.ORG]
table = "dwqm"
on = { dwdm = "dwdm" }
[unit.rows.ORG.indicators]
unitOtherName = "qm"
[pool]
table = "bzchi"
where = "yx = 1"
[pool.columns]
unit = "dw"
type = { column = "lx", codes = "编制" }
approved = "hds"
locked = "sds"
[plan]
table = "ybjh"
[plan.columns]
no = "jhh"
unit = "dw"
type = { column = "lx", codes = "编制" }
approved = "pz"
used = "sy"
returned = "sh"
valid_until = { column = "yxq", date = "%Y%m%d" }
[occupation]
table = "zbjl"
[occupation.columns]
person = "ry"
unit = "dw"
type = { column = "lx", codes = "编制" }
from = "qs"
to = "zz"
"""
)
PAIRS = (
    CODES
    + r"""
[person]
table = "zh"
key = ["jg", "xh"]
[person.indicators]
personName = "xm"
[person.rows.EDU]
table = "zhxl"
on = { jg = "jg", xh = "xh" }
order = ["-nd"]
[person.rows.EDU.indicators]
education = { column = "xl", codes = "学历" }
"""
)
CASED = (
    CODES
    + r"""
[person]
table = "dxx"
key = "k"
[person.indicators]
personName = "xm"
email = "d"
[person.rows.EDU]
table = "dxxl"
on = { k = "k" }
order = ["-nd"]
limit = 1
[person.rows.EDU.indicators]
education = { column = "xl", codes = "学历" }
"""
)


def _study(level: str, school: str, day: date | None) -> ChildRow:
    return ChildRow({h.EDUCATION: level, h.SCHOOL: school, h.GRADUATION_DATE: day})


def _bare(key: str, **values: object) -> FakeRow:
    blank = dict.fromkeys(_FULL.values)
    fixed = {h.OCCUPIES_ESTABLISHMENT: True, h.WORK_UNIT_CODE: "u:1%", h.PAYROLL_UNIT_CODE: "D1"}
    return FakeRow(key, {**blank, **fixed, **values})  # type: ignore[dict-item] # of a test's own making


_FULL = FakeRow(
    "P1",
    {
        h.PERSON_NAME: "张三",
        h.ID_NUMBER: "37070219800101001X",
        h.GENDER: "1",
        h.BIRTH_DATE: date(1980, 1, 1),
        h.WORK_START_DATE: date(2002, 7, 1),
        h.ESTABLISHMENT_ENTRY_DATE: date(2005, 6, 30),
        h.PAYROLL_FROM_MONTH: "2003-07",
        h.ESTABLISHMENT_TYPE: "1",
        h.IS_SELECTED_GRADUATE: True,
        h.POST_WAGE_STANDARD: Decimal("1234.50"),
        h.GRADE_WAGE_STANDARD: Decimal("1000.125"),
        h.SERVICE_GAP_MONTHS: 3,
        h.FORMER_NAME: ("张叁", "张散"),
        h.CONTACT_ADDRESS: "和平路1号",
        h.INTERNAL_OFFICE: "办公室",
        h.OCCUPIES_ESTABLISHMENT: True,
        h.WORK_UNIT_CODE: "u:1%",
        h.PAYROLL_UNIT_CODE: "D1",
        h.PAYROLL_STATUS: "1",
        h.PERSON_STATUS: "1",
    },
    {
        EDU: (
            _study("14", "乙大学", date(2005, 7, 1)),
            _study("21", "甲大学", date(2002, 7, 1)),
            _study("71", "丁中学", date(1996, 7, 1)),
        ),
        PAY: (
            ChildRow({h.GROSS_PAY: Decimal("5100.00")}, "2024-03"),
            ChildRow({h.GROSS_PAY: Decimal("5000.50")}, "2024-01"),
        ),
    },
    {h.GENDER: "男"},
)
EXPECTED = [
    _FULL,
    FakeRow(
        "P2",
        {
            **dict.fromkeys(_FULL.values),
            h.PERSON_NAME: LONG_TEXT,
            h.GENDER: UnknownCode("怪"),
            h.ESTABLISHMENT_TYPE: UnknownCode("怪"),
            h.IS_SELECTED_GRADUATE: False,
            h.POST_WAGE_STANDARD: Decimal("0.05"),
            h.GRADE_WAGE_STANDARD: Decimal("10.50"),
            h.OCCUPIES_ESTABLISHMENT: True,
            h.WORK_UNIT_CODE: "it's 100%: x",
            h.PAYROLL_UNIT_CODE: "X",
            h.PAYROLL_STATUS: "1",
            h.PERSON_STATUS: "6",
        },
        {
            EDU: (
                _study("21", "B校", date(2000, 7, 1)),
                _study("21", "a校", date(2000, 7, 1)),
                _study("21", "无期", None),
            ),
            PAY: (),
        },
    ),
    FakeRow(
        "P4",
        _bare(
            "P4",
            **{
                h.PERSON_NAME: "赵甲",
                h.ID_NUMBER: "T2",
                h.GENDER: "2",
                h.ESTABLISHMENT_TYPE: "2",
                h.PAYROLL_STATUS: "3",
            },
        ).values,
        {EDU: (_study("21", "戊大学", date(1999, 7, 1)),), PAY: ()},
    ),
    _bare(
        "P4",
        **{
            h.PERSON_NAME: "赵乙",
            h.ID_NUMBER: "T1",
            h.GENDER: "1",
            h.ESTABLISHMENT_TYPE: "31",
            h.PAYROLL_STATUS: "1",
        },
    ),
    FakeRow(
        "P7",
        _bare(
            "P7",
            **{
                h.PERSON_NAME: "张三",
                h.GENDER: "1",
                h.ESTABLISHMENT_TYPE: "1",
                h.PAYROLL_STATUS: "1",
            },
        ).values,
        {EDU: (), PAY: ()},
    ),
]
EVERYTHING = frozenset(_FULL.values) | {h.EDUCATION, h.SCHOOL, h.GRADUATION_DATE, h.GROSS_PAY}


def fake_source() -> FakeSource:
    """The same people in memory."""
    return FakeSource(Department.HR, people=list(EXPECTED), name="city")
