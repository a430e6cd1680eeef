"""What students write for 01-chain-rule: a measured Jacobian, a gradient by hand, and backpropagation itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_jacobian(names: Names, rng: Rng) -> dict[str, Any]:
    """More inputs than outputs, whether the point came back as it was, and inputs at zero and far from it."""
    A, x = rng.uniform(1, 2, size=(3, 4)), rng.uniform(1, 2, size=4)
    before = x.copy()
    jacobian = np.array(names["numerical_jacobian"](lambda p: A @ np.sin(9 * p) + (A @ p) ** 2, x), copy=True)
    with np.errstate(all="ignore"):
        at_zero, far = (
            np.array(names["numerical_jacobian"](np.sin, np.array(p)), copy=True)
            for p in ([0.0, 0.5], [40.0, -70.0])
        )
    kept, close = np.array_equal(x, before), np.allclose(x, before, rtol=1e-9, atol=0)
    point = "kept" if kept else "rounded" if close else "moved"
    return {"jacobian": jacobian, "point": point, "at zero": at_zero, "far": far}


def probe_small_gradient(names: Names, rng: Rng) -> dict[str, Any]:
    """Three draws, and one where the cost is so large that a measured slope loses digits."""
    draws = rng.normal(size=(4, 4))
    draws[3, 3] = 1e6
    return {
        "gradients": [np.array(names["small_gradient"](d[:2].copy(), d[2], d[3]), copy=True) for d in draws]
    }


def probe_vjp(names: Names, rng: Rng) -> dict[str, Any]:
    """Square steps, one of them twice; what was called, and what was changed."""
    calls: list[str] = []
    first, second = rng.normal(size=(2, 3, 3))
    x, v = rng.normal(size=3), rng.normal(size=3)
    sine = _step(calls, np.sin, lambda x, v: v * np.cos(x))
    one, other = (_step(calls, lambda x, A=A: A @ x, lambda x, v, A=A: v @ A) for A in (first, second))
    steps = [one, sine, other, sine]
    steps_before, x_before, v_before = list(steps), x.copy(), v.copy()
    row = np.array(names["vjp"](steps, x, v), copy=True)
    return {
        "row": row,
        "calls": "-".join(calls),
        "steps changed": steps != steps_before,
        "steps left": len(steps),
        "x changed": not np.array_equal(x, x_before),
        "v changed": not np.array_equal(v, v_before),
    }


def _step(calls: list[str], f: Callable[..., Any], back: Callable[..., Any]) -> tuple[Any, Any]:
    """Make a pair for `vjp` that writes down when it is called."""

    def forward(x: Any) -> Any:
        calls.append("f")
        return f(x)

    def backward(x: Any, v: Any) -> Any:
        calls.append("f_vjp")
        return back(x, v)

    return forward, backward


STEP = "h = 1e-5"
NUDGE = "nudge = np.zeros(len(x))"
AT_J = "nudge[j] = h"
COLUMN = "columns.append((f(x + nudge) - f(x - nudge)) / (2 * h))"
STACK = "return np.stack(columns, axis=1)"

JACOBIAN = Exercise(
    "numerical-jacobian",
    probe_jacobian,
    wrong=(
        Variant(
            "transposed",
            "The Jacobian is transposed: an input's nudge gives a *column*, and there is a row for each output.",
            edits=((STACK, "return np.stack(columns, axis=0)"),),
            shows="value",
        ),
        Variant(
            "one-sided",
            "The difference is one-sided, so half a step times the second derivative stays in it. A central "
            "difference cancels that term.",
            edits=((COLUMN, "columns.append((f(x + nudge) - f(x)) / h)"),),
            shows="value",
        ),
        Variant(
            "one-sided-backward",
            "The difference is one-sided (from x − h to x), so half a step times the second derivative stays in it.",
            edits=((COLUMN, "columns.append((f(x) - f(x - nudge)) / h)"),),
            shows="value",
        ),
        Variant(
            "divided-by-h",
            "The two points are 2h apart, the difference is divided by h only: everything is twice too large.",
            edits=((COLUMN, COLUMN.replace("(2 * h)", "h")),),
            shows="value",
        ),
        Variant(
            "not-divided",
            "The difference of the outputs is not divided by the distance of the points, 2h.",
            edits=((COLUMN, COLUMN.replace(" / (2 * h)", "")),),
            shows="value",
        ),
        Variant(
            "second-divided-only",
            "Only f(x − h) is divided by 2h: a product binds tighter than a difference, which needs brackets.",
            edits=((COLUMN, COLUMN.replace("(f(x + nudge) - f(x - nudge))", "f(x + nudge) - f(x - nudge)")),),
            shows="value",
        ),
        Variant(
            "divided-by-two-times-h",
            "`/ 2 * h` divides by 2 and then *multiplies* by h; the divisor needs brackets.",
            edits=((COLUMN, COLUMN.replace("(2 * h)", "2 * h")),),
            shows="value",
        ),
        Variant(
            "step-too-small",
            "The step is so small that the rounding of f, divided by it, drowns most digits.",
            edits=((STEP, "h = 1e-12"),),
            shows="value",
        ),
        Variant(
            "step-too-large",
            "The step is so large that the curve bends within it: only a few digits are right.",
            edits=((STEP, "h = 1e-2"),),
            shows="value",
        ),
        Variant(
            "step-proportional",
            "The step is proportional to x: at x = 0 there is none, and far away it is too long. Use the same "
            "small h everywhere.",
            edits=((AT_J, "nudge[j] = h * x[j]"), (COLUMN, COLUMN.replace("(2 * h)", "(2 * h * x[j])"))),
            shows="value",
        ),
        Variant(
            "step-proportional-not-divided",
            "The nudge is h times x, and the difference is divided by 2h: every column is x times too large. "
            "Use the same small h for every entry.",
            edits=((AT_J, "nudge[j] = h * x[j]"),),
            shows="value",
        ),
        Variant(
            "step-of-a-thousandth",
            "The step is a thousandth: the curve bends within it, and only six or seven digits are right. "
            "With h = 1e-5 it is ten.",
            edits=((STEP, "h = 1e-3"),),
            shows="value",
        ),
        Variant(
            "sign",
            "The difference is taken the wrong way round, so every entry has the wrong sign.",
            edits=((COLUMN, "columns.append((f(x - nudge) - f(x + nudge)) / (2 * h))"),),
            shows="value",
        ),
        Variant(
            "all-inputs-nudged",
            "All inputs are nudged at once, so that every column is the sum of all columns.",
            edits=((AT_J, "nudge[:] = h"),),
            shows="value",
        ),
        Variant(
            "nudges-kept",
            "The nudge of one input is still there when the next one is nudged: start each column from the point x.",
            edits=(
                ("    columns = []", "    columns = []\n    nudge = np.zeros(len(x))"),
                ("        nudge = np.zeros(len(x))\n", ""),
            ),
            shows="value",
        ),
        Variant(
            "first-output-only",
            "Only the first output is differentiated; every output has a row.",
            edits=((STACK, "return np.stack(columns, axis=1)[:1]"),),
            shows="value",
        ),
        Variant(
            "outputs-counted",
            "The loop runs over the number of outputs; there is a column for each *input*.",
            edits=(("range(len(x))", "range(len(f(x)))"),),
            shows="value",
        ),
        Variant(
            "point-left-nudged",
            "The caller's x is nudged in place and never put back: work on a copy.",
            edits=((COLUMN, COLUMN + "\n    x += nudge"),),
            shows="behaviour",
        ),
        Variant(
            "point-moved-back",
            "The caller's x is nudged in place and moved back: x + h − 2h + h isn't x to the last digit. Work on a "
            "copy.",
            edits=(
                (
                    COLUMN,
                    "x[j] += h\n        up = f(x)\n        x[j] -= 2 * h\n        down = f(x)\n        x[j] += h\n"
                    "        columns.append((up - down) / (2 * h))",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "last-input-missed",
            "The loop stops before the last input: its column is still what it was filled with.",
            edits=((STACK, "columns[-1] = 0 * columns[-1]\n    " + STACK),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "copies",
            edits=(
                (NUDGE, "up, down = x.copy(), x.copy()"),
                (AT_J, "up[j], down[j] = x[j] + h, x[j] - h"),
                (COLUMN, "columns.append((f(up) - f(down)) / (up[j] - down[j]))"),
            ),
        ),
        Variant(
            "rows-of-the-identity",
            source="""
