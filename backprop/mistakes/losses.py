"""What students write for 05-losses: NLLLoss, CrossEntropyLoss, MSELoss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, attempt, run_module

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_nll(names: Names, rng: Rng) -> dict[str, Any]:
    """As many examples as classes, so that a wrong axis computes something."""
    targets = rng.permutation(4)
    targets[0] = targets[1]
    module = names["NLLLoss"]()
    seen = run_module(module, -rng.uniform(1, 3, size=(4, 4)), targets, rng=rng, upstream=False)
    return {**seen, **others(module, (3, 4), (6, 4), (6, 4), rng=rng)}


def others(module: Any, *shapes: tuple[int, int], rng: Rng) -> dict[str, Any]:
    """Go on with other batches: one cost is one number, and says little; and what is kept of the last shows."""
    asked = [(-rng.uniform(1, 3, size=shape), rng.integers(shape[1], size=shape[0])) for shape in shapes]

    def answers() -> list[tuple[Any, Any]]:
        return [(module.forward(x, t), np.array(module.backward())) for x, t in asked]

    found = attempt(answers)
    if isinstance(found, str):
        return {"others": found}
    return {"others": {"output": np.array([cost for cost, _ in found]), "gradients": [g for _, g in found]}}


def probe_crossentropy(names: Names, rng: Rng) -> dict[str, Any]:
    """Moderate logits, then one confidently wrong example and one far from zero."""
    targets = rng.permutation(4)
    targets[0] = targets[1]
    module = names["CrossEntropyLoss"]()
    seen = run_module(module, rng.normal(size=(4, 4)), targets, rng=rng, upstream=False)
    seen |= others(module, (3, 4), (6, 4), (6, 4), rng=rng)
    large, small = [1000.0, 0.0], [-1000.0, -1001.0]
    for label, rows in (("large", [large]), ("small", [small]), ("far apart", [large, small])):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            try:
                cost = module.forward(np.array(rows), np.ones(len(rows), dtype=int))
                seen[f"{label}: cost"] = "capped" if label != "small" and 0 < cost < 60 else cost
                seen[f"{label}: gradient"] = np.array(module.backward(), copy=True)
            except Exception:
                seen[f"{label}: fails"] = True
    return seen


def probe_mse(names: Names, rng: Rng) -> dict[str, Any]:
    """Other sizes of batch and row; and other batches, since one cost says little."""
    module = names["MSELoss"]()
    seen = run_module(module, *rng.normal(size=(2, 4, 3)), rng=rng, upstream=False)
    seen["others"] = {"output": np.array([module.forward(*rng.normal(size=(2, 4, 3))) for _ in range(2)])}
    return seen


ROWS = "np.arange(len(self.targets)), self.targets"
NLL_VALUE = "return -np.mean(log_probs[np.arange(len(targets)), targets])"
NLL_GRAD = "grad = np.zeros(self.shape)"
NLL_ENTRY = f"grad[{ROWS}] = -1 / len(self.targets)"

NLL = Exercise(
    "nll",
    probe_nll,
    wrong=(
        Variant(
            "sum-forward",
            "forward sums over the batch where it should average; the gradient is that of the mean, so the two "
            "don't agree.",
            edits=((NLL_VALUE, NLL_VALUE.replace("mean", "sum")),),
            shows="value",
        ),
        Variant(
            "sum-backward",
            "The gradient is that of a sum: forward has divided by the batch size, so backward divides too.",
            edits=((NLL_ENTRY, f"grad[{ROWS}] = -1"),),
            hypothesis="factor",
        ),
        Variant(
            "sum-both",
            "The cost is the sum over the batch, and the gradient is that of the sum: they agree, but asked for is the mean.",
            edits=((NLL_VALUE, NLL_VALUE.replace("mean", "sum")), (NLL_ENTRY, f"grad[{ROWS}] = -1")),
            shows="value",
        ),
        Variant(
            "sign-both",
            "Cost and gradient have the wrong sign: a higher probability of the truth must cost less.",
            edits=(
                (NLL_VALUE, NLL_VALUE.replace("-np", "np")),
                (NLL_ENTRY, NLL_ENTRY.replace("= -1", "= 1")),
            ),
            shows="value",
        ),
        Variant(
            "divided-by-all-entries",
            "The gradient is divided by batch size times classes; each example contributes one entry, so only "
            "the batch size counts.",
            edits=((NLL_ENTRY, f"grad[{ROWS}] = -1 / grad.size"),),
            hypothesis="factor",
        ),
        Variant(
            "value-over-all-entries",
            "The cost is divided by batch size times classes; it is the mean over the examples.",
            edits=((NLL_VALUE, NLL_VALUE.replace("np.mean(", "np.sum(") + " / log_probs.size"),),
            shows="value",
        ),
        Variant(
            "sign-forward",
            "The cost has the wrong sign: a higher probability of the truth must cost less.",
            edits=((NLL_VALUE, NLL_VALUE.replace("-np", "np")),),
            shows="value",
        ),
        Variant(
            "sign-backward",
            "The gradient has the wrong sign: the cost falls when the target's log-probability rises.",
            edits=((NLL_ENTRY, NLL_ENTRY.replace("= -1", "= 1")),),
            hypothesis="sign",
        ),
        Variant(
            "columns-forward",
            "log_probs[:, targets] takes every example's target from every row; pair row and target with two "
            "index arrays.",
            edits=((NLL_VALUE, "return -np.mean(log_probs[:, targets])"),),
            shows="value",
        ),
        Variant(
            "columns-backward",
            "grad[:, targets] marks every example's target in every row; pair row and target with two index arrays.",
            edits=((NLL_ENTRY, "grad[:, self.targets] = -1 / len(self.targets)"),),
            hypothesis="targets",
        ),
        Variant(
            "indices-swapped",
            "Row and target are exchanged: the first index says which example, the second which class.",
            edits=((NLL_VALUE, "return -np.mean(log_probs[targets, np.arange(len(targets))])"),),
            shows="value",
        ),
        Variant(
            "counted-from-one",
            "The targets are shifted by one: class numbers start at 0, as array indices do.",
            edits=(
                (NLL_VALUE, NLL_VALUE.replace("targets])", "targets - 1])")),
                (NLL_ENTRY, f"grad[{ROWS} - 1] = -1 / len(self.targets)"),
            ),
            shows="value",
        ),
        Variant(
            "crossentropy-gradient",
            "This is the gradient with respect to the logits; NLLLoss takes log-probabilities, and only the "
            "target's entry occurs in the cost.",
            edits=(
                (NLL_VALUE, "self.log_probs = log_probs\n        " + NLL_VALUE),
                (NLL_GRAD, "grad = np.exp(self.log_probs) / len(self.targets)"),
                (NLL_ENTRY, f"grad[{ROWS}] -= 1 / len(self.targets)"),
            ),
            hypothesis="targets",
        ),
        Variant(
            "probabilities",
            "The exponential is taken and the logarithm forgotten: the cost is −y, not −log y.",
            edits=((NLL_VALUE, "return -np.mean(np.exp(log_probs[np.arange(len(targets)), targets]))"),),
            shows="value",
        ),
        Variant(
            "largest-of-each-row",
            "The cost is made of each row's largest entry; it is made of the one at the target, whichever that is.",
            edits=((NLL_VALUE, "return -np.mean(log_probs.max(axis=1))"),),
            shows="value",
        ),
        Variant(
            "batch-size-kept",
            "The size of the first batch is kept, and every later batch is divided by it: ask each batch for its own.",
            edits=(
                (
                    NLL_VALUE,
                    "self.size = getattr(self, 'size', len(targets))\n        "
                    + NLL_VALUE.replace("mean", "sum")
                    + " / self.size",
                ),
                (NLL_ENTRY, f"grad[{ROWS}] = -1 / self.size"),
            ),
            shows="behaviour",
        ),
        Variant(
            "marks-left",
            "The array of zeros is made once and marked again in each call: the marks of earlier targets are still "
            "there. Make a new one each time.",
            edits=(
                (
                    NLL_GRAD,
                    "grad = getattr(self, 'kept', None)\n        if grad is None or grad.shape != self.shape:\n"
                    "            grad = self.kept = np.zeros(self.shape)",
                ),
            ),
            shows="behaviour",
        ),
        Variant(
            "input-overwritten",
            "The gradient is written into the caller's array of log-probabilities; make an array of your own.",
            edits=(
                (NLL_VALUE, "self.log_probs = log_probs\n        " + NLL_VALUE),
                (NLL_GRAD, "grad = self.log_probs\n        grad[...] = 0"),
            ),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "one-hot",
            edits=(
                (NLL_VALUE, "return -np.sum(np.eye(self.shape[1])[targets] * log_probs) / len(targets)"),
                (NLL_GRAD, "grad = -np.eye(self.shape[1])[self.targets] / len(self.targets)"),
                (NLL_ENTRY, "grad = grad + 0.0"),
            ),
        ),
        Variant(
            "loop",
            edits=(
                (
                    NLL_VALUE,
                    "return -sum(row[t] for row, t in zip(log_probs, targets)) / len(targets)",
                ),
                (
                    NLL_ENTRY,
                    "for r, t in enumerate(self.targets):\n            grad[r, t] -= 1 / len(self.targets)",
                ),
            ),
        ),
    ),
)

LOG_PROBS = "self.log_probs = LogSoftmax()(logits)"
COLUMNS_SHIFTED = (
    "z = logits - logits.max(axis=0)\n"
    "        self.log_probs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))"
)
CE_VALUE = "return -np.mean(self.log_probs[np.arange(len(targets)), targets])"
CE_GRAD = "grad = np.exp(self.log_probs)"
CE_ENTRY = f"grad[{ROWS}] -= 1"
CE_RETURN = "return grad / len(self.targets)"

CROSSENTROPY = Exercise(
    "crossentropy",
    probe_crossentropy,
    wrong=(
        Variant(
            "without-softmax",
            "The logits are taken for log-probabilities: LogSoftmax has to make these of them first.",
            edits=((LOG_PROBS, "self.log_probs = np.array(logits, dtype=float)"),),
            shows="value",
        ),
        Variant(
            "softmax-over-the-batch",
            "Softmax runs over the batch (axis 0); the probabilities of one example's classes have to sum to one, the last axis.",
            edits=((LOG_PROBS, "self.log_probs = LogSoftmax()(logits.T).T"),),
            shows="value",
        ),
        Variant(
            "target-added",
            "At the target 1 is added; it is subtracted: belief minus truth.",
            edits=((CE_ENTRY, CE_ENTRY.replace("-=", "+=")),),
            hypothesis="targets",
        ),
        Variant(
            "sum-both",
            "The cost is the sum over the batch, and the gradient is that of the sum: they agree, but asked for is the mean.",
            edits=((CE_VALUE, CE_VALUE.replace("mean", "sum")), (CE_RETURN, "return grad")),
            shows="value",
        ),
        Variant(
            "softmax-twice",
            "Softmax is applied before log-softmax: the loss then has a floor (1.461 for ten classes) that no "
            "training gets below. Logits go in as they are.",
            edits=((LOG_PROBS, "self.log_probs = LogSoftmax()(Softmax()(logits))"),),
            shows="value",
        ),
        Variant(
            "softmax-twice-and-back",
            "Softmax is applied before log-softmax, and its gradient on the way back: the two agree, but the "
            "loss has a floor (1.461 for ten classes) that no training gets below. Logits go in as they are.",
            edits=(
                (
                    LOG_PROBS,
                    "self.soft = Softmax()\n        self.log_probs = LogSoftmax()(self.soft(logits))",
                ),
                (CE_RETURN, "return self.soft.backward(grad / len(self.targets))"),
            ),
            shows="value",
        ),
        Variant(
            "log-of-softmax",
            "The logarithm is taken of a softmax that has been rounded to 0, and log(0) is minus infinity; "
            "log-softmax never forms the small number.",
            edits=((LOG_PROBS, "self.log_probs = np.log(Softmax()(logits))"),),
            shows="value",
        ),
        Variant(
            "epsilon-in-log",
            "A small number beside the probability in the logarithm, or a clip, caps the cost (1e-12 does at about "
            "28), and hides how wrong an answer is; log-softmax needs neither.",
            edits=((LOG_PROBS, "self.log_probs = np.log(Softmax()(logits) + 1e-12)"),),
            shows="value",
        ),
        Variant(
            "no-shift",
            "The exponentials are taken of the logits as they are, and overflow at 1000: subtract each row's "
            "maximum first, or use LogSoftmax.",
            edits=(
                (
                    LOG_PROBS,
                    "self.log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "column-maximum",
            "The largest logit of each *column* is subtracted, and that moves the logits of a row apart: a shift "
            "that softmax doesn't notice is one number for each row (axis=1, keepdims=True).",
            edits=((LOG_PROBS, COLUMNS_SHIFTED),),
            shows="value",
        ),
        Variant(
            "one-maximum-for-all",
            "The largest logit of the whole batch is subtracted: a row that lies far below it underflows, and the "
            "log of its sum is minus infinity. Each row needs its own maximum (axis=1, keepdims=True).",
            edits=(
                (
                    LOG_PROBS,
                    "z = logits - logits.max()\n"
                    "        self.log_probs = z - np.log(np.exp(z).sum(axis=1, keepdims=True))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "shift-left-in",
            "The row's maximum is subtracted inside the exponentials and not outside: the target's logit has to be "
            "shifted too, or the maximum added to the logarithm again.",
            edits=(
                (
                    CE_VALUE,
                    "shifted = logits - logits.max(axis=1, keepdims=True)\n"
                    "        picked = logits[np.arange(len(targets)), targets]\n"
                    "        return np.mean(np.log(np.exp(shifted).sum(axis=1)) - picked)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "sum-backward",
            "The cost is a mean, the gradient that of a sum: divide by the batch size here, for no other module will.",
            edits=((CE_RETURN, "return grad"),),
            hypothesis="factor",
        ),
        Variant(
            "sum-forward",
            "forward sums over the batch where it should average; the gradient is that of the mean.",
            edits=((CE_VALUE, CE_VALUE.replace("mean", "sum")),),
            shows="value",
        ),
        Variant(
            "divided-by-all-entries",
            "The gradient is divided by batch size times classes; the mean is over the examples only.",
            edits=((CE_RETURN, "return grad / grad.size"),),
            hypothesis="factor",
        ),
        Variant(
            "divided-twice",
            "The gradient is divided by the batch size twice.",
            edits=((CE_RETURN, "return grad / len(self.targets) ** 2"),),
            hypothesis="factor",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: truth minus belief; it should be belief minus truth, y minus one-hot.",
            edits=((CE_RETURN, "return -grad / len(self.targets)"),),
            hypothesis="sign",
        ),
        Variant(
            "columns-forward",
            "[:, targets] takes every example's target from every row; pair row and target with two index arrays.",
            edits=((CE_VALUE, "return -np.mean(self.log_probs[:, targets])"),),
            shows="value",
        ),
        Variant(
            "columns-backward",
            "[:, targets] subtracts 1 at every example's target in every row; pair row and target with two index "
            "arrays.",
            edits=((CE_ENTRY, "grad[:, self.targets] -= 1"),),
            hypothesis="targets",
        ),
        Variant(
            "log-probabilities",
            "Log-probabilities stand where probabilities belong: the gradient is y minus one-hot, not log y minus "
            "one-hot.",
            edits=((CE_GRAD, "grad = self.log_probs.copy()"),),
            hypothesis="targets",
        ),
        Variant(
            "labels-for-one-hot",
            "The class *number* is subtracted where its one-hot row belongs.",
            edits=((CE_ENTRY, "grad = grad - self.targets[:, None]"),),
            hypothesis="targets",
        ),
        Variant(
            "truth-missing",
            "The one-hot row is never subtracted, so the gradient lowers every logit, the right one included.",
            edits=((CE_ENTRY, "grad = grad * 1.0"),),
            hypothesis="targets",
        ),
        Variant(
            "nll-gradient",
            "This is the gradient with respect to the log-probabilities; it still has to go back through log-softmax.",
            edits=((CE_GRAD, "grad = np.zeros_like(self.log_probs)"),),
            hypothesis="targets",
        ),
        Variant(
            "saved-changed",
            "backward subtracts 1 in the array that forward saved, so a second backward subtracts it again.",
            edits=(
                (LOG_PROBS, f"{LOG_PROBS}\n        self.probs = np.exp(self.log_probs)"),
                (CE_GRAD, "grad = self.probs"),
            ),
            shows="behaviour",
        ),
        Variant(
            "logarithm-missing",
            "The cost is −y, not −log y: it can't tell very wrong from wrong.",
            edits=((CE_VALUE, CE_VALUE.replace("np.mean(", "np.mean(np.exp(") + ")"),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "composed",
            edits=(
                (LOG_PROBS, "self.inner = LogSoftmax()\n        self.log_probs = self.inner(logits)"),
                (CE_GRAD, "grad = np.zeros_like(self.log_probs)"),
                (CE_ENTRY, f"grad[{ROWS}] = -1 / len(self.targets)"),
                (CE_RETURN, "return self.inner.backward(grad)"),
            ),
        ),
        Variant(
            "one-hot",
            edits=(
                (CE_ENTRY, "truth = np.eye(grad.shape[1])[self.targets]"),
                (CE_RETURN, "return (grad - truth) / len(truth)"),
            ),
        ),
        Variant(
            "formula",
            edits=(
                (LOG_PROBS, "self.log_probs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)"),
            ),
        ),
    ),
)

MSE_DIFFERENCE = "self.difference = prediction - target"
MSE_VALUE = "return np.mean(self.difference**2)"
MSE_BACK = "return 2 * self.difference / self.difference.size"

MSE = Exercise(
    "mse",
    probe_mse,
    wrong=(
        Variant(
            "sum-both",
            "The cost is the sum of the squares, and the gradient is that of the sum: they agree, but asked for is the mean.",
            edits=((MSE_VALUE, MSE_VALUE.replace("mean", "sum")), (MSE_BACK, "return 2 * self.difference")),
            shows="value",
        ),
        Variant(
            "squared-gradient",
            "The gradient holds the square of the difference; the slope of e² is 2e.",
            edits=((MSE_BACK, "return 2 * self.difference**2 / self.difference.size"),),
        ),
        Variant(
            "sum-forward",
            "forward sums the squares where it should average them.",
            edits=((MSE_VALUE, MSE_VALUE.replace("mean", "sum")),),
            shows="value",
        ),
        Variant(
            "mean-over-batch-only",
            "The squares are divided by the batch size only; the mean is over *all* entries.",
            edits=(
                (MSE_VALUE, "return np.sum(self.difference**2) / len(self.difference)"),
                (MSE_BACK, "return 2 * self.difference / len(self.difference)"),
            ),
            shows="value",
        ),
        Variant(
            "means-of-rows-summed",
            "The mean is taken along the last axis only, and these means are summed; it is the mean over *all* entries.",
            edits=(
                (MSE_VALUE, "return np.sum(np.mean(self.difference**2, axis=-1))"),
                (MSE_BACK, "return 2 * self.difference / self.difference.shape[-1]"),
            ),
            shows="value",
        ),
        Variant(
            "sum-backward",
            "The cost is a mean, the gradient that of a sum: it has to be divided by the number of entries.",
            edits=((MSE_BACK, "return 2 * self.difference"),),
            hypothesis="factor",
        ),
        Variant(
            "batch-backward",
            "The gradient is divided by the batch size, the cost by the number of all entries.",
            edits=((MSE_BACK, "return 2 * self.difference / len(self.difference)"),),
            hypothesis="factor",
        ),
        Variant(
            "two-missing",
            "The factor 2 of the square's derivative is missing.",
            edits=((MSE_BACK, "return self.difference / self.difference.size"),),
            hypothesis="factor",
        ),
        Variant(
            "halved",
            "Both cost and gradient are halved; some books define it so, but here (and in PyTorch) there is no ½.",
            edits=(
                (MSE_VALUE, "return np.mean(self.difference**2) / 2"),
                (MSE_BACK, "return self.difference / self.difference.size"),
            ),
            shows="value",
        ),
        Variant(
            "sign",
            "The gradient has the wrong sign: it points from the target to the prediction.",
            edits=((MSE_BACK, "return -2 * self.difference / self.difference.size"),),
            hypothesis="sign",
        ),
        Variant(
            "absolute",
            "The cost is the mean of the absolute differences; MSE squares them.",
            edits=((MSE_VALUE, "return np.mean(np.abs(self.difference))"),),
            shows="value",
        ),
        Variant(
            "root",
            "The square root of the mean is taken; MSE is the mean itself.",
            edits=((MSE_VALUE, "return np.sqrt(np.mean(self.difference**2))"),),
            shows="value",
        ),
        Variant(
            "squares-of-each",
            "The difference of the squares is not the square of the difference.",
            edits=((MSE_VALUE, "return np.mean(prediction**2 - target**2)"),),
            shows="value",
        ),
        Variant(
            "square-of-mean",
            "The mean is taken before the square, so that errors of opposite sign cancel.",
            edits=((MSE_VALUE, "return np.mean(self.difference) ** 2"),),
            shows="value",
        ),
        Variant(
            "prediction-overwritten",
            "The difference is written into the caller's prediction; make an array of your own.",
            edits=((MSE_DIFFERENCE, "prediction -= target\n        self.difference = prediction.copy()"),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "product",
            edits=(
                (MSE_VALUE, "return np.sum(self.difference * self.difference) / np.size(prediction)"),
                (MSE_BACK, "return (self.difference + self.difference) / np.size(self.difference)"),
            ),
        ),
        Variant(
            "inputs-kept",
            edits=(
                (MSE_DIFFERENCE, "self.p, self.t = prediction, target"),
                (MSE_VALUE, "return ((self.t - self.p) ** 2).mean()"),
                (MSE_BACK, "return (2 / self.p.size) * (self.p - self.t)"),
            ),
        ),
    ),
)

BANK = Bank("05-losses", (NLL, CROSSENTROPY, MSE))
