"""Draws a person for a slot: sex, age, name, number, track and the dates of the career."""

from datetime import date
from random import Random

from demo.clock import TODAY, years_after
from demo.identifiers import PERIOD, birth_day, id_number
from demo.names import draw_name
from demo.people.draft import Draft, Slot, Standing, Track

_YEARS_OF_SERVICE = {
    # Born no earlier than these years, nobody in service is past the statutory month of 2026.
    (True, False): (1967, 2000),
    (True, True): (1967, 2000),
    (False, False): (1972, 2000),
    (False, True): (1977, 2000),
}
_YEARS_OF_RETIREMENT = {
    (True, False): (1942, 1964),
    (True, True): (1942, 1964),
    (False, False): (1944, 1969),
    (False, True): (1948, 1974),
}


def _track(rng: Random, kind: str) -> Track:
    if kind in {"11", "12", "2"}:
        return Track.CIVIL
    if kind == "41":
        return Track.WORKER
    share = rng.random()
    if share < 0.76:
        return Track.PROFESSIONAL
    return Track.MANAGER if share < 0.92 else Track.WORKER


def _year(rng: Random, slot: Slot, *, male: bool, worker: bool) -> int:
    table = _YEARS_OF_RETIREMENT if slot.standing is Standing.RETIRED else _YEARS_OF_SERVICE
    low, high = table[male, worker]
    if slot.line:
        low, high = max(low, 1967), 1986
    return low + int(rng.random() * (high - low + 1))


def _career(draft: Draft) -> None:
    low, high = (19, 21) if draft.track is Track.WORKER else (22, 24)
    start = draft.born.year + draft.number_in(low, high)
    draft.started = date(start, draft.pick((7, 8, 9)), 1)
    if draft.standing is Standing.RETIRED:
        draft.entered = draft.day_in(draft.started, date(start + 12, 12, 31))
        return
    latest = date(2024, 12, 31) if draft.standing is Standing.EXITED else date(2026, 4, 30)
    recent = draft.chance(0.12)
    first = max(draft.started, date(2023, 1, 1)) if recent else draft.started
    draft.entered = min(draft.day_in(first, years_after(first, 8)), latest)
    if draft.standing is Standing.EXITED:
        draft.left = draft.day_in(max(draft.entered, date(2025, 1, 1)), TODAY)


def draw_person(slot: Slot, number: int, seed: int, persons: int) -> Draft:
    """The person of a slot, a pure function of (seed, number, slot)."""
    rng = Random(seed * 1_000_003 + number)
    male = rng.random() < (0.62 if slot.unit.is_public_body else 0.42)
    track = _track(rng, slot.type)
    year = _year(rng, slot, male=male, worker=track is Track.WORKER)
    born = birth_day(number, year, -(-persons // PERIOD))
    draft = Draft(
        number, rng, slot, male, born, id_number(number, born, male=male),
        draw_name(rng, male=male), track, born, born,
    )  # fmt: skip
    _career(draft)
    return draft
