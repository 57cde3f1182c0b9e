"""Occupation of a post, entry, exit, posts held, rank, employment and absences."""

from datetime import date, timedelta
from typing import Final

from demo.clock import REFORM_ON, TODAY, years_after
from demo.people.draft import Draft, Standing, Track
from demo.values import Values
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue

ENT, EXT, POS, LEA = (
    catalogue().category_of(name)
    for name in (h.ENTRY_DATE, h.EXIT_DATE, h.POST_NAME, h.ABSENCE_TYPE)
)
_OFFICES: Final = (
    "办公室",
    "综合科",
    "人事科",
    "财务科",
    "业务一科",
    "业务二科",
    "政策法规科",
    "督查科",
)
_SCHOOL_OFFICES: Final = ("教务处", "学生处", "总务处", "教研室", "办公室")
_CIVIL_ENTRY: Final = ("11", "11", "11", "12", "13", "16", "31", "41")
_OTHER_ENTRY: Final = ("21", "21", "21", "21", "22", "23", "41", "51", "32")
_RANKS: Final = ("42", "41", "34", "33", "32", "31", "24", "23", "22", "21")
_PROFESSIONAL_GRADES: Final = ("204", "207", "210", "212")
_LEADER_NAMES: Final = {
    "EDU": ("校长", "副校长"),
    "HEA": ("院长", "副院长"),
}
_RELEASED: Final = {Standing.RETIRED, Standing.EXITED}


def occupation(draft: Draft) -> None:
    """Fills category EMP."""
    occupies = draft.in_post
    released = draft.standing in _RELEASED
    numbered = occupies or released
    year = draft.entered.year
    draft.values |= {
        h.ESTABLISHMENT_TYPE: draft.slot.type if numbered else None,
        h.OCCUPIES_ESTABLISHMENT: occupies,
        h.OCCUPIED_UNIT_CODE: draft.unit.number if occupies else None,
        h.WORK_UNIT_CODE: None if released else draft.unit.number,
        h.INTERNAL_OFFICE: (
            draft.pick(_SCHOOL_OFFICES if draft.unit.sector == "EDU" else _OFFICES)
            if occupies
            else None
        ),
        h.ESTABLISHMENT_ENTRY_DATE: draft.entered if numbered else None,
        h.ESTABLISHMENT_ENTRY_DOC_NO: f"潍编入〔{year}〕{draft.number}号" if numbered else None,
        h.ESTABLISHMENT_CERT_NO: f"BZ{draft.number:08d}" if numbered else None,
        h.OCCUPANCY_STATUS: "1" if occupies else "3" if released else None,
        h.OVER_STAFF_REASON: "机构改革过渡" if occupies and draft.unit.fill == "OVER" else None,
    }


def _plan_number(draft: Draft) -> str | None:
    if draft.entered.year < 2024:
        return None
    plans = [p for pool in draft.unit.pools if pool.type == draft.slot.type for p in pool.plans]
    return plans[0].number if plans and draft.entered.year >= int(plans[0].number[2:6]) else None


def entry(draft: Draft) -> None:
    """Fills category ENT: one row, the entry into the present unit."""
    mode = draft.pick(_CIVIL_ENTRY if draft.is_civil else _OTHER_ENTRY)
    moved = mode in {"16", "41", "51"} and draft.unit.parent is not None
    origin = draft.unit.parent if moved else None
    from_rank = "150" if moved and draft.is_civil else None
    draft.rows[ENT.code] = [
        {
            h.ENTRY_DATE: draft.entered,
            h.ENTRY_MODE: mode,
            h.PREVIOUS_UNIT_NAME: "本市机关" if moved else None,
            h.PREVIOUS_UNIT_CODE: origin,
            h.PREVIOUS_POST: "科员" if from_rank else None,
            h.PREVIOUS_RANK: from_rank,
            h.ENTRY_PLAN_NO: _plan_number(draft),
            h.ENTRY_APPROVAL_DOC_NO: f"潍人社进〔{draft.entered.year}〕{draft.number}号",
        }
    ]


