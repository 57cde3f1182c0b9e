"""What is kept for seconds: bounded, forgotten by token, never older than a write."""

from dataclasses import dataclass, field

from cache.marks import Marks
from cache.memory import Memory, MemoryOptions

MANY = 10_000


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Kept:
    """A memory over a clock and a watcher that can be switched."""

    clock: Clock = field(default_factory=Clock)
    is_current: bool = True
    entries: int = 50

    def __post_init__(self) -> None:
        options = MemoryOptions(seconds=5.0, entries=self.entries)
        self.memory = Memory[str, str | None](options, lambda: self.is_current, self.clock)

    def keep(self, key: str, value: str | None = "v") -> None:
        self.memory.keep(key, value, (key,), self.memory.begin())


def test_an_answer_is_kept_for_its_time_and_no_longer() -> None:
    kept = Kept()
    kept.keep("a")

    kept.clock.now += 4.9
    assert kept.memory.find(["a", "b"]) == {"a": "v"}
    kept.clock.now += 0.2
    assert kept.memory.find(["a"]) == {}


def test_nothing_found_is_an_answer_too() -> None:
    kept = Kept()
    kept.keep("a", None)

    assert kept.memory.find(["a"]) == {"a": None}


def test_a_forgotten_key_is_gone_and_others_stay() -> None:
    kept = Kept()
    kept.keep("a")
    kept.keep("b")

    kept.memory.forget(["a"])

    assert kept.memory.find(["a", "b"]) == {"b": "v"}


def test_an_answer_is_forgotten_by_any_of_its_tokens() -> None:
    kept = Kept()
    kept.memory.keep("a", "v", ("question", "owner"), kept.memory.begin())

    kept.memory.forget(["owner"])

    assert kept.memory.find(["a"]) == {}


def test_what_was_being_read_during_a_write_is_not_kept() -> None:
    kept = Kept()
    since = kept.memory.begin()

    kept.memory.forget(["a"])
    kept.memory.keep("a", "old", ("a",), since)
    kept.memory.keep("b", "good", ("b",), since)

    assert kept.memory.find(["a", "b"]) == {"b": "good"}


def test_what_was_being_read_when_all_was_forgotten_is_not_kept() -> None:
    kept = Kept()
    since = kept.memory.begin()

    kept.memory.forget_all()
    kept.memory.keep("a", "old", ("a",), since)

    assert kept.memory.find(["a"]) == {}


def test_it_is_bypassed_while_nobody_knows_what_others_write() -> None:
    kept = Kept()
    kept.keep("a")

    kept.is_current = False
    assert kept.memory.find(["a", "b"]) == {}
    kept.keep("b")
    kept.is_current = True

    assert kept.memory.find(["a", "b"]) == {"a": "v"}
    assert kept.memory.figures.as_counts() == {
        "hits": 1,
        "misses": 1,
        "collapsed": 0,
        "bypassed": 2,
    }


def test_ten_thousand_keys_and_writes_leave_it_as_small_as_it_was() -> None:
    kept = Kept()

    for number in range(MANY):
        kept.keep(str(number))
        kept.memory.forget([f"w{number}"])

    assert len(kept.memory) == kept.entries
    assert kept.memory.find([str(MANY - 1)]) == {str(MANY - 1): "v"}


def test_marks_are_bounded_and_a_dropped_one_counts_as_changed() -> None:
    marks = Marks(most=2)
    marks.mark(["a"])
    before_b = marks.now
    for token in "bcd":
        marks.mark([token])

    assert len(marks) == 2
    assert not marks.stands(["b"], before_b)  # its mark is gone, the change is not
    assert not marks.stands(["x"], before_b)  # nobody knows any more
    assert marks.stands(["x"], marks.now)
