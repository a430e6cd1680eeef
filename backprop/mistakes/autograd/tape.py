"""What students write for the tape: which tensors, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_tape(names: Names, rng: Rng) -> dict[str, Any]:
    """Numbers of what stands on the tape, counted from the first: a diamond with an arm, doublings, a long chain."""
    tensor, tape = names["Tensor"], names["tape"]

    def rule(g: Any) -> Any:
        return g

    values = iter([3.0, 1.0, 4.0, 2.0, 7.0, 5.0, 6.0, 0.0])

    def made(*sources: Any) -> Any:
        return tensor(next(values, 1.0), "?", tuple((source, rule) for source in sources))

    a, b = made(), made()
    left, aside = made(a, b), made(b, b)
    right = made(a, made())
    low = made(left, a)
    top = made(low, right, low)
    start, seen = int(a.number), {}
    for title, end in (("diamond", top), ("aside", aside), ("alone", a)):
        seen[title] = attempt(
            lambda end=end: np.array([int(t.number) - start for t in tape(end)], dtype=float)
        )
    doubled = made()
    for _ in range(5):
        doubled = made(doubled, doubled)
    seen["doubled"] = attempt(lambda: len(tape(doubled)))
    chain = made()
    for _ in range(1100):
        chain = made(chain)
    seen["long"] = attempt(lambda: len(tape(chain)))
    return seen


HEAD = "def tape(output):\n    "
WALK = "for source, _ in waiting.pop().sources:"
RETURN = "return sorted(found, key=lambda tensor: tensor.number)"
NEW = "if source not in found:"

TAPE = Exercise(
    "tape",
    probe_tape,
    wrong=(
        Variant(
            "newest-first",
            "The tape runs the wrong way: the oldest tensor comes first, as the program made them.",
            edits=((RETURN, RETURN.replace(")", ", reverse=True)", 1)),),
            shows="value",
        ),
        Variant(
            "as-found",
            "The tensors stand in the order in which the walk from the end came across them, which is not the order "
            "in which they were made: sort them by `number`.",
            edits=(
                ("found, waiting = {output}, [output]", "found, waiting = [output], [output]"),
                ("found.add(source)", "found.append(source)"),
                (RETURN, "return found"),
            ),
            shows="value",
        ),
        Variant(
            "as-found-reversed",
            "The list is what the walk from the end found, turned round: a tensor that is read early *and* late stands "
            "in the wrong place. Sort by `number`.",
            edits=(
                ("found, waiting = {output}, [output]", "found, waiting = [output], [output]"),
                ("found.add(source)", "found.append(source)"),
                ("waiting.pop()", "waiting.pop(0)"),
                (RETURN, "return found[::-1]"),
            ),
            shows="value",
        ),
        Variant(
            "output-missing",
            "The result itself is missing from its tape.",
            edits=((RETURN, "found.discard(output)\n    " + RETURN),),
            shows="value",
        ),
        Variant(
            "leaves-missing",
            "Tensors that no operation made are missing: it is their gradients that one wants in the end.",
            edits=((RETURN, RETURN.replace("found,", "[t for t in found if t.sources],")),),
            shows="value",
        ),
        Variant(
            "once-per-reader",
            "A tensor stands on the tape once for each place that reads it; each belongs there once.",
            edits=(
                (
                    RETURN,
                    "every = [output] + [source for tensor in found for source, _ in tensor.sources]\n"
                    "    return sorted(every, key=lambda tensor: tensor.number)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "first-source-only",
            "The walk follows the first source of each tensor and no other.",
            edits=((WALK, "for source, _ in waiting.pop().sources[:1]:"),),
            shows="value",
        ),
        Variant(
            "one-step-only",
            "Only what the result read itself is on the tape; what these were made of is missing.",
            edits=(("                waiting.append(source)\n", ""),),
            shows="value",
        ),
        Variant(
            "recursive",
            "The walk calls itself for each source, and Python stops at about a thousand calls within calls: a program "
            "that loops longer has no tape. Keep a list of what waits instead.",
            source=HEAD
            + """found = set()

    def visit(tensor):
        if tensor not in found:
            found.add(tensor)
            for source, _ in tensor.sources:
                visit(source)

    visit(output)
    return sorted(found, key=lambda tensor: tensor.number)""",
            shows="behaviour",
        ),
        Variant(
            "every-way",
            "Whatever is read again is looked at again and stands on the tape again: each tensor belongs there once. Put only "
            "what is new into both lists.",
            edits=(
                ("found, waiting = {output}, [output]", "found, waiting = [output], [output]"),
                (NEW, "if True:"),
                ("found.add(source)", "found.append(source)"),
            ),
            shows="value",
        ),
        Variant(
            "sorted-by-value",
            "The tape is sorted by what tensors hold (`<` compares values), not by when they were made: key=... says by what.",
            edits=((RETURN, "return sorted(found)"),),
            shows="value",
        ),
        Variant(
            "equal-values-merged",
            "Tensors that hold the same number are taken for one: what counts is the object, not its value.",
            edits=((NEW, "if not any(np.array_equal(source.value, t.value) for t in found):"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "first-come-first-served",
            source=HEAD
            + """from collections import deque

    known, queue = {output.number: output}, deque([output])
    while queue:
        tensor = queue.popleft()
        for pair in tensor.sources:
            if pair[0].number not in known:
                known[pair[0].number] = pair[0]
                queue.append(pair[0])
    return [known[number] for number in sorted(known)]""",
        ),
        Variant(
            "youngest-first-from-a-heap",
            source=HEAD
            + """import heapq

    heap, seen, order = [(-output.number, output)], {id(output)}, []
    while heap:
        _, tensor = heapq.heappop(heap)
        order.append(tensor)
        for source, _ in tensor.sources:
            if id(source) not in seen:
                seen.add(id(source))
                heapq.heappush(heap, (-source.number, source))
    return order[::-1]""",
        ),
        Variant(
            "seen-when-taken",
            source=HEAD
            + """found, waiting = [], [output]
    seen = set()
    while waiting:
        tensor = waiting.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        found.append(tensor)
        waiting.extend(source for source, rule in tensor.sources)
    found.sort(key=lambda t: t.number)
    return found""",
        ),
    ),
)