def _exit(draft: Draft, mode: str, on: date, target: int | None, name: str | None) -> Values:
    return {
        h.EXIT_MODE: mode,
        h.EXIT_DATE: on,
        h.DESTINATION_UNIT_NAME: name,
        h.DESTINATION_UNIT_CODE: target,
        h.ESTABLISHMENT_EXIT_DATE: on,
        h.ESTABLISHMENT_EXIT_DOC_NO: f"潍编出〔{on.year}〕{draft.number}号",
        h.EXIT_APPROVAL_DOC_NO: f"潍人社出〔{on.year}〕{draft.number}号",
    }


def leaving(draft: Draft) -> None:
    """Fills category EXT: of those who left, and of those who moved here from another unit."""
    if draft.standing is Standing.EXITED and draft.left:
        mode = draft.pick(("12", "31", "33", "41"))
        draft.rows[EXT.code] = [_exit(draft, mode, draft.left, None, None)]
    elif draft.standing is Standing.RETIRED and draft.left:
        draft.rows[EXT.code] = [_exit(draft, "21", draft.left, None, None)]
    elif draft.in_post and draft.rows[ENT.code][0][h.PREVIOUS_UNIT_CODE] is not None:
        before = draft.entered - timedelta(days=1)
        draft.rows[EXT.code] = [_exit(draft, "11", before, draft.unit.number, draft.unit.name)]


def _leader_names(draft: Draft) -> tuple[str, str]:
    """What principal and deputy are called in a unit of this kind."""
    unit = draft.unit
    if unit.nature == "12":
        return "镇长", "副镇长"
    if unit.nature in {"10", "11"}:
        return _LEADER_NAMES.get(unit.sector, ("主任", "副主任"))
    if unit.sector == "GOV":
        place = unit.name.removesuffix("人民政府")[-1]
        return f"{place}长", f"副{place}长"
    return ("主任", "副主任") if unit.nature == "13" else ("局长", "副局长")


def _post_name(draft: Draft) -> str:
    line = draft.slot.line
    if line:
        return _leader_names(draft)[int(line.position) - 1]
    if draft.is_civil:
        return "科员"
    return "教师" if draft.unit.sector == "EDU" else "职员"


def _post(draft: Draft, name: str, since: date, *, leads: bool) -> Values:
    line = draft.slot.line if leads else None
    return {
        h.POST_UNIT_NAME: draft.unit.name,
        h.POST_UNIT_CODE: draft.unit.number,
        h.POST_NAME: name,
        h.IS_LEADERSHIP_POST: leads,
        h.IS_LEADERSHIP_TEAM_MEMBER: leads,
        h.LEADER_POSITION: line.position if line else None,
        h.APPOINTED_ON: since,
        h.APPOINTMENT_DOC_NO: f"潍任〔{since.year}〕{draft.number % 400 + 1}号",
        h.APPOINTMENT_MODE: "2" if draft.is_civil else "3",
        h.INCUMBENCY_STATUS: "1",
        h.REMOVED_ON: None,
        h.IS_MAIN_POST: True,
    }


def posts(draft: Draft) -> None:
    """Fills category POS for civil servants and leaders in post; leaders have an earlier one."""
    if not draft.in_post or not (draft.is_civil or draft.slot.line):
        return
    if not draft.slot.line:
        draft.rows[POS.code] = [_post(draft, "科员", draft.entered, leads=False)]
        return
    since = draft.day_in(max(draft.entered, date(2018, 1, 1)), date(2026, 3, 31))
    current = _post(draft, _post_name(draft), since, leads=True)
    draft.rows[POS.code] = [current]
    if since > draft.entered:
        earlier = _post(draft, "科员", draft.entered, leads=False)
        closed: Values = {h.INCUMBENCY_STATUS: "0", h.REMOVED_ON: since, h.IS_MAIN_POST: False}
        draft.rows[POS.code].append(earlier | closed)


def _rank(draft: Draft) -> str:
    line = draft.slot.line
    return line.rank if line else "150"


