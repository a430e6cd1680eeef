"""What students write for 07-autograd: operations with rules, the tape, backward, unbroadcast, a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, attempt, sent_back

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_arithmetic(names: Names, rng: Rng) -> dict[str, Any]:
    """Values, what the rules send, and whether the operands are still what they were."""
    tensor, x, y = names["Tensor"], rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    positive, upstream = np.abs(rng.normal(size=(4, 3))) + 0.5, rng.normal(size=(4, 3))
    cases: dict[str, tuple[Any, Any]] = {
        "add": (lambda a, b: names["add"](a, b), (x, y)),
        "multiply": (lambda a, b: names["multiply"](a, b), (x, y)),
        "square": (lambda a: names["multiply"](a, a), (x,)),
        "cube": (lambda a: names["power"](a, 3), (x,)),
        "inverse root": (lambda a: names["power"](a, -0.5), (positive,)),
    }
    seen: dict[str, Any] = {}
    for title, (operation, arrays) in cases.items():
        sources = [tensor(array) for array in arrays]
        output = attempt(operation, *sources)
        seen[title] = attempt(lambda output=output: np.array(output.value))
        seen[f"{title}: sent"] = attempt(sent_back, output, sources, upstream)
        seen[f"{title}: operands"] = [np.array(source.value) for source in sources]
    return seen


SUM_RULES = "[(a, lambda g: g), (b, lambda g: g)]"
PRODUCT_RULES = "[(a, lambda g: g * b.value), (b, lambda g: g * a.value)]"
PRODUCT = f'return Tensor(a.value * b.value, "×", {PRODUCT_RULES})'
POWER_RULE = "lambda g: g * n * a.value ** (n - 1)"

ARITHMETIC = Exercise(
    "arithmetic",
    probe_arithmetic,
    wrong=(
        Variant(
            "sum-shares",
            "The two sources of a sum get half of the gradient each: a nudge of either moves the sum in full, so each "
            "gets all of it.",
            edits=((SUM_RULES, "[(a, lambda g: g / 2), (b, lambda g: g / 2)]"),),
            hypothesis="factor",
        ),
        Variant(
            "own-factor",
            "In a product each source gets g times its *own* value: how far the product moves with a is what a is "
            "multiplied by, b.",
            edits=((PRODUCT_RULES, "[(a, lambda g: g * a.value), (b, lambda g: g * b.value)]"),),
            hypothesis="swapped",
        ),
        Variant(
            "loop-variable",
            "The rules of the product are made in a loop, and look up the loop's variable when they are *called*: by "
            "then it has its last value, for both. Write the two rules out, or bind it early, as in `lambda g, other=other: g * other.value`.",
            edits=(
                (
                    PRODUCT,
                    "sources = []\n    for this, other in ((a, b), (b, a)):\n"
                    "        sources.append((this, lambda g: g * other.value))\n"
                    '    return Tensor(a.value * b.value, "×", sources)',
                ),
            ),
            hypothesis="formula",
        ),
        Variant(
            "exponent-kept",
            "The slope of a to the power n has the exponent n - 1; here it is still n.",
            edits=((POWER_RULE, "lambda g: g * n * a.value**n"),),
            hypothesis="times",
        ),
        Variant(
            "exponent-not-in-front",
            "The slope of a to the power n has a factor n in front, which is missing.",
            edits=((POWER_RULE, "lambda g: g * a.value ** (n - 1)"),),
            hypothesis="factor",
        ),
        Variant(
            "product-upstream-ignored",
            "The rules of the product send the other factor and leave out g, the gradient that arrives.",
            edits=((PRODUCT_RULES, "[(a, lambda g: b.value), (b, lambda g: a.value)]"),),
            hypothesis="upstream",
        ),
        Variant(
            "power-upstream-ignored",
            "The rule of the power sends the slope alone; it has to be multiplied by g, the gradient that arrives.",
            edits=((POWER_RULE, "lambda g: n * a.value ** (n - 1)"),),
            hypothesis="upstream",
        ),
        Variant(
            "second-source-forgotten",
            "The sum notes only its first source: nothing flows back to the second.",
            edits=((SUM_RULES, "[(a, lambda g: g)]"),),
            hypothesis="returns",
        ),
        Variant(
            "sum-sends-one",
            "The rules of the sum send 1, the slope alone; it has to be multiplied by g, the gradient that arrives.",
            edits=((SUM_RULES, "[(a, lambda g: 1.0), (b, lambda g: 1.0)]"),),
        ),
        Variant(
            "exponent-as-source",
            "The exponent is noted as a source: n is a plain number, no tensor, and gets no gradient.",
            edits=(
                (
                    f"[(a, {POWER_RULE})]",
                    f"[(a, {POWER_RULE}), (Tensor(n), lambda g: g * np.log(a.value) * a.value**n)]",
                ),
            ),
        ),
        Variant(
            "sum-rules-return-nothing",
            "The rules of the sum return None: what a rule computes has to be returned.",
            edits=((SUM_RULES, "[(a, lambda g: None), (b, lambda g: None)]"),),
        ),
        Variant(
            "product-rules-return-nothing",
            "The rules of the product return None: what a rule computes has to be returned.",
            edits=((PRODUCT_RULES, "[(a, lambda g: None), (b, lambda g: None)]"),),
        ),
        Variant(
            "power-rule-returns-nothing",
            "The rule of the power returns None: what a rule computes has to be returned.",
            edits=((POWER_RULE, "lambda g: None"),),
        ),
        Variant(
            "sum-as-product",
            "The rules of the sum multiply by the other operand, as those of a product do; the slope of a + b is 1 in both.",
            edits=((SUM_RULES, PRODUCT_RULES),),
        ),
        Variant(
            "times-for-power",
            "`power` multiplies by n; it should raise to the power n, with **.",
            edits=(("Tensor(a.value**n,", "Tensor(a.value * n,"),),
            shows="value",
        ),
        Variant(
            "operand-overwritten",
            "`add` writes its result into the first operand's array: a tensor that others have read has another value now.",
            edits=(("Tensor(a.value + b.value,", "Tensor(np.add(a.value, b.value, out=a.value),"),),
            shows="behaviour",
        ),
        Variant(
            "no-notes",
            "The results are tensors without sources: nobody knows how they were made, and nothing flows back.",
            edits=((SUM_RULES, "[]"), (PRODUCT_RULES, "[]"), (f"[(a, {POWER_RULE})]", "[]")),
            hypothesis="returns",
        ),
    ),
    right=(
        Variant(
            "named-rules",
            edits=(
                (
                    PRODUCT,
                    "def to_a(g):\n        return np.multiply(g, b.value)\n\n    def to_b(g):\n"
                    "        return np.multiply(a.value, g)\n\n"
                    '    return Tensor(np.multiply(a.value, b.value), op="times", sources=((b, to_b), (a, to_a)))',
                ),
                (POWER_RULE, "lambda g: n * np.power(a.value, n - 1) * g"),
            ),
        ),
        Variant(
            "copies-and-early-binding",
            edits=(
                (SUM_RULES, "[(x, lambda g: g.copy()) for x in (a, b)]"),
                (
                    PRODUCT_RULES,
                    "[(x, lambda g, other=other.value.copy(): g * other) for x, other in ((a, b), (b, a))]",
                ),
                (POWER_RULE, "lambda g, slope=n * a.value ** (n - 1): g * slope"),
            ),
        ),
    ),
)


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
    top = made(early, joined, low)
    everything, upstream = [a, b, low, early, joined, top], rng.normal(size=3)
    kept = upstream.copy()
    seen: dict[str, Any] = {}
    for walk in ("first", "second"):
        calls[0] = 0
        seen[f"{walk}: ended"] = str(attempt(names["backward"], top, kept))
        seen[walk] = [attempt(lambda t=t: np.array(t.grad, dtype=float)) for t in everything]
        seen[f"{walk}: calls"] = calls[0]
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


def probe_unbroadcast(names: Names, rng: Rng) -> dict[str, Any]:
    """Every kind of copying: new axes, stretched ones, both, all."""
    gradient = rng.normal(size=(2, 4, 3))
    shapes = [(4, 3), (3,), (), (1, 3), (4, 1), (2, 1, 3), (1, 1, 1), (1, 4, 1), (2, 4, 3)]
    seen: dict[str, Any] = {}
    for shape in shapes:
        given = gradient.copy()
        seen[str(shape)] = attempt(
            lambda given=given, shape=shape: np.array(names["unbroadcast"](given, shape))
        )
        seen[f"{shape}: changed"] = not np.array_equal(given, gradient)
    square = rng.normal(size=(3, 3))
    seen["square"] = attempt(lambda: np.array(names["unbroadcast"](square.copy(), (3,))))
    return seen


NEW_AXES = "gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))"
STRETCHED = "return gradient.sum(axis=stretched, keepdims=True)"

UNBROADCAST = Exercise(
    "unbroadcast",
    probe_unbroadcast,
    wrong=(
        Variant(
            "new-axes-only",
            "Axes of length 1 that were stretched are not summed: only those that were new.",
            edits=((STRETCHED, "return gradient"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "stretched-axes-only",
            "New axes in front are not summed: only those of length 1 that were stretched.",
            edits=((NEW_AXES + "\n    ", ""),),
            hypothesis="shape",
        ),
        Variant(
            "averaged",
            "The copies' gradients are averaged; a nudge moves all copies in full, so they are summed.",
            edits=(
                (NEW_AXES, NEW_AXES.replace(".sum(", ".mean(")),
                (STRETCHED, STRETCHED.replace(".sum(", ".mean(")),
            ),
            hypothesis="factor",
        ),
        Variant(
            "length-one-lost",
            "A stretched axis disappears; it stays, with length 1, since the tensor has it: keepdims=True.",
            edits=((STRETCHED, "return gradient.sum(axis=stretched)"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "one-copy-only",
            "The gradient of one copy is taken instead of the sum over all.",
            edits=(
                (NEW_AXES, "for _ in range(gradient.ndim - len(shape)):\n        gradient = gradient[0]"),
                (
                    STRETCHED,
                    "return gradient[tuple(slice(0, 1) if k in stretched else slice(None) for k in range(len(shape)))]",
                ),
            ),
        ),
        Variant(
            "new-axes-behind",
            "The last axes are summed where the first should be: NumPy puts new axes in front.",
            edits=((NEW_AXES, "gradient = gradient.sum(axis=tuple(range(len(shape), gradient.ndim)))"),),
        ),
        Variant(
            "one-new-axis",
            "One axis in front is summed at the most; there may be several new ones.",
            edits=((NEW_AXES, "if gradient.ndim > len(shape):\n        gradient = gradient.sum(axis=0)"),),
            hypothesis="batch-sum",
        ),
        Variant(
            "everything-summed",
            "All entries are summed to one number, whatever the shape.",
            edits=((STRETCHED, "return np.zeros(shape) + gradient.sum()"),),
            hypothesis="summed",
        ),
        Variant(
            "new-axes-averaged",
            "Over new axes the gradient is averaged, over stretched ones it is summed: both were copied, and are summed.",
            edits=((NEW_AXES, NEW_AXES.replace(".sum(", ".mean(")),),
            hypothesis="factor",
        ),
        Variant(
            "largest-copy",
            "The largest of the copies' gradients is taken; all of them flow back, so they are summed.",
            edits=(
                (
                    NEW_AXES,
                    NEW_AXES.replace(
                        ".sum(axis=tuple(range(gradient.ndim - len(shape)))",
                        ".max(axis=tuple(range(gradient.ndim - len(shape)))",
                    ),
                ),
                (STRETCHED, STRETCHED.replace(".sum(", ".max(")),
            ),
        ),
        Variant(
            "reshaped",
            "The gradient is cut to the shape by its first entries: what is left over has to be added, not dropped.",
            edits=(
                (NEW_AXES + "\n    ", ""),
                (STRETCHED, "return np.resize(gradient, shape)"),
            ),
        ),
        Variant(
            "reshaped-and-summed",
            "reshape(-1, *shape) deals the entries out in order, as if all axes had been new; a stretched axis lies "
            "between others, and is summed where it lies.",
            edits=(
                (NEW_AXES + "\n    ", ""),
                (STRETCHED, "return gradient.reshape(-1, *shape).sum(axis=0)"),
            ),
        ),
    ),
    right=(
        Variant(
            "axis-by-axis",
            edits=(
                (NEW_AXES, "while gradient.ndim > len(shape):\n        gradient = gradient.sum(axis=0)"),
                (
                    STRETCHED,
                    "for axis in stretched:\n        gradient = np.sum(gradient, axis=axis, keepdims=True)\n"
                    "    return gradient",
                ),
            ),
        ),
        Variant(
            "summed-at-once-and-reshaped",
            edits=(
                (
                    NEW_AXES,
                    "padded = (1,) * (gradient.ndim - len(shape)) + tuple(shape)\n"
                    "    gradient = gradient.sum(axis=tuple(k for k in range(len(padded)) if padded[k] == 1), keepdims=True)",
                ),
                (STRETCHED, "return gradient.reshape(shape)"),
            ),
        ),
    ),
)


def probe_functions(names: Names, rng: Rng) -> dict[str, Any]:
    """Values and what the rules send; the operand afterwards; a positive operand for the logarithm."""
    tensor, x = names["Tensor"], rng.normal(size=(5, 4))
    positive, upstream = rng.uniform(0.2, 3.0, size=(5, 4)), rng.normal(size=(5, 4))
    seen: dict[str, Any] = {}
    for title, at in (("relu", x), ("exp", x), ("log", positive)):
        source = tensor(at)
        output = attempt(names[title], source)
        seen[title] = attempt(lambda output=output: np.array(output.value))
        seen[f"{title}: sent"] = attempt(sent_back, output, [source], upstream)
        seen[f"{title}: sent again"] = attempt(sent_back, output, [source], -2 * upstream)
        seen[f"{title}: operand"] = np.array(source.value)
    return seen


RELU_RULE, EXP_RULE, LOG_RULE = "lambda g: g * positive", "lambda g: g * y", "lambda g: g / a.value"
RELU_VALUE = "np.maximum(a.value, 0)"

FUNCTIONS = Exercise(
    "functions",
    probe_functions,
    wrong=(
        Variant(
            "relu-mask-from-gradient",
            "relu's gate is set by the sign of the gradient; it is set by the sign of what went in.",
            edits=((RELU_RULE, "lambda g: g * (g > 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-mask-alone",
            "relu's rule sends the gate itself, 1 or 0; it has to be multiplied by g.",
            edits=((RELU_RULE, "lambda g: 1.0 * positive"),),
            hypothesis="upstream",
        ),
        Variant(
            "relu-open",
            "relu's rule lets every gradient pass; where the input was negative the output doesn't move.",
            edits=((RELU_RULE, "lambda g: g"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-operand-overwritten",
            "relu writes its result into its operand's array: whoever else reads that tensor gets other numbers.",
            edits=((RELU_VALUE, "np.maximum(a.value, 0, out=a.value)"),),
            shows="behaviour",
        ),
        Variant(
            "relu-times-input",
            "relu's rule multiplies by the input where it is positive; the slope there is 1.",
            edits=((RELU_RULE, "lambda g: g * np.maximum(a.value, 0)"),),
            hypothesis="times",
        ),
        Variant(
            "relu-gate-inverted",
            "relu's gate is the wrong way round: it lets pass where the input was negative.",
            edits=((RELU_RULE, "lambda g: g * (a.value < 0)"),),
            hypothesis="mask",
        ),
        Variant(
            "relu-maximum-along-an-axis",
            "np.max(a, 0) takes the largest entry along axis 0; np.maximum(a, 0) compares each entry with 0.",
            edits=((RELU_VALUE, "np.max(a.value, 0)"),),
            shows="value",
        ),
        Variant(
            "relu-leaky",
            "A negative number keeps a small share of itself, which is leaky ReLU; relu returns 0.",
            edits=((RELU_VALUE, "np.where(a.value > 0, a.value, 0.01 * a.value)"),),
            shows="value",
        ),
        Variant(
            "exp-of-the-gradient",
            "exp's rule takes the exponential of g; the slope is e to the power of what went in.",
            edits=((EXP_RULE, "lambda g: g * np.exp(g)"),),
        ),
        Variant(
            "log-twice-derived",
            "log's rule is that of 1/x, -1/x²; the slope of ln x is 1/x.",
            edits=((LOG_RULE, "lambda g: -g / a.value**2"),),
        ),
        Variant(
            "log-of-one-more",
            "np.log1p is the logarithm of 1 + x; np.log is that of x.",
            edits=(("np.log(a.value), ", "np.log1p(a.value), "),),
            shows="value",
        ),
        Variant(
            "exp-slope-of-input",
            "exp's rule multiplies by the input; the slope of eˣ is eˣ.",
            edits=((EXP_RULE, "lambda g: g * a.value"),),
            hypothesis="formula",
        ),
        Variant(
            "exp-passes-on",
            "exp's rule passes g on as it is; the slope eˣ is missing.",
            edits=((EXP_RULE, "lambda g: g"),),
            hypothesis="formula",
        ),
        Variant(
            "exp-upstream-ignored",
            "exp's rule sends its slope and leaves out g, the gradient that arrives.",
            edits=((EXP_RULE, "lambda g: y"),),
            hypothesis="upstream",
        ),
        Variant(
            "exp-as-power",
            "exp's rule is that of a power, x · eˣ⁻¹: here the exponent moves, and the slope is eˣ itself.",
            edits=((EXP_RULE, "lambda g: g * a.value * np.exp(a.value - 1)"),),
        ),
        Variant(
            "log-by-its-value",
            "log's rule divides by the logarithm; it divides by what went in.",
            edits=((LOG_RULE, "lambda g: g / np.log(a.value)"),),
        ),
        Variant(
            "log-multiplied",
            "log's rule multiplies by the input where it should divide by it.",
            edits=((LOG_RULE, "lambda g: g * a.value"),),
            hypothesis="formula",
        ),
        Variant(
            "log-upstream-ignored",
            "log's rule sends 1/x and leaves out g, the gradient that arrives.",
            edits=((LOG_RULE, "lambda g: 1 / a.value"),),
            hypothesis="upstream",
        ),
        Variant(
            "log-to-base-ten",
            "This is the logarithm to base 10; `np.log` is the natural one.",
            edits=(("np.log(a.value), ", "np.log10(a.value), "),),
            shows="value",
        ),
        Variant(
            "log-epsilon",
            "A small number is added inside the logarithm: the value of log x isn't right any more.",
            edits=(("np.log(a.value), ", "np.log(a.value + 1e-3), "),),
            shows="value",
        ),
        Variant(
            "relu-absolute",
            "relu returns the size of a negative number; it returns 0.",
            edits=((RELU_VALUE, "np.abs(a.value)"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "by-cases",
            edits=(
                (RELU_VALUE, "np.where(positive, a.value, 0.0)"),
                (RELU_RULE, "lambda g: np.where(positive, g, 0.0)"),
                (EXP_RULE, "lambda g: np.exp(a.value) * g"),
                (LOG_RULE, "lambda g: g * a.value**-1.0"),
            ),
        ),
        Variant(
            "open-at-the-kink",
            edits=(
                ("positive = a.value > 0", "positive = (a.value >= 0).astype(float)"),
                (RELU_VALUE, "a.value * positive"),
                (LOG_RULE, "lambda g, slope=1 / a.value: slope * g"),
            ),
        ),
    ),
)


def probe_matrices(names: Names, rng: Rng) -> dict[str, Any]:
    """A product of three sizes and one of squares; sums over every axis, with and without its place kept."""
    tensor = names["Tensor"]
    cube = rng.normal(size=(3, 3, 3))
    cases: dict[str, tuple[Any, Any]] = {
        "product": (lambda a, b: names["matmul"](a, b), (rng.normal(size=(4, 3)), rng.normal(size=(3, 5)))),
        "squares": (lambda a, b: names["matmul"](a, b), tuple(rng.normal(size=(2, 3, 3)))),
        "all": (lambda a: names["reduce_sum"](a), (cube,)),
        "all, kept": (lambda a: names["reduce_sum"](a, None, True), (cube,)),
    }
    for axis in (0, 1, -1):
        for kept in (False, True):
            cases[f"{axis}, {kept}"] = (
                lambda a, axis=axis, kept=kept: names["reduce_sum"](a, axis, kept),
                (cube,),
            )
    seen: dict[str, Any] = {}
    for title, (operation, arrays) in cases.items():
        sources = [tensor(array) for array in arrays]
        output = attempt(operation, *sources)
        value = seen[title] = attempt(lambda output=output: np.array(output.value))
        upstream = rng.normal(size=(4, 5))
        if not isinstance(value, str):
            upstream = np.resize(upstream, value.shape)
        seen[f"{title}: sent"] = attempt(sent_back, output, sources, upstream)
    return seen


LEFT, RIGHT = "(a, lambda g: g @ b.value.T)", "(b, lambda g: a.value.T @ g)"
SPREAD = "return np.broadcast_to(g, a.shape)"
PUT_BACK = "if axis is not None and not keepdims:\n            g = np.expand_dims(g, axis)\n        "
SUMMED = "a.value.sum(axis=axis, keepdims=keepdims)"

MATRICES = Exercise(
    "matrices",
    probe_matrices,
    wrong=(
        Variant(
            "left-not-transposed",
            "The gradient of the left matrix is G B; it is G Bᵀ. Square matrices hide this.",
            edits=((LEFT, "(a, lambda g: g @ b.value)"),),
            hypothesis="transpose",
        ),
        Variant(
            "right-not-transposed",
            "The gradient of the right matrix is A G; it is Aᵀ G. Square matrices hide this.",
            edits=((RIGHT, "(b, lambda g: a.value @ g)"),),
            hypothesis="transpose",
        ),
        Variant(
            "wrong-sides",
            "Bᵀ stands left of G and Aᵀ right of it; each keeps the side on which its matrix stood.",
            edits=((LEFT, "(a, lambda g: b.value.T @ g)"), (RIGHT, "(b, lambda g: g @ a.value.T)")),
            hypothesis="transpose",
        ),
        Variant(
            "right-result-transposed",
            "The gradient of the right matrix comes out transposed: Gᵀ A is the transpose of Aᵀ G.",
            edits=((RIGHT, "(b, lambda g: g.T @ a.value)"),),
            hypothesis="transpose",
        ),
        Variant(
            "entry-by-entry",
            "The product is taken entry by entry, with *; for matrices it is @.",
            edits=(("a.value @ b.value", "a.value * b.value"),),
            shows="value",
        ),
        Variant(
            "divided-by-rows",
            "The gradient of the right matrix is divided by the number of rows: a mean belongs into the cost, and has "
            "been divided there.",
            edits=((RIGHT, "(b, lambda g: a.value.T @ g / len(g))"),),
            hypothesis="factor",
        ),
        Variant(
            "sum-shared-out",
            "The sum's gradient is shared out among what was added; each of them moves the sum in full, and gets all of it.",
            edits=((SPREAD, "return np.broadcast_to(g, a.shape) * np.size(g) / a.value.size"),),
            hypothesis="factor",
        ),
        Variant(
            "axis-not-put-back",
            "An axis that was summed away is not put back where it was before g is stretched (NumPy puts new axes in "
            "front): its numbers go to other rows, or fit nowhere.",
            edits=((PUT_BACK, ""),),
        ),
        Variant(
            "put-back-always",
            "The axis is put back even where keepdims has kept it: then there is one too many.",
            edits=(("axis is not None and not keepdims", "axis is not None"),),
        ),
        Variant(
            "not-stretched",
            "The sum's rule sends g in the shape of the sum; each entry that was added gets it, so it has to be stretched "
            "to their shape (np.broadcast_to).",
            edits=((SPREAD, "return g"),),
        ),
        Variant(
            "that-of-linear",
            "This is Linear's product X Wᵀ with its rules; here it is A B, and B stays as it is.",
            edits=(
                ("a.value @ b.value", "a.value @ b.value.T"),
                (LEFT, "(a, lambda g: g @ b.value)"),
                (RIGHT, "(b, lambda g: g.T @ a.value)"),
            ),
            shows="value",
        ),
        Variant(
            "put-back-behind",
            "The axis that was summed away is put back at the end, whichever it was.",
            edits=(("np.expand_dims(g, axis)", "g[..., None]"),),
        ),
        Variant(
            "mean-for-sum",
            "This is the mean; the sum was asked for.",
            edits=((SUMMED, SUMMED.replace(".sum(", ".mean(")),),
            shows="value",
        ),
        Variant(
            "keepdims-ignored",
            "`keepdims` is not handed on: the axes that were summed are gone where they should stay, with length 1.",
            edits=((SUMMED, "a.value.sum(axis=axis)"),),
            shows="value",
        ),
        Variant(
            "axis-ignored",
            "`axis` is not handed on: all entries are summed, whichever axis was asked for.",
            edits=((SUMMED, "a.value.sum(keepdims=keepdims)"),),
            shows="value",
        ),
        Variant(
            "ones-sent",
            "The sum's rule sends ones, the slope alone; each entry gets g.",
            edits=((SPREAD, "return np.ones(a.shape)"),),
            hypothesis="upstream",
        ),
    ),
    right=(
        Variant(
            "by-ones-and-einsum",
            edits=(
                (LEFT, '(a, lambda g: np.einsum("nm,km->nk", g, b.value))'),
                (RIGHT, "(b, lambda g: (g.T @ a.value).T)"),
                (SPREAD, "return g * np.ones(a.shape)"),
            ),
        ),
        Variant(
            "shape-computed-before",
            edits=(
                ("a.value @ b.value", "np.matmul(a.value, b.value)"),
                (
                    f"def rule(g):\n        {PUT_BACK}{SPREAD}",
                    "kept = np.sum(a.value, axis=axis, keepdims=True).shape\n\n    def rule(g):\n"
                    "        return np.zeros_like(a.value) + np.reshape(g, kept)",
                ),
            ),
        ),
    ),
)


def probe_learning(names: Names, rng: Rng) -> dict[str, Any]:
    """Values and grads of three tensors after a step, after their gradients were emptied, and after another step."""
    seen: dict[str, Any] = {}
    for name, more in (("descend", (0.3,)), ("zero_grad", ()), ("descend", (0.7,))):
        given = [names["Tensor"](rng.normal(size=shape)) for shape in ((2, 3), (1,), (4,))]
        for tensor in given:
            tensor.grad = rng.normal(size=np.shape(tensor.value))
        ended, step = attempt(names[name], given, *more), " ".join(map(str, (name, *more)))
        seen[f"{step}: ended"] = str(ended) if isinstance(ended, str) else ended is None
        if isinstance(ended, str):
            continue  # what a call that stopped has left unchanged is no mistake of its own
        seen[f"{step}: values"] = [np.array(tensor.value, dtype=float) for tensor in given]
        seen[f"{step}: grads"] = [attempt(lambda t=tensor: np.array(t.grad, dtype=float)) for tensor in given]
    return seen


MOVE = "tensor.value = tensor.value - rate * tensor.grad"
EMPTY = "tensor.grad = np.zeros(tensor.shape)"

LEARNING = Exercise(
    "learning",
    probe_learning,
    wrong=(
        Variant(
            "mean-of-the-gradient",
            "Every entry moves by the mean of the gradient; each has a slope of its own.",
            edits=((MOVE, MOVE.replace("tensor.grad", "tensor.grad.mean()")),),
            shows="behaviour",
        ),
        Variant(
            "change-alone",
            "The value is replaced by the step; it should be moved by it.",
            edits=((MOVE, "tensor.value = -rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "uphill",
            "The step goes up the gradient; the cost falls against it, so the step is subtracted.",
            edits=((MOVE, "tensor.value = tensor.value + rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "rate-forgotten",
            "The step is the whole gradient: the rate is left out.",
            edits=((MOVE, "tensor.value = tensor.value - tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "name-rebound",
            "The new value is given to a variable of the function's own; the tensor keeps its old one.",
            edits=((MOVE, "value = tensor.value\n        value = value - rate * tensor.grad"),),
            shows="behaviour",
        ),
        Variant(
            "first-only",
            "The function returns inside its loop: only the first tensor moves.",
            edits=((MOVE, MOVE + "\n        return"),),
            shows="behaviour",
        ),
        Variant(
            "first-emptied-only",
            "zero_grad returns inside its loop: only the first tensor's gradient is emptied.",
            edits=((EMPTY, EMPTY + "\n        return"),),
            shows="behaviour",
        ),
        Variant(
            "emptied-before-the-step",
            "`descend` empties the gradients before it uses them, so that nothing moves.",
            edits=((MOVE, "tensor.grad = np.zeros(tensor.shape)\n        " + MOVE),),
            shows="behaviour",
        ),
        Variant(
            "sign-only",
            "Every entry moves by the rate itself; the step is the rate times the gradient, not times its sign.",
            edits=((MOVE, MOVE.replace("tensor.grad", "np.sign(tensor.grad)")),),
            shows="behaviour",
        ),
        Variant(
            "divided-by-the-rate",
            "The gradient is divided by the rate; it is multiplied by it.",
            edits=((MOVE, "tensor.value = tensor.value - tensor.grad / rate"),),
            shows="behaviour",
        ),
        Variant(
            "value-scaled",
            "The value is multiplied by 1 - rate · grad; the step is subtracted from it.",
            edits=((MOVE, "tensor.value = tensor.value * (1 - rate * tensor.grad)"),),
            shows="behaviour",
        ),
        Variant(
            "value-emptied",
            "zero_grad sets the values to zero; it should empty the gradients.",
            edits=((EMPTY, "tensor.value = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-not-emptied",
            "zero_grad empties a variable of its own; the tensor's `grad` stays as it was.",
            edits=((EMPTY, "grad = tensor.grad\n        grad = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-without-shape",
            "zero_grad leaves a single 0 in the place of an array of zeros in the tensor's shape.",
            edits=((EMPTY, "tensor.grad = 0.0"),),
            shows="behaviour",
        ),
        Variant(
            "step-empties-too",
            "`descend` empties the gradients as well: that is zero_grad's task, and whoever looks at them after the step "
            "finds nothing.",
            edits=((MOVE, MOVE + "\n        tensor.grad = np.zeros(tensor.shape)"),),
            shows="behaviour",
        ),
        Variant(
            "grad-is-none",
            "zero_grad sets `grad` to None; it is an array of zeros, to which the next walk adds.",
            edits=((EMPTY, "tensor.grad = None"),),
            shows="behaviour",
        ),
        Variant(
            "grad-ones",
            "zero_grad fills the gradients with ones.",
            edits=((EMPTY, "tensor.grad = np.ones(tensor.shape)"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "in-place",
            edits=((MOVE, "tensor.value -= rate * tensor.grad"), (EMPTY, "tensor.grad[...] = 0")),
        ),
        Variant(
            "zeros-like",
            edits=(
                (MOVE, "tensor.value = tensor.value + (-rate) * tensor.grad"),
                (EMPTY, "tensor.grad = np.zeros_like(tensor.value)"),
            ),
        ),
    ),
)

BANK = Bank("07-autograd", (ARITHMETIC, TAPE, BACKWARD, UNBROADCAST, FUNCTIONS, MATRICES, LEARNING))
