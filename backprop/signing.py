"""What each known mistake computes on its exercise's probe, as marks that hold no answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from autograder.course import Course
from backprop.mistakes import bank_of
from backprop.mistakes.bank import BankError, Exercise, Variant
from backprop.reference import exported, namespace
from workbook.probe import SEEDS, run
from workbook.recognise import Mistake, Signs, agrees, wrong_parts
from workbook.signature import Mark, parts_of


@dataclass(frozen=True)
class Signed:
    """An exercise's known mistakes, by which every right answer and every mistake is told from the others.

    Attributes:
        exercise: of the bank.
        signs: of its probe.
        problems: a sentence for the bank's author about each mistake that had to be left out.
    """

    exercise: Exercise
    signs: Signs
    problems: tuple[str, ...]


def signed(course: Course, assignment: str, seeds: tuple[int, ...] = SEEDS) -> tuple[Signed, ...]:
    """Sign every exercise of an assignment; nothing for one without a bank, or that an instructor took out.

    The reference `mynn` of earlier assignments has to be importable.
    """
    bank = bank_of(assignment)
    there = exported(course, assignment) if bank else {}
    exercises = [each for each in bank.exercises if each.cell in there] if bank else []
    return tuple(sign(course, assignment, each, seeds) for each in exercises)


def sign(course: Course, assignment: str, exercise: Exercise, seeds: tuple[int, ...] = SEEDS) -> Signed:
    """Sign one exercise, once.

    The reference `mynn` of earlier assignments has to be importable.
    """
    return _sign(course, assignment, exercise, seeds)


@cache  # which tells a default from the same value passed
def _sign(course: Course, assignment: str, exercise: Exercise, seeds: tuple[int, ...]) -> Signed:
    answers = exported(course, assignment)
    problems: list[str] = []

    def found(variant: Variant | None) -> list[Any] | None:
        try:
            replace = {exercise.cell: variant.apply(answers[exercise.cell])} if variant else {}
            results = run(exercise.probe, namespace(course, assignment, replace), seeds)
        except BankError as error:  # the instructor has changed this solution; grading and releasing go on
            problems.append(f"{exercise.cell}: {error}")
            return None
        if results is None:
            name = variant.name if variant else "the solution"
            problems.append(f"{exercise.cell}: {name} raises in its probe.")
        return results

    right: dict[str, list[Mark]] = {}
    for results in (found(None), *(found(variant) for variant in exercise.right)):
        for name, part in parts_of(results or []).items():
            if not any(part.agrees(mark) for mark in right.get(name, ())):
                right.setdefault(name, []).append(part.mark())
    mistakes: list[Mistake] = []
    for variant in exercise.wrong:
        results = found(variant)
        if results is None:
            continue
        parts = parts_of(results)
        wrong = wrong_parts(parts, right)
        same = [
            other
            for other in mistakes
            if other.wrong.keys() == wrong and all(agrees(parts, *each) for each in other.wrong.items())
        ]
        if not wrong:
            problems.append(f"{exercise.cell}: the probe doesn't tell {variant.name} from a right answer.")
        elif not same:
            marks = {name: parts[name].mark() if name in parts else [] for name in sorted(wrong)}
            mistakes.append(Mistake(variant.name, variant.sentence, marks))
        elif same[0].sentence != variant.sentence:
            problems.append(f"{exercise.cell}: the probe doesn't tell {variant.name} from {same[0].name}.")
            mistakes.remove(same[0])
    return Signed(exercise, Signs(right, tuple(mistakes)), tuple(problems))