def rank(draft: Draft) -> None:
    """Fills category RNK for civil servants and leaders."""
    serving = draft.in_post and (draft.is_civil or draft.slot.line is not None)
    civil = draft.in_post and draft.is_civil
    years = TODAY.year - draft.started.year
    step = min(len(_RANKS) - (5 if draft.unit.level in {"41", "42", "50"} else 1), years // 4)
    since = max(draft.entered, date(max(2019, TODAY.year - years % 5), 6, 1))
    posts = draft.rows.get(POS.code)
    draft.values |= {
        h.LEADERSHIP_RANK: _rank(draft) if serving else None,
        h.LEADERSHIP_RANK_SINCE: posts[0][h.APPOINTED_ON] if serving and posts else None,
        h.CIVIL_RANK: _RANKS[step] if civil else None,
        h.CIVIL_RANK_APPROVED_ON: since if civil else None,
        h.CIVIL_RANK_SINCE: since if civil else None,
        h.GRADE_STEP: str(max(1, 27 - years // 2)) if civil else None,
        h.MANAGEMENT_LEVEL: ("03" if _rank(draft) < "140" else "04") if serving else None,
        h.IS_SELECTED_GRADUATE: draft.rows[ENT.code][0][h.ENTRY_MODE] == "12" if serving else None,
        h.CIVIL_SERVANT_REGISTERED_ON: max(draft.entered, date(2006, 1, 1)) if civil else None,
    }


def _grade(draft: Draft) -> tuple[str, str | None]:
    if draft.is_civil or (draft.unit.is_public_body and draft.track is Track.WORKER):
        return "9", None
    if draft.track is Track.PROFESSIONAL:
        return "2", _PROFESSIONAL_GRADES[3 - min(3, (TODAY.year - draft.started.year) // 8)]
    if draft.track is Track.WORKER:
        return "3", draft.pick(("302", "303", "304", "306"))
    return "1", "107" if draft.slot.line else draft.pick(("108", "109", "110"))


def employment(draft: Draft) -> None:
    """Fills category JOB for people in post and outside."""
    if draft.standing in _RELEASED:
        return
    kind, grade = _grade(draft)
    contract = not draft.unit.is_public_body and not draft.is_civil
    since = (
        date(max(draft.entered.year, 2023), 9, 1) if draft.entered < REFORM_ON else draft.entered
    )
    draft.values |= {
        h.POST_TYPE: kind,
        h.POST_GRADE: grade,
        h.EMPLOYED_ON: draft.entered if contract else None,
        h.CONTRACT_FROM: since if contract else None,
        h.CONTRACT_TO: years_after(since, 5) if contract else None,
        h.HOLDS_TWO_POST_TYPES: bool(contract and draft.slot.line and draft.chance(0.3)),
        h.WORKER_SKILL_LEVEL: draft.pick(("2", "3", "4")) if draft.track is Track.WORKER else None,
    }


def absence(draft: Draft, kind: str, since: date, until: date, host: int | None) -> None:
    """Adds an absence row and what follows from it for work unit and status."""
    draft.rows.setdefault(LEA.code, []).append(
        {
            h.ABSENCE_TYPE: kind,
            h.ABSENCE_FROM: since,
            h.ABSENCE_TO: until,
            h.HOST_UNIT_CODE: host,
            h.ABSENCE_APPROVED_BY: "中共潍坊市委组织部" if host is not None else "所在单位",
            h.ABSENCE_STOPS_PAY: kind == "7",
        }
    )
    draft.values[h.PERSON_STATUS] = "2"
    if host is not None:
        draft.values[h.WORK_UNIT_CODE] = host


def absences(draft: Draft) -> None:
    """Fills category LEA for a few people in post who are ill, study or are on maternity leave."""
    if draft.in_post and not draft.slot.line and draft.chance(0.015):
        kind = "4" if draft.male else draft.pick(("3", "4", "5"))
        absence(draft, kind, date(2026, 3, draft.number_in(1, 28)), date(2026, 9, 30), None)
