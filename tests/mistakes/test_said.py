"""What the grader says beside an answer without a known mistake: that it isn't finished, what a test says."""

from __future__ import annotations

from autograder.hooks import Failure
from backprop.diagnose import stopped, told, unfinished
from workbook.checks.errors import CheckError, Found

LINES = (
    "Linear.backward, line 9:",
    '    self.grads["bias"] += g',
    "ValueError: operands could not be broadcast together",
    "What is added has another shape: it isn't",
    "    summed.",
    "(in a hidden test)",
)
STOPPED = Failure(ValueError("operands"), LINES)
CAUSE = Failure(CheckError("The bias is wrong.", looks="it is all zeros.", cause="zero"))
SYMPTOM = Failure(CheckError("The value is wrong.", looks="row 2.", cause="places", found=Found.SYMPTOM))
NUMBERS = Failure(CheckError("The value is wrong: 1, not 2."))
WORDS = Failure(AssertionError("the biases start at\n    zero"))
STUB = Failure(
    NotImplementedError(), ("Not attempted yet: fill in Linear.backward, then run this cell again.",)
)


def test_a_part_that_is_still_a_stub_is_said_to_be_one() -> None:
    assert unfinished([WORDS, CAUSE, STUB]).startswith("Linear.backward is still a stub")
    assert unfinished([Failure(NotImplementedError())]).startswith("A part of it is still a stub")
    assert unfinished([WORDS, CAUSE, STOPPED]) == ""


def test_the_test_that_knows_most_is_quoted() -> None:
    assert told([WORDS, STOPPED, CAUSE]) == "The bias is wrong. What it looks like: it is all zeros."
    assert told([NUMBERS, WORDS, STOPPED, SYMPTOM]).startswith("It stopped in Linear.backward")
    assert told([NUMBERS, WORDS, SYMPTOM]) == "The value is wrong. What it looks like: row 2."
    assert told([NUMBERS, WORDS]) == "the biases start at zero"
    assert told([NUMBERS]) == "The value is wrong: 1, not 2."


def test_a_line_that_stopped_is_quoted_with_its_place_and_meaning() -> None:
    assert stopped(LINES) == (
        'It stopped in Linear.backward, line 9, `self.grads["bias"] += g`: ValueError: operands could not be '
        "broadcast together. What is added has another shape: it isn't summed."
    )
    assert stopped(("KeyError: 3",)) == "KeyError: 3"
    assert stopped(()) == ""


def test_a_loop_that_was_stopped_is_quoted_before_what_would_end_it() -> None:
    lines = (
        "total, line 3:",
        "    while k < len(xs):",
        "The loop in total goes on as long as k < len(xs) holds.",
        "CellTimeoutError: no answer within 8 seconds (an endless loop?)",
        "(in a hidden test)",
    )
    assert stopped(lines) == (
        "It was stopped in total, line 3, `while k < len(xs)`: no answer within 8 seconds (an endless "
        "loop?). The loop in total goes on as long as k < len(xs) holds."
    )


def test_an_object_without_a_name_of_its_own_is_called_by_its_class() -> None:
    lines = (
        "backward, line 10:",
        "    total[source] += part",
        "KeyError: <m.Tensor object at 0x7f5f0>",
    )
    assert told([Failure(KeyError(), lines)]).endswith("`total[source] += part`: KeyError: a Tensor")
