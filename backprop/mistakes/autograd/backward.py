"""What students write for backward: one walk from the end of the tape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Exercise, Variant, attempt

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_backward(names: Names, rng: Rng) -> dict[str, Any]:
    """The grads after one walk and after two, on a tape with rules of our own; and how often these were called."""
    tensor, calls = names["Tensor"], [0]
    factors = iter(rng.uniform(0.5, 1.5, size=(12, 3)))

    def made(*sources: Any) -> Any:
        def rule(factor: Any) -> Any:
            def send(g: Any) -> Any:
                calls[0] += 1
                return np.asarray(factor * np.asarray(g))

            return send

        def pass_on(g: Any) -> Any:
            calls[0] += 1
            return g

        rules = [rule(next(factors)) for _ in sources[1:]]
        return tensor(np.ones(3), "?", tuple(zip(sources, [pass_on, *rules], strict=False)))

    a, b = made(), made()
    low = made(a, a)
    early = made(b, low)
    joined = made(low, early, b)
    high = made(early, joined, low)
    top = made(high)
    everything, upstream = [a, b, low, early, joined, high, top], rng.normal(size=3)
    kept = upstream.copy()
    seen: dict[str, Any] = {}
    for walk in ("first", "second"):
        calls[0] = 0
        seen[f"{walk}: ended"] = str(attempt(names["backward"], top, kept))
        seen[walk] = [attempt(lambda t=t: np.array(t.grad, dtype=float)) for t in everything]
        seen[f"{walk}: calls"] = calls[0]
        grads = [t.grad for t in everything if isinstance(t.grad, np.ndarray)]
        pairs = [(one, other) for k, one in enumerate([kept, *grads]) for other in grads[k:]]
        seen[f"{walk}: arrays shared"] = any(np.shares_memory(one, other) for one, other in pairs)
    seen["upstream changed"] = not np.array_equal(kept, upstream)
    seen["from the middle: ended"] = str(attempt(names["backward"], joined))
    seen["from the middle, without a gradient"] = [
        attempt(lambda t=t: np.array(t.grad, dtype=float)) for t in everything
    ]
    return seen


BACK = "for tensor in reversed(notes):"
KEEP = "tensor.grad = tensor.grad + total[tensor]"
SEND = "for source, part in tensor.send(total[tensor]):"
COLLECT = "total[source] = total[source] + part"
START = "np.ones(output.shape) if gradient is None else gradient"
SOLVED = f"""notes = tape(output)
    total = {{tensor: 0.0 for tensor in notes}}
    total[output] = {START}
    {BACK}
        {KEEP}
        {SEND}
            {COLLECT}"""


def _depth_first(on: str) -> str:
    return f"""total = {{}}

    def arrive(tensor, gradient):
        total[tensor] = total.get(tensor, 0.0) + gradient
        for source, part in tensor.send({on}):
            arrive(source, part)

    arrive(output, {START})
    for tensor in total:
        {KEEP}"""


BACKWARD = Exercise(
    "backward",
    probe_backward,
    wrong=(
        Variant(
            "overwritten",
            "What arrives at a tensor overwrites what arrived before: a value that is used twice gets the sum of both.",
            edits=((COLLECT, "total[source] = part"),),
        ),
        Variant(
            "forward-order",
            "The tape is played forwards: a tensor is asked before its readers have sent anything.",
            edits=((BACK, "for tensor in notes:"),),
        ),
        Variant(
            "forward-order-with-zeros",
            "The tape is played forwards: a tensor is asked before its readers have sent anything.",
            edits=(
                (BACK, "for tensor in notes:"),
                ("{tensor: 0.0 for", "{tensor: np.zeros(tensor.shape) for"),
            ),
        ),
        Variant(
            "last-left-out",
            "The walk ends before the oldest tensor on the tape: its sum is complete, and isn't added to its grad.",
            edits=((BACK, "for tensor in notes[:0:-1]:"),),
            shows="behaviour",
        ),
        Variant(
            "sums-on-the-way-collected",
            "Whenever something arrives, `grad` grows by all that has arrived so far, so that early parts count several "
            "times. Add to it once, when the sum is complete.",
            edits=(
                (KEEP, "if tensor is output:\n            " + KEEP),
                (COLLECT, COLLECT + "\n            source.grad = source.grad + total[source]"),
            ),
        ),
        Variant(
            "first-gradient-for-all",
            "Every tensor sends on the gradient of the output; it sends on what has arrived at itself.",
            edits=((SEND, "for source, part in tensor.send(total[output]):"),),
        ),
        Variant(
            "notes-dropped",
            "The sources are taken off the tensors on the way: a second walk finds no way back. The notes stay.",
            edits=((COLLECT, COLLECT + "\n        tensor.sources = ()"),),
            shows="behaviour",
        ),
        Variant(
            "nothing-has-arrived",
            "A tensor is asked for which nothing has arrived yet. The output comes first, then who is older: reversed(tape(output)).",
            edits=(
                (BACK, "for tensor in notes:"),
                ("total = {tensor: 0.0 for tensor in notes}", "total = {}"),
                (COLLECT, "total[source] = total.get(source, 0.0) + part"),
            ),
        ),
        Variant(
            "zeros-to-begin",
            "Where no gradient is handed over the walk begins with zeros, and nothing flows: it begins with ones.",
            edits=((START, START.replace("np.ones", "np.zeros")),),
            shows="behaviour",
        ),
        Variant(
            "one-number-to-begin",
            "Where no gradient is handed over the walk begins with a single 1; it begins with ones in the output's shape.",
            edits=((START, "1.0 if gradient is None else gradient"),),
            shows="behaviour",
        ),
        Variant(
            "assigned",
            "`grad` is set to this walk's gradient; it should grow by it, since a tensor may take part in several walks.",
            edits=((KEEP, "tensor.grad = total[tensor] + np.zeros(tensor.shape)"),),
            hypothesis="second-backward",
        ),
        Variant(
            "array-shared",
            "A grad is the very array that was handed over, or that another tensor has too: whoever changes one in "
            "place changes both. Make a new one: grad + sum.",
            edits=(
                (KEEP, "tensor.grad = tensor.grad + total[tensor] if np.any(tensor.grad) else total[tensor]"),
            ),
            shows="behaviour",
        ),
        Variant(
            "old-gradients-sent-on",
            "What is sent on is `grad`, which holds the gradients of earlier walks as well: they are delivered once more. "
            "Send on what arrived in this walk alone.",
            edits=((SEND, "for source, part in tensor.send(tensor.grad):"),),
            hypothesis="second-backward",
        ),
        Variant(
            "added-in-place",
            "`+=` changes an array that others hold as well: a sum sends the same array to both of its sources. "
            "Make a new one: total = total + part.",
            edits=(
                (
                    COLLECT,
                    "if np.ndim(total[source]) or total[source]:\n                total[source] += part\n"
                    "            else:\n                total[source] = part",
                ),
            ),
            hypothesis="argument-changed",
        ),
        Variant(
            "depth-first-totals",
            "Each arrival is sent on at once, with all that had arrived before: early gradients are counted several times. "
            "Wait until all readers have sent theirs.",
            edits=((SOLVED, _depth_first("total[tensor]")),),
        ),
        Variant(
            "path-by-path",
            "Each arrival is sent on by itself, so every path is walked: right, and 2¹⁰⁰ calls for a hundred doublings. "
            "Collect first, and send each sum on once.",
            edits=((SOLVED, _depth_first("gradient")),),
            shows="behaviour",
        ),
        Variant(
            "asked-once-too-early",
            "A tensor is asked when the first gradient arrives, and what its other readers send comes too late.",
            edits=(
                (
                    SOLVED,
                    f"""total, waiting, done = {{output: {START}}}, [output], set()
    while waiting:
        tensor = waiting.pop()
        if tensor in done:
            continue
        done.add(tensor)
        for source, part in tensor.send(total[tensor]):
            total[source] = total.get(source, 0.0) + part
            waiting.append(source)
    for tensor in total:
        {KEEP}""",
                ),
            ),
        ),
        Variant(
            "ones-for-gradient",
            "The gradient that was handed over is not used: every walk begins with ones.",
            edits=((START, "np.ones(output.shape)"),),
            hypothesis="upstream",
        ),
        Variant(
            "leaves-only",
            "Only tensors that no operation made keep their gradient; every tensor on the tape should.",
            edits=((KEEP, "if not tensor.sources:\n            " + KEEP),),
            shows="behaviour",
        ),
        Variant(
            "output-forgotten",
            "The result's own `grad` stays as it was; it is on the tape as well.",
            edits=((KEEP, "if tensor is not output:\n            " + KEEP),),
            shows="behaviour",
        ),
        Variant(
            "twice-counted-once",
            "A tensor that one operation reads twice gets one of the two parts: it was read in two places, and is owed both.",
            edits=((SEND, "for source, part in dict(tensor.send(total[tensor])).items():"),),
        ),
        Variant(
            "averaged",
            "What the readers of a tensor send is averaged: a nudge moves all of them in full, so it is summed.",
            edits=(
                (
                    COLLECT,
                    "total[source] = total[source] + part / sum(s is source for t in notes for s, _ in t.sources)",
                ),
            ),
        ),
        Variant(
            "given-array-changed",
            "The array that was handed over as the gradient is changed: somebody else still needs it.",
            edits=(
                (KEEP, "tensor.grad += total[tensor]\n        total[tensor] *= 1.0 + (tensor is output)"),
            ),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "lists-of-parts",
            edits=(
                (
                    SOLVED,
                    f"""arrived = {{id(output): [{START}]}}
    for tensor in tape(output)[::-1]:
        summed = np.sum(arrived[id(tensor)], axis=0)
        tensor.grad += summed
        for source, part in tensor.send(summed):
            arrived.setdefault(id(source), []).append(part)""",
                ),
            ),
        ),
        Variant(
            "youngest-that-waits",
            edits=(
                (
                    SOLVED,
                    f"""if gradient is None:
        gradient = np.ones_like(output.value)
    waiting = {{output: gradient}}
    while waiting:
        tensor = max(waiting, key=lambda t: t.number)
        here = waiting.pop(tensor)
        {KEEP.replace("total[tensor]", "here")}
        for source, part in tensor.send(here):
            waiting[source] = waiting[source] + part if source in waiting else part""",
                ),
            ),
        ),
        Variant(
            "arrays-of-its-own",
            edits=(
                (
                    "total = {tensor: 0.0 for tensor in notes}",
                    "total = {tensor: np.zeros(tensor.shape) for tensor in notes}",
                ),
                (f"total[output] = {START}", f"total[output] += {START}"),
                (KEEP, "tensor.grad += total[tensor]"),
                (COLLECT, "total[source] += part"),
            ),
        ),
    ),
)
