"""The score notices what is wrong, missing or on another level."""

import json
from pathlib import Path

import pytest

from bulk.scoring import Score, score_city
from domain.identity.matching import MatchLevel
from domain.model.departments import Department
from domain.model.errors import BadInputError
from store.database import open_store
from tests.support.fakes import FakeSource
from tests.support.linking import OTHER, a_person, link, options

pytestmark = pytest.mark.timeout(60)
CERTAIN, HIGH = MatchLevel.CERTAIN, MatchLevel.HIGH


def a_truth(folder: Path, *persons: tuple[dict[str, str], str]) -> Path:
    """A truth of persons: the keys by department, and the level of those of finance."""
    listed = [
        {
            "person": number,
            "linkable": True,
            "keys": keys,
            "level": dict.fromkeys(keys, "CERTAIN") | {"finance": level},
        }
        for number, (keys, level) in enumerate(persons)
    ]
    lines = ",\n".join(json.dumps(entry) for entry in listed)
    path = folder / "truth.json"
    lists = f'"persons": [\n{lines}\n],\n"duplicates": [\n],\n"units": [\n]\n'
    path.write_text(f"{{\n{lists}}}\n", encoding="utf-8")
    return path


async def scored(folder: Path, truth: Path, *sources: FakeSource) -> Score:
    async with open_store(options(folder)) as store:
        await link(store, *sources)
        people, _ = await score_city(sources, store, truth)
    return people


async def test_what_is_as_planted_scores_one(tmp_path: Path) -> None:
    hr = FakeSource(Department.HR, [a_person("h", name="李峰")])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李峯")])

    found = await scored(
        tmp_path, a_truth(tmp_path, ({"hr": "h", "finance": "f"}, "HIGH")), hr, finance
    )

    assert (found.recall, found.wrong) == (1.0, 0)
    assert (found.of(HIGH).precision, found.of(HIGH).recall) == (1.0, 1.0)


async def test_another_level_costs_precision_and_recall(tmp_path: Path) -> None:
    hr = FakeSource(Department.HR, [a_person("h", name="李峰")])
    finance = FakeSource(Department.FINANCE, [a_person("f", name="李峯")])
    truth = a_truth(tmp_path, ({"hr": "h", "finance": "f"}, "CERTAIN"))

    found = await scored(tmp_path, truth, hr, finance)

    assert (found.of(HIGH).precision, found.of(CERTAIN).recall) == (0.0, 0.5)


async def test_two_true_persons_under_one_owner_are_a_wrong_link(tmp_path: Path) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f")])
    truth = a_truth(tmp_path, ({"hr": "h"}, "CERTAIN"), ({"finance": "f"}, "CERTAIN"))

    found = await scored(tmp_path, truth, hr, finance)

    assert found.wrong == 1


async def test_a_person_whose_records_stand_apart_is_not_found(tmp_path: Path) -> None:
    hr = FakeSource(Department.HR, [a_person("h")])
    finance = FakeSource(Department.FINANCE, [a_person("f", OTHER)])
    truth = a_truth(tmp_path, ({"hr": "h", "finance": "f"}, "CERTAIN"))

    found = await scored(tmp_path, truth, hr, finance)

    assert (found.linked, found.linkable) == (0, 1)
    assert (found.of(CERTAIN).judged, found.of(CERTAIN).right) == (2, 1)


async def test_a_file_without_the_lists_is_no_truth(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(BadInputError):
        await scored(tmp_path, path)
