"""What a request has waited for a source: reads at the same time count once."""

from domain.model.tally import Tally


def test_reads_after_each_other_add_up() -> None:
    tally = Tally()
    assert tally.begin("hr", 10.0) == 0.0
    tally.end("hr", 13.0)

    assert tally.begin("hr", 20.0) == 3.0
    tally.end("hr", 21.0)

    assert tally.begin("hr", 30.0) == 4.0


def test_reads_at_the_same_time_count_once() -> None:
    tally = Tally()
    tally.begin("hr", 10.0)
    assert tally.begin("hr", 11.0) == 1.0
    tally.end("hr", 12.0)
    tally.end("hr", 14.0)

    assert tally.begin("hr", 50.0) == 4.0


def test_each_source_is_waited_for_by_itself() -> None:
    tally = Tally()
    tally.begin("hr", 0.0)
    tally.end("hr", 8.0)

    assert tally.begin("finance", 8.0) == 0.0