def numerical_jacobian(f, x):
    h = 2e-5
    return np.array([(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(x.size)]).T
""",
        ),
        Variant(
            "extrapolated",
            edits=(
                (STEP, "h = 1e-4"),
                (
                    COLUMN,
                    "wide = (f(x + nudge) - f(x - nudge)) / (2 * h)\n"
                    "        narrow = (f(x + nudge / 2) - f(x - nudge / 2)) / h\n"
                    "        columns.append((4 * narrow - wide) / 3)",
                ),
            ),
        ),
    ),
)

ERROR = "dC_dybar = w1**2 * x + w1 * w2 - y"
ROW = "return dC_dybar * np.array([2 * w1 * x + w2, w1])"

SMALL = Exercise(
    "small-gradient",
    probe_small_gradient,
    wrong=(
        Variant(
            "second-path-missing",
            "w1 also reaches the cost through the product w1·w2; the two paths are added.",
            edits=((ROW, ROW.replace(" + w2,", ",")),),
            shows="value",
        ),
        Variant(
            "first-path-missing",
            "w1 also reaches the cost through its square; the two paths are added.",
            edits=((ROW, ROW.replace("2 * w1 * x + w2", "w2")),),
            shows="value",
        ),
        Variant(
            "paths-multiplied",
            "The two paths of w1 are multiplied: along a path one multiplies, over paths one adds.",
            edits=((ROW, ROW.replace("x + w2", "x * w2")),),
            shows="value",
        ),
        Variant(
            "cost-step-missing",
            "This is the derivative of the network's output; the cost's own derivative, the factor in front, is "
            "missing.",
            edits=((ROW, ROW.replace("dC_dybar * ", "")),),
            shows="value",
        ),
        Variant(
            "half-forgotten",
            "Everything is twice too large: the ½ in the cost cancels the 2 of the square's derivative.",
            edits=((ROW, ROW.replace("dC_dybar", "2 * dC_dybar")),),
            shows="value",
        ),
        Variant(
            "halved",
            "Everything is half too small: the square's derivative brings a 2, which cancels the ½.",
            edits=((ROW, ROW.replace("dC_dybar", "0.5 * dC_dybar")),),
            shows="value",
        ),
        Variant(
            "square-not-differentiated",
            "The derivative of w1²·x with respect to w1 is 2·w1·x; the 2 is missing.",
            edits=((ROW, ROW.replace("2 * w1", "w1")),),
            shows="value",
        ),
        Variant(
            "input-missing",
            "The derivative of w1²·x with respect to w1 is 2·w1·x; the x is missing.",
            edits=((ROW, ROW.replace("2 * w1 * x", "2 * w1")),),
            shows="value",
        ),
        Variant(
            "swapped",
            "The two entries are swapped: the derivative with respect to w1 comes first.",
            edits=((ROW, ROW.replace("2 * w1 * x + w2, w1", "w1, 2 * w1 * x + w2")),),
            shows="value",
        ),
        Variant(
            "sign",
            "The sign is wrong: the cost rises when the output moves *away* from y.",
            edits=((ERROR, "dC_dybar = y - w1**2 * x - w1 * w2"),),
            shows="value",
        ),
        Variant(
            "truth-forgotten",
            "The factor in front is the output itself; it is the output minus the truth y.",
            edits=((ERROR, "dC_dybar = w1**2 * x + w1 * w2"),),
            shows="value",
        ),
        Variant(
            "own-weight",
            "The derivative of w1·w2 with respect to w2 is w1, the *other* factor.",
            edits=((ROW, ROW.replace("w2, w1]", "w2, w2]")),),
            shows="value",
        ),
        Variant(
            "output-not-squared",
            "The output is computed with w1 where its square stands.",
            edits=((ERROR, ERROR.replace("w1**2", "w1")),),
            shows="value",
        ),
        Variant(
            "cost-in-front",
            "The factor in front is the cost, half of the error's square; its derivative with respect to the output "
            "is the error itself.",
            edits=((ERROR, ERROR.replace("dC_dybar = ", "dC_dybar = 0.5 * (") + ") ** 2"),),
            shows="value",
        ),
        Variant(
            "with-respect-to-data",
            "These are the slopes along x and y; the gradient that moves the weights is along w1 and w2.",
            edits=((ROW, "return dC_dybar * np.array([w1**2, -1.0])"),),
            shows="value",
        ),
        Variant(
            "measured-one-sided",
            "This gradient was measured with a one-sided difference; type the formula that you worked out.",
            source="""
def small_gradient(w, x, y):
    def cost(w):
        return 0.5 * (w[0] ** 2 * x + w[0] * w[1] - y) ** 2
    h = 1e-5
    return np.array([(cost(w + h * e) - cost(w)) / h for e in np.eye(2)])
""",
            shows="value",
        ),
        Variant(
            "measured",
            "This gradient was measured, and loses its digits where the cost is large; type the formula that you "
            "worked out.",
            source="""
def small_gradient(w, x, y):
    def cost(w):
        return np.array([0.5 * (w[0] ** 2 * x + w[0] * w[1] - y) ** 2])
    return numerical_jacobian(cost, w)[0]
""",
            shows="value",
        ),
    ),
    right=(
        Variant(
            "expanded",
            source="""
def small_gradient(w, x, y):
    a, b = float(w[0]), float(w[1])
    return np.array([
        2 * a**3 * x**2 + 3 * a**2 * b * x + a * b**2 - 2 * a * x * y - b * y,
        a**3 * x + a**2 * b - a * y,
    ])
""",
        ),
        Variant(
            "row-times-jacobian",
            edits=((ROW, "return (np.array([[dC_dybar]]) @ np.array([[2 * w1 * x + w2, w1]]))[0]"),),
        ),
    ),
)

KEEP = "inputs.append(x)"
FORWARD = "x = f(x)"
BACK = "for (_, f_vjp), saved in zip(reversed(steps), reversed(inputs)):"
APPLY = "v = f_vjp(saved, v)"

VJP = Exercise(
    "vjp",
    probe_vjp,
    wrong=(
        Variant(
            "kept-by-function",
            "The inputs are kept by function: a function that comes twice in the chain has two, and the second "
            "takes the first one's place. Keep them in a list, one for each step.",
            edits=(
                ("inputs = []", "inputs = {}"),
                (KEEP, "inputs[f] = x"),
                (
                    "for (_, f_vjp), saved in zip(reversed(steps), reversed(inputs)):",
                    "for f, f_vjp in reversed(steps):\n        saved = inputs[f]",
                ),
            ),
            shows="value",
        ),
        Variant(
            "last-value",
            "Every step goes back at the last output; it has to be the input that this step saw.",
            edits=((APPLY, "v = f_vjp(x, v)"),),
            shows="value",
        ),
        Variant(
            "outputs-kept",
            "The outputs of the steps are kept and used on the way back; f_vjp wants the step's *input*.",
            edits=((f"{KEEP}\n        {FORWARD}", f"{FORWARD}\n        {KEEP}"),),
            shows="value",
        ),
        Variant(
            "first-value",
            "Every step goes back at the first input; each step saw another one.",
            edits=((APPLY, "v = f_vjp(inputs[0], v)"),),
            shows="value",
        ),
        Variant(
            "forward-order",
            "The second loop runs in the order of the way there; the row meets the *last* step first.",
            edits=((BACK, "for (_, f_vjp), saved in zip(steps, inputs):"),),
            shows="value",
        ),
        Variant(
            "inputs-not-reversed",
            "The steps are walked backwards but the kept inputs forwards, so that steps meet other steps' inputs.",
            edits=((BACK, BACK.replace("reversed(inputs)", "inputs")),),
            shows="value",
        ),
        Variant(
            "added",
            "The rows of the steps are added; along one path the Jacobians multiply, so each row replaces the last.",
            edits=((APPLY, "v = v + f_vjp(saved, v)"),),
            shows="value",
        ),
        Variant(
            "multiplied-again",
            "f_vjp has multiplied by v already; its result is the new row.",
            edits=((APPLY, "v = v * f_vjp(saved, v)"),),
            shows="value",
        ),
        Variant(
            "upstream-ignored",
            "The row v is replaced by ones, as if every output counted the same.",
            edits=((KEEP, KEEP + "\n        v = np.ones_like(v)"),),
            shows="value",
            hypothesis="upstream",
        ),
        Variant(
            "first-step-missing",
            "The way back stops before the first step.",
            edits=((BACK, BACK.replace("reversed(steps), reversed(inputs)", "steps[:0:-1], inputs[:0:-1]")),),
            shows="value",
        ),
        Variant(
            "last-step-only",
            "Only the last step is undone: the return statement stands inside the loop.",
            edits=((f"{APPLY}\n    return v", f"{APPLY}\n        return v"),),
            shows="value",
        ),
        Variant(
            "arguments-swapped",
            "f_vjp takes the step's input first and the row second; they have changed places.",
            edits=((APPLY, "v = f_vjp(v, saved)"),),
            shows="value",
        ),
        Variant(
            "last-step-not-run",
            "The last f isn't called: the row doesn't need its output, but each f has to be called once.",
            edits=((FORWARD, "x = f(x) if len(inputs) < len(steps) else x"),),
            shows="behaviour",
        ),
        Variant(
            "recomputed",
            "The way there is run again from the start for every step back: right, but the work grows with the "
            "square of the depth. Keep the inputs instead.",
            edits=((APPLY, "v = f_vjp(saved, v)\n        for f, _ in steps:\n            x = f(saved)"),),
            shows="behaviour",
        ),
        Variant(
            "list-reversed",
            "steps.reverse() turns the caller's own list around; reversed(steps) leaves it alone.",
            edits=((BACK, "steps.reverse()\n    for (_, f_vjp), saved in zip(steps, reversed(inputs)):"),),
            shows="behaviour",
        ),
        Variant(
            "list-emptied",
            "steps.pop() takes the steps out of the caller's list, which is empty afterwards.",
            edits=(
                (
                    f"{BACK}\n        {APPLY}",
                    "while steps:\n        v = steps.pop()[1](inputs.pop(), v)",
                ),
            ),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "recursion",
            source="""
def vjp(steps, x, v):
    if not steps:
        return v
    f, f_vjp = steps[0]
    return f_vjp(x, vjp(steps[1:], f(x), v))
""",
        ),
        Variant("rounded-once-more", edits=((FORWARD, "x = 3.0 * f(x) / 3.0"),)),
        Variant(
            "tape",
            source="""
def vjp(steps, x, v):
    tape = []
    for f, f_vjp in steps:
        tape.append((f_vjp, x))
        x = f(x)
    while tape:
        f_vjp, saved = tape.pop()
        v = f_vjp(saved, v)
    return v
""",
        ),
        Variant(
            "indices",
            edits=(
                (BACK, "for k in range(len(steps) - 1, -1, -1):"),
                (APPLY, "v = steps[k][1](inputs[k], v)"),
            ),
        ),
    ),
)

BANK = Bank("01-chain-rule", (JACOBIAN, SMALL, VJP))
