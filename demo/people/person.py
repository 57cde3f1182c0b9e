"""One whole person: every category in the order in which they lean on each other."""

from typing import Final

from demo.people import basics, career, pay, records, study
from demo.people.draft import Draft, Slot
from demo.people.traits import draw_person

_STEPS: Final = (
    basics.basics,
    basics.documents,
    basics.affiliation,
    study.education,
    study.qualifications,
    study.trainings,
    study.family,
    career.occupation,
    career.entry,
    career.posts,
    career.rank,
    career.employment,
    career.absences,
    pay.retirement,
    career.leaving,
    pay.wages,
    pay.payroll,
    pay.insurance,
    records.assessments,
    records.rewards,
)


def make_person(slot: Slot, number: int, seed: int, persons: int) -> Draft:
    """The canonical record of the person who takes a slot."""
    draft = draw_person(slot, number, seed, persons)
    for step in _STEPS:
        step(draft)
    return draft
