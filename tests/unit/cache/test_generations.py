"""Answers in two generations: none outlives its seconds, nothing is kept across a change."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from cache.generations import Generations
from cache.memory import MemoryOptions

TOKEN = "code"
SECONDS = 10.0


@dataclass(slots=True)
class Kept:
    """A memory of ten seconds on a clock that stands still."""

    now: float = 0.0
    is_current: bool = True
    entries: int = 100
    memory: Generations[str, str] = field(init=False)

    def __post_init__(self) -> None:
        options = MemoryOptions(SECONDS, self.entries)
        self.memory = Generations(options, lambda: self.is_current, TOKEN, lambda: self.now)

    def keep(self, *keys: str) -> None:
        self.memory.keep(keys, keys, self.memory.begin())


def test_what_was_kept_is_found_in_the_order_of_the_keys() -> None:
    kept = Kept()
    kept.keep("a", "b")

    assert kept.memory.find(["b", "c", "a"]) == ["b", None, "a"]
    assert (kept.memory.figures.hits, kept.memory.figures.misses) == (2, 1)


@given(st.lists(st.tuples(st.floats(0.0, 12.0), st.sampled_from("abc"), st.booleans())))
def test_nothing_is_given_that_is_older_than_the_seconds(
    steps: list[tuple[float, str, bool]],
) -> None:
    kept, made_at = Kept(), dict[str, float]()
    for pause, key, is_kept in steps:
        kept.now += pause
        if is_kept:
            kept.keep(key)
            made_at[key] = kept.now
        elif kept.memory.find([key]) == [key]:
            assert kept.now - made_at[key] <= SECONDS


def test_for_half_of_the_seconds_at_least_it_is_there() -> None:
    kept = Kept()
    kept.keep("a")
    kept.now = SECONDS / 2 - 0.1
    kept.keep("b")
    kept.now += SECONDS / 2

    assert kept.memory.find(["b"]) == ["b"]


def test_a_change_that_concerns_it_ends_everything() -> None:
    kept = Kept()
    kept.keep("a", "b")
    kept.memory.forget(["a person's"])
    assert kept.memory.find(["a"]) == ["a"]

    kept.memory.forget(["another", TOKEN])

    assert kept.memory.find(["a", "b"]) == [None, None]


def test_what_was_read_during_a_change_is_not_kept() -> None:
    kept = Kept()
    since = kept.memory.begin()
    kept.memory.forget_all()

    kept.memory.keep(["a"], ["a"], since)

    assert kept.memory.find(["a"]) == [None]


def test_while_nobody_knows_of_changes_it_neither_gives_nor_takes() -> None:
    kept = Kept()
    kept.keep("a")
    kept.is_current = False
    kept.keep("b")

    assert kept.memory.find(["a", "b"]) == [None, None]
    assert kept.memory.figures.bypassed == 2

    kept.is_current = True
    assert kept.memory.find(["a", "b"]) == ["a", None]


def test_it_holds_no_more_than_twice_its_entries() -> None:
    kept = Kept(entries=10)
    for number in range(1000):
        kept.keep(str(number))

    assert len(kept.memory) <= 22
    assert kept.memory.find(["999"]) == ["999"]
