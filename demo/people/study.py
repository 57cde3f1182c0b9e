"""Education, qualifications, trainings and family members."""

from datetime import date
from typing import Final

from demo.names import draw_name
from demo.people.draft import Draft, Track
from demo.values import Values
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue

_SCHOOLS: Final = (
    "潍坊学院", "山东大学", "山东师范大学", "潍坊医学院", "中国海洋大学", "青岛大学", "济南大学",
    "山东农业大学", "曲阜师范大学", "山东财经大学", "鲁东大学", "聊城大学",
)  # fmt: skip
_MAJORS: Final = (
    "汉语言文学", "数学与应用数学", "法学", "会计学", "临床医学", "护理学", "计算机科学与技术",
    "行政管理", "农学", "土木工程", "学前教育", "公共事业管理",
)  # fmt: skip
_DEGREES: Final = {"14": "304", "21": "404", "11": "204"}
_TITLES: Final = {
    "EDU": ("正高级教师", "高级教师", "一级教师", "二级教师"),
    "HEA": ("主任医师", "副主任医师", "主治医师", "医师"),
}
_OTHER_TITLES: Final = ("正高级工程师", "高级工程师", "工程师", "助理工程师")
_COURSES: Final = (
    "公务员初任培训班",
    "党的创新理论专题培训班",
    "新任职领导干部培训班",
    "依法行政专题培训班",
    "数字政府建设培训班",
)
EDU, PRO, TRN, FAM = (
    catalogue().category_of(name)
    for name in (h.EDUCATION, h.PROFESSIONAL_TITLE, h.TRAINING_NAME, h.KINSHIP)
)


def _first_level(draft: Draft) -> str:
    share = draft.rng.random()
    if draft.track is Track.WORKER:
        return "61" if share < 0.6 else "31"
    if draft.born.year < 1965:
        return "31" if share < 0.7 else "21"
    return "31" if share < 0.25 else "21" if share < 0.9 else "14" if share < 0.985 else "11"


def _study(draft: Draft, level: str, *, year: int, highest: bool, in_service: bool) -> Values:
    years = 3 if level in {"31", "14", "11", "61"} else 4
    finished = date(year, 7, 1)
    degree = _DEGREES.get(level)
    return {
        h.EDUCATION: level,
        h.DEGREE: degree,
        h.STUDY_START_DATE: date(year - years, 9, 1),
        h.GRADUATION_DATE: finished,
        h.DEGREE_DATE: finished if degree else None,
        h.STUDY_YEARS: years,
        h.SCHOOL: "潍坊第一中学" if level == "61" else draft.pick(_SCHOOLS),
        h.MAJOR: None if level == "61" else draft.pick(_MAJORS),
        h.EDUCATION_MODE: "2" if in_service else "1",
        h.IS_HIGHEST_EDUCATION: highest,
        h.IS_HIGHEST_DEGREE: bool(highest and degree),
    }


def education(draft: Draft) -> None:
    """Fills category EDU: first study, for some a later one in service."""
    level = _first_level(draft)
    again = level in {"31", "21"} and draft.born.year < 1998 and draft.chance(0.3)
    year = draft.started.year
    rows = [_study(draft, level, year=year, highest=not again, in_service=False)]
    if again:
        higher = "21" if level == "31" else "14"
        rows.append(_study(draft, higher, year=year + 5, highest=True, in_service=True))
    draft.rows[EDU.code] = rows


def _title(draft: Draft) -> tuple[int, date]:
    """Place in the ladder, 0 the highest, and since when."""
    years = 2026 - draft.started.year
    place = 0 if years > 26 and draft.chance(0.15) else 1 if years > 16 else 2 if years > 7 else 3
    since = draft.started.year + min(max(years, 0), (26, 14, 6, 1)[place])
    return place, date(min(since, 2025), 12, 15)


def qualifications(draft: Draft) -> None:
    """Fills category PRO for professionals."""
    if draft.track is not Track.PROFESSIONAL:
        return
    place, since = _title(draft)
    title = _TITLES.get(draft.unit.sector, _OTHER_TITLES)[place]
    draft.rows[PRO.code] = [
        {
            h.PROFESSIONAL_TITLE: title,
            h.PROFESSIONAL_QUALIFICATION: f"{title}任职资格",
            h.PROFESSIONAL_TITLE_LEVEL: str(place + 1),
            h.QUALIFICATION_DATE: since,
            h.QUALIFICATION_ROUTE: "1" if place < 2 else "3",
            h.QUALIFICATION_BODY: "潍坊市专业技术职务评审委员会",
            h.QUALIFICATION_CERT_NO: f"GW{since.year}{draft.number:08d}",
            h.IS_CURRENT_QUALIFICATION: True,
        }
    ]


def trainings(draft: Draft) -> None:
    """Fills category TRN for some civil servants and leaders."""
    if not (draft.is_civil or draft.slot.line) or not draft.chance(0.35):
        return
    begun = draft.day_in(max(draft.entered, date(2019, 1, 1)), date(2026, 5, 1))
    course = draft.number_in(0, len(_COURSES) - 1)
    draft.rows[TRN.code] = [
        {
            h.TRAINING_TYPE: ("1", "4", "2", "3", "3")[course],
            h.TRAINING_NAME: _COURSES[course],
            h.TRAINING_FROM: begun,
            h.TRAINING_TO: draft.day_in(begun, date(begun.year, 12, 31)),
        }
    ]


def _relative(draft: Draft, kinship: str, *, male: bool, age: int) -> Values:
    return {
        h.KINSHIP: kinship,
        h.FAMILY_MEMBER_NAME: draw_name(draft.rng, male=male).text,
        h.FAMILY_MEMBER_BIRTH_DATE: date(draft.born.year + age, draft.number_in(1, 12), 1),
        h.FAMILY_MEMBER_WORK: draft.pick(
            ("潍坊市务农", "潍坊市第二中学教师", "个体经营", "企业职工")
        ),
        h.FAMILY_MEMBER_POLITICAL_STATUS: draft.pick(("01", "13", "13")),
    }


def family(draft: Draft) -> None:
    """Fills category FAM for civil servants and leaders who are married."""
    married = draft.values[h.MARITAL_STATUS] in {"21", "22"}
    if not married or not (draft.is_civil or draft.slot.line) or not draft.chance(0.6):
        return
    rows = [_relative(draft, "12" if draft.male else "11", male=not draft.male, age=1)]
    if draft.chance(0.4):
        son = draft.chance(0.5)
        rows.append(_relative(draft, "2" if son else "3", male=son, age=27))
    draft.rows[FAM.code] = rows
