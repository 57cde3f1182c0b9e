"""Assessments, rewards and sanctions."""

from datetime import date
from typing import Final

from demo.clock import years_after
from demo.people.draft import Draft
from domain.catalogue import handles as h
from domain.catalogue.indicators import catalogue

ASS, REW = (catalogue().category_of(n) for n in (h.ASSESSMENT_YEAR, h.REWARD_SANCTION_NAME))
_REWARDS: Final = {"11": "嘉奖", "12": "记三等功", "13": "记二等功"}
_SANCTIONS: Final = {"21": "警告处分", "22": "记过处分", "31": "党内警告处分"}


def assessments(draft: Draft) -> None:
    """Fills category ASS: the last year or two of civil servants and leaders in post."""
    if not draft.in_post or not (draft.is_civil or draft.slot.line):
        return
    years = [y for y in (2025, 2024) if y > draft.entered.year][: draft.number_in(1, 2)]
    for year in years:
        absent = draft.chance(0.01)
        draft.rows.setdefault(ASS.code, []).append(
            {
                h.ASSESSMENT_YEAR: year,
                h.ASSESSMENT_RESULT: "6" if absent else "1" if draft.chance(0.18) else "2",
                h.ASSESSMENT_TYPE: "1",
                h.ASSESSMENT_BODY: draft.unit.name,
                h.ASSESSMENT_ABSENCE_REASON: "病假超过半年" if absent else None,
            }
        )


def rewards(draft: Draft) -> None:
    """Fills category REW for a few people in post."""
    share = draft.rng.random()
    if not draft.in_post or share > 0.06 or not (draft.is_civil or draft.slot.line):
        return
    is_reward = share < 0.05
    kind = draft.pick(tuple(_REWARDS if is_reward else _SANCTIONS))
    on = draft.day_in(max(draft.entered, date(2021, 1, 1)), date(2026, 5, 31))
    draft.rows[REW.code] = [
        {
            h.REWARD_SANCTION_NAME: (_REWARDS | _SANCTIONS)[kind],
            h.REWARD_SANCTION_TYPE: kind,
            h.REWARD_SANCTION_DATE: on,
            h.REWARD_SANCTION_BODY: "中共潍坊市委" if is_reward else "中共潍坊市纪律检查委员会",
            h.REWARD_SANCTION_BODY_LEVEL: "21",
            h.REWARD_SANCTION_REVOKED_ON: None,
            h.SANCTION_EFFECT_UNTIL: None if is_reward else years_after(on, 1),
            h.SANCTION_AFFECTS_PAY: not is_reward and kind == "22",
        }
    ]
