"""What students write for 09-schedules-adam: two schedules, and Adam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop.mistakes.bank import Bank, Exercise, Variant, probe_optimizer
from backprop.mistakes.sgd import ASCENT, FROZEN_RATE, OLD_GRADS, ONLY_LAST, REBOUND

Names = Mapping[str, Any]
Rng = np.random.Generator


def probe_schedule(
    make: Callable[[Names, Any], Any], cuts: tuple[int, ...]
) -> Callable[[Names, Rng], dict[str, Any]]:
    """Return a probe of a schedule: the rates of the epochs, past the end, in stretches cut at these epochs.

    A mistake is known by the stretches in which it shows, also where another part of the answer is right.
    """

    def probe(names: Names, rng: Rng) -> dict[str, Any]:
        optimizer = names["Optimizer"](None, float(rng.uniform(0.5, 1.5)))
        moves: list[int] = []
        optimizer.step = lambda: moves.append(1)
        schedule = make(names, optimizer)
        rates, own, returned = [float(optimizer.lr)], [0.0], []
        for _ in range(12):
            returned.append(str(schedule.step()) != "None")
            rates.append(float(optimizer.lr))
            own.append(float(getattr(schedule, "lr", 0.0)))
        return {
            "rates": {str(k): part for k, part in enumerate(np.split(np.array(rates), cuts))},
            "kept to itself": own,
            "counted": str(getattr(schedule, "epoch", None)),
            "returned": any(returned),
            "optimiser's steps": len(moves),
        }

    return probe


NEXT = "self.epoch += 1\n        "
STEP_RATE = "self.optimizer.lr = self.first * self.gamma ** (self.epoch // self.step_size)"

STEPLR = Exercise(
    "steplr",
    probe_schedule(lambda names, optimizer: names["StepLR"](optimizer, 5, 0.6), (5, 10)),
    wrong=(
        Variant(
            "compounded",
            "The formula for the first rate is applied to the current one, which has already fallen: the falls compound.",
            edits=((STEP_RATE, STEP_RATE.replace("self.first", "self.optimizer.lr")),),
            shows="behaviour",
        ),
        Variant(
            "one-epoch-late",
            "The rate falls one epoch late: count the epoch that is over before you compute the rate of the next.",
            edits=((NEXT + STEP_RATE, STEP_RATE + "\n        self.epoch += 1"),),
            shows="value",
        ),
        Variant(
            "one-epoch-early",
            "The rate falls one epoch early: step_size epochs should have the first rate.",
            edits=((STEP_RATE, STEP_RATE.replace("self.epoch //", "(self.epoch + 1) //")),),
            shows="value",
        ),
        Variant(
            "every-epoch",
            "The rate falls after every epoch; it should stay for step_size of them.",
            edits=((STEP_RATE, STEP_RATE.replace(" // self.step_size", "")),),
            shows="value",
        ),
        Variant(
            "true-division",
            "The rate falls a little at every epoch: round the number of steps down to a whole number.",
            edits=((STEP_RATE, STEP_RATE.replace("//", "/")),),
            shows="value",
        ),
        Variant(
            "falls-once",
            "The rate falls once and then stays: every further step_size epochs it should fall again.",
            edits=(
                (
                    STEP_RATE,
                    STEP_RATE.replace("self.epoch // self.step_size", "self.epoch >= self.step_size"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "linear",
            "gamma is multiplied by the number of steps; it should be raised to that power.",
            edits=(
                (
                    STEP_RATE,
                    "if self.epoch >= self.step_size:\n            self.optimizer.lr = "
                    "self.first * self.gamma * (self.epoch // self.step_size)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "own-rate",
            "The schedule keeps the new rate to itself: the optimiser's lr is what has to change.",
            edits=((STEP_RATE, STEP_RATE.replace("self.optimizer.lr", "self.lr")),),
            shows="behaviour",
        ),
        Variant(
            "not-counted",
            "The epochs aren't counted, so the rate never falls: raise the number at each call of step.",
            edits=((NEXT, ""),),
            shows="value",
        ),
        Variant(
            "subtracted",
            "gamma is subtracted at each fall; the rate should be multiplied by it.",
            edits=(
                (STEP_RATE, "self.optimizer.lr = self.first - self.gamma * (self.epoch // self.step_size)"),
            ),
            shows="value",
        ),
        Variant(
            "fixed-first-rate",
            "The rates are computed from 1 and not from the optimiser's first rate.",
            edits=((STEP_RATE, STEP_RATE.replace("self.first * ", "")),),
            shows="value",
        ),
        Variant(
            "gamma-default",
            "gamma is fixed at 0.1; use the one that is passed in.",
            edits=((STEP_RATE, STEP_RATE.replace("self.gamma", "0.1")),),
            shows="behaviour",
        ),
        Variant(
            "rounded-up",
            "The number of falls is rounded up, so that the first comes after a single epoch: `//` rounds down.",
            edits=(
                (
                    STEP_RATE,
                    STEP_RATE.replace("(self.epoch // self.step_size)", "-(-self.epoch // self.step_size)"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "rounded",
            "The number of falls is rounded to the nearest whole number, so that each comes too early: `//` rounds down.",
            edits=(
                (
                    STEP_RATE,
                    STEP_RATE.replace("(self.epoch // self.step_size)", "round(self.epoch / self.step_size)"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "back-between-falls",
            "The rate is low at each step_size-th epoch only, and back at the first one in between: count the falls so far, with `//`.",
            edits=(
                (
                    STEP_RATE,
                    "fallen = self.epoch % self.step_size == 0\n        self.optimizer.lr = self.first * (self.gamma if fallen else 1)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "remainder",
            "gamma is raised to the remainder, `%`; the number of falls is the whole quotient, `//`.",
            edits=((STEP_RATE, STEP_RATE.replace("//", "%")),),
            shows="value",
        ),
        Variant(
            "share-subtracted",
            "Each fall takes the same share of the first rate away, until none is left; it should multiply the rate by gamma.",
            edits=(
                (
                    STEP_RATE,
                    "self.optimizer.lr = self.first * (1 - self.gamma * (self.epoch // self.step_size))",
                ),
            ),
            shows="value",
        ),
        Variant(
            "returned",
            "step returns the new rate, and nobody uses it: set `self.optimizer.lr`.",
            edits=((STEP_RATE, STEP_RATE.replace("self.optimizer.lr =", "return")),),
            shows="behaviour",
        ),
        Variant(
            "unset",
            "The new rate is computed and nobody gets it: set `self.optimizer.lr`.",
            edits=((STEP_RATE, STEP_RATE.replace("self.optimizer.lr", "rate")),),
            shows="behaviour",
        ),
        Variant(
            "optimiser-stepped",
            "The schedule makes the optimiser take a step. The training loop does that; a schedule sets the rate, and no more.",
            edits=((STEP_RATE, "self.optimizer.step()\n        " + STEP_RATE),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "by-remainder",
            edits=(
                (
                    STEP_RATE,
                    "if self.epoch % self.step_size == 0:\n            self.optimizer.lr *= self.gamma",
                ),
            ),
        ),
        Variant(
            "loop",
            edits=(
                (
                    STEP_RATE,
                    "rate = self.first\n        for _ in range(self.step_size, self.epoch + 1, self.step_size):\n"
                    "            rate = rate * self.gamma\n        self.optimizer.lr = rate",
                ),
            ),
        ),
    ),
)

DONE = "done = min(self.epoch / self.epochs, 1.0)"
COSINE_RATE = "self.optimizer.lr = self.first * (1 + np.cos(np.pi * done)) / 2"

COSINELR = Exercise(
    "cosinelr",
    probe_schedule(lambda names, optimizer: names["CosineLR"](optimizer, 7), (4, 7, 8)),
    wrong=(
        Variant(
            "positive-part",
            "The cosine itself is the factor, with 0 in the place of what is negative: the rate is gone after half of "
            "the epochs. Lift it to (1 + cos) / 2, which falls from 1 to 0 over all of them.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * max(0.0, np.cos(np.pi * done))"),),
            shows="value",
        ),
        Variant(
            "compounded",
            "The formula for the first rate is applied to the current one, which has already fallen: the falls compound.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.first", "self.optimizer.lr")),),
            shows="behaviour",
        ),
        Variant(
            "rises-again",
            "After the last epoch the cosine goes up again; the rate should stay at 0.",
            edits=((DONE, "done = self.epoch / self.epochs"),),
            shows="behaviour",
        ),
        Variant(
            "one-epoch-late",
            "The rate falls one epoch late: count the epoch that is over before you compute the rate of the next.",
            edits=((NEXT, ""), (COSINE_RATE, COSINE_RATE + "\n        self.epoch += 1")),
            shows="value",
        ),
        Variant(
            "one-epoch-too-long",
            "The cosine is stretched by one epoch, so that it never quite arrives at 0 when it should.",
            edits=((DONE, "done = min(self.epoch / (self.epochs + 1), 1.0)"),),
            shows="value",
        ),
        Variant(
            "one-epoch-too-short",
            "The cosine is squeezed by one epoch: 0 is reached one epoch early.",
            edits=((DONE, "done = min(self.epoch / max(self.epochs - 1, 1), 1.0)"),),
            shows="value",
        ),
        Variant(
            "too-short-and-back",
            "The cosine is squeezed by one epoch, reaches 0 one epoch early, and then rises again: divide by the number of "
            "epochs.",
            edits=((DONE, "done = min(self.epoch, self.epochs) / max(self.epochs - 1, 1)"),),
            shows="value",
        ),
        Variant(
            "full-cosine",
            "The rate is the first rate times the cosine itself, which turns negative halfway: the optimiser would climb.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done)"),),
            shows="value",
        ),
        Variant(
            "quarter-cosine",
            "This is a quarter of a cosine: it starts slowly and then falls ever faster, instead of being slow "
            "at both ends.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done / 2)"),),
            shows="value",
        ),
        Variant(
            "not-counted",
            "The epochs aren't counted, so the rate never falls: raise the number at each call of step.",
            edits=((NEXT, ""),),
            shows="value",
        ),
        Variant(
            "degrees",
            "The angle is missing its pi: np.cos takes radians, and half a turn is pi.",
            edits=((COSINE_RATE, COSINE_RATE.replace("np.pi * done", "done")),),
            shows="value",
        ),
        Variant(
            "wave-upside-down",
            "The sign of the cosine is turned: the rate starts at 0 and rises.",
            edits=((COSINE_RATE, COSINE_RATE.replace("1 + np", "1 - np")),),
            shows="value",
        ),
        Variant(
            "starts-again",
            "After the last epoch the rate goes back to the first one; it should stay at 0.",
            edits=((DONE, "done = self.epoch / self.epochs if self.epoch <= self.epochs else 0.0"),),
            shows="behaviour",
        ),
        Variant(
            "half-missing",
            "The factor one half is missing: the rate starts at twice the first one.",
            edits=((COSINE_RATE, COSINE_RATE.replace(" / 2", "")),),
            shows="value",
        ),
        Variant(
            "linear",
            "The rate falls along a straight line, not along a cosine.",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * (1 - done)"),),
            shows="value",
        ),
        Variant(
            "whole-wave",
            "This is a whole wave of the cosine: the rate is back at its start in the end. Half a wave goes down to 0.",
            edits=((COSINE_RATE, COSINE_RATE.replace("np.pi * done", "2 * np.pi * done")),),
            shows="value",
        ),
        Variant(
            "own-rate",
            "The schedule keeps the new rate to itself: the optimiser's lr is what has to change.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.optimizer.lr", "self.lr")),),
            shows="behaviour",
        ),
        Variant(
            "one-missing",
            "The 1 is missing: the cosine alone goes from 1 to -1, and the rate turns negative.",
            edits=((COSINE_RATE, COSINE_RATE.replace("1 + ", "")),),
            shows="value",
        ),
        Variant(
            "cosine-alone-halved",
            "Only the cosine is halved: (1 + cos) / 2 takes brackets around the sum.",
            edits=(
                (
                    COSINE_RATE,
                    COSINE_RATE.replace("(1 + np.cos(np.pi * done)) / 2", "(1 + np.cos(np.pi * done) / 2)"),
                ),
            ),
            shows="value",
        ),
        Variant(
            "counted-round",
            "After the last epoch all starts again from the first rate; at epoch T the rate should be 0, and stay there.",
            edits=(("self.epoch += 1", "self.epoch = (self.epoch + 1) % self.epochs"),),
            shows="behaviour",
        ),
        Variant(
            "last-fall-missing",
            "The last fall is missing: at epoch T nothing is set, and the rate stays above 0 for good.",
            edits=((COSINE_RATE, "if self.epoch < self.epochs:\n            " + COSINE_RATE),),
            shows="behaviour",
        ),
        Variant(
            "whole-quotient",
            "t/T is rounded down to a whole number by `//`, so that the rate stays and falls to 0 at once: divide by `/`.",
            edits=((DONE, DONE.replace("self.epoch /", "self.epoch //")),),
            shows="value",
        ),
        Variant(
            "angle-in-degrees",
            "np.cos takes radians: half a turn is pi, not 180.",
            edits=((COSINE_RATE, COSINE_RATE.replace("np.pi", "180")),),
            shows="value",
        ),
        Variant(
            "fraction-upside-down",
            "The fraction is upside down: the epochs that are over, t, are divided by their number, T.",
            edits=((DONE, "done = self.epochs / self.epoch if self.epoch < self.epochs else 1.0"),),
            shows="value",
        ),
        Variant(
            "returned",
            "step returns the new rate, and nobody uses it: set `self.optimizer.lr`.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.optimizer.lr =", "return")),),
            shows="behaviour",
        ),
        Variant(
            "unset",
            "The new rate is computed and nobody gets it: set `self.optimizer.lr`.",
            edits=((COSINE_RATE, COSINE_RATE.replace("self.optimizer.lr", "rate")),),
            shows="behaviour",
        ),
        Variant(
            "optimiser-stepped",
            "The schedule makes the optimiser take a step. The training loop does that; a schedule sets the rate, and no more.",
            edits=((COSINE_RATE, "self.optimizer.step()\n        " + COSINE_RATE),),
            shows="behaviour",
        ),
    ),
    right=(
        Variant(
            "half-angle",
            edits=((COSINE_RATE, "self.optimizer.lr = self.first * np.cos(np.pi * done / 2) ** 2"),),
        ),
        Variant(
            "if-over",
            edits=(
                (DONE, "done = self.epoch / self.epochs"),
                (
                    COSINE_RATE,
                    "self.optimizer.lr = 0.0 if done >= 1 else self.first * (0.5 + 0.5 * np.cos(done * np.pi))",
                ),
            ),
        ),
    ),
)

COUNT = "self.t += 1\n        beta1"
MEANS = "self.mean[name] = beta1 * self.mean[name] + (1 - beta1) * grads[name]"
SQUARES = "self.square[name] = beta2 * self.square[name] + (1 - beta2) * grads[name] ** 2"
GRADS = "grads = self.module.grads"
HAT_M = "mean = self.mean[name] / (1 - beta1**self.t)"
HAT_V = "square = self.square[name] / (1 - beta2**self.t)"
ADAM_DOWN = "param -= self.lr * mean / (np.sqrt(square) + self.eps)"
ZERO = "self.t = 0"

ADAM = Exercise(
    "adam",
    probe_optimizer(lambda names, net: names["Adam"](net, 0.1, (0.8, 0.95), 0.2)),
    wrong=(
        Variant(
            "one-correction-for-both",
            "Both running means are corrected with the first beta; the squares' has a beta of its own.",
            edits=((HAT_V, HAT_V.replace("beta2", "beta1")),),
            shows="value",
        ),
        Variant(
            "second-correction-for-both",
            "Both running means are corrected with the second beta; the gradients' has a beta of its own.",
            edits=((HAT_M, HAT_M.replace("beta1", "beta2")),),
            shows="value",
        ),
        Variant(
            "no-bias-correction",
            "Both running means start at zero and are used as they are: the first steps have the wrong length. "
            "Divide by what is missing.",
            edits=((HAT_M, "mean = self.mean[name]"), (HAT_V, "square = self.square[name]")),
            shows="value",
        ),
        Variant(
            "square-uncorrected",
            "Only the first running mean is corrected; that of the squares starts at zero too.",
            edits=((HAT_V, "square = self.square[name]"),),
            shows="value",
        ),
        Variant(
            "one-step-late",
            "The steps are counted from zero or one too late: at the first step t is 1.",
            edits=((ZERO, "self.t = 1"),),
            shows="value",
        ),
        Variant(
            "counted-per-parameter",
            "t goes up for every parameter, not for every step: the later parameters are hardly corrected.",
            edits=((MEANS, "self.t += 1\n            " + MEANS), ("self.t += 1\n        beta1", "beta1")),
            shows="behaviour",
        ),
        Variant(
            "eps-in-the-root",
            "eps stands inside the root. That is another algorithm; here it is added to the root.",
            edits=(("(np.sqrt(square) + self.eps)", "np.sqrt(square + self.eps)"),),
            shows="value",
        ),
        Variant(
            "root-missing",
            "The step is divided by the mean square itself, not by its root: the step then depends on the "
            "gradient's scale.",
            edits=(("np.sqrt(square)", "square"),),
            shows="value",
        ),
        Variant("ascent", ASCENT, edits=((ADAM_DOWN, ADAM_DOWN.replace("-=", "+=")),), shows="value"),
        Variant(
            "betas-swapped",
            "The two betas are exchanged: the first is for the mean, the second for the squares.",
            edits=(("beta1, beta2 = self.betas", "beta2, beta1 = self.betas"),),
            shows="value",
        ),
        Variant(
            "square-of-the-mean",
            "The second running mean takes the square of the first one; it averages the squares of the gradients.",
            edits=(("grads[name] ** 2", "self.mean[name] ** 2"),),
            shows="value",
        ),
        Variant(
            "rebound",
            REBOUND,
            edits=((ADAM_DOWN, ADAM_DOWN.replace("param -=", "param = param -")),),
            shows="behaviour",
        ),
        Variant(
            "rate-frozen",
            FROZEN_RATE,
            edits=((ZERO, "self.rate = lr\n        " + ZERO), ("self.lr * mean", "self.rate * mean")),
            shows="behaviour",
        ),
        Variant(
            "gradients-frozen",
            OLD_GRADS,
            edits=((ZERO, "self.grads = module.grads\n        " + ZERO), (GRADS, "grads = self.grads")),
            shows="behaviour",
        ),
        Variant(
            "betas-ignored",
            "The usual 0.9 and 0.999 are written into the code; use the betas that are passed in.",
            edits=(("beta1, beta2 = self.betas", "beta1, beta2 = 0.9, 0.999"),),
            shows="behaviour",
        ),
        Variant(
            "counted-last",
            "t is raised after the step, so at the first one it is 0, and both corrections divide by 1 - 1: count first.",
            edits=(("self.t += 1\n        ", ""), (ADAM_DOWN, ADAM_DOWN + "\n        self.t += 1")),
            shows="behaviour",
        ),
        Variant(
            "gradient-squared-in-place",
            "The gradient is squared in its own array: whoever looks at it after the step finds the square.",
            edits=((SQUARES, "grads[name] *= grads[name]\n            " + SQUARES.replace(" ** 2", "")),),
            shows="behaviour",
        ),
        Variant(
            "corrected-means-kept",
            "The corrected means are put back in place of the means themselves, and are corrected again at the next step.",
            edits=(
                (HAT_M, "mean = self.mean[name] = self.mean[name] / (1 - beta1**self.t)"),
                (HAT_V, "square = self.square[name] = self.square[name] / (1 - beta2**self.t)"),
            ),
            shows="value",
        ),
        Variant(
            "mean-uncorrected",
            "Only the mean of the squares is corrected; the mean of the gradients starts at zero, too.",
            edits=((HAT_M, "mean = self.mean[name]"),),
            shows="value",
        ),
        Variant(
            "correction-of-the-first-step",
            "The corrections divide by 1 - beta at every step; what is missing shrinks with t: 1 - beta to the power of t.",
            edits=((HAT_M, HAT_M.replace("**self.t", "")), (HAT_V, HAT_V.replace("**self.t", ""))),
            shows="value",
        ),
        Variant(
            "correction-multiplied",
            "The corrections are multiplied instead of divided by: the means become smaller still.",
            edits=((HAT_M, HAT_M.replace("/", "*")), (HAT_V, HAT_V.replace("/", "*"))),
            shows="value",
        ),
        Variant(
            "direction-of-the-present",
            "The step follows the present gradient; its direction is the first running mean.",
            edits=((HAT_M, "mean = grads[name]"),),
            shows="value",
        ),
        Variant(
            "means-added-up",
            "The gradients are added whole, without 1 - beta: the sums are ten or a thousand times too large.",
            edits=(
                (MEANS, MEANS.replace("(1 - beta1) * ", "")),
                (SQUARES, SQUARES.replace("(1 - beta2) * ", "")),
            ),
            shows="value",
        ),
        Variant(
            "eps-forgotten",
            "eps is written into the code, or left out: add the one that is passed in to the root.",
            edits=((ADAM_DOWN, ADAM_DOWN.replace("self.eps", "1e-8")),),
            shows="value",
        ),
        Variant(
            "sizes-for-squares",
            "The second running mean averages the gradients' sizes; it is that of their squares, and the root comes after.",
            edits=(
                (SQUARES, SQUARES.replace("grads[name] ** 2", "np.abs(grads[name])")),
                ("np.sqrt(square)", "square"),
            ),
            shows="value",
        ),
        Variant(
            "one-size-for-all-entries",
            "A parameter's entries share one mean square; each entry needs its own.",
            edits=((SQUARES, SQUARES.replace("grads[name] ** 2", "np.mean(grads[name] ** 2)")),),
            shows="value",
        ),
        Variant(
            "gradients-cleared",
            "The gradients are set to zero after the step. That is the loop's business: whoever looks at them finds none.",
            edits=((ADAM_DOWN, ADAM_DOWN + "\n        self.module.zero_grad()"),),
            shows="behaviour",
        ),
        Variant(
            "gradients-not-squared",
            "The second running mean averages the gradients, not their squares: where they are negative it has no root.",
            edits=((SQUARES, SQUARES.replace(" ** 2", "")),),
            shows="value",
        ),
        Variant(
            "betas-exchanged-in-the-means",
            "In the running means the two betas are exchanged, in the corrections they aren't: the first is for the mean, "
            "the second for the squares.",
            edits=(
                (MEANS, MEANS.replace("beta1", "beta2")),
                (SQUARES, SQUARES.replace("beta2", "beta1")),
            ),
            shows="value",
        ),
        Variant(
            "one-dict-for-both",
            "Both running means live in one dict: what is written as the one is read as the other. Make two.",
            edits=(
                (
                    "self.square = {name: np.zeros_like(param) for name, param in module.params.items()}",
                    "self.square = self.mean",
                ),
            ),
            shows="value",
        ),
        Variant(
            "squares-added-up",
            "The squares are added whole, without 1 - beta2: their mean is far too large, and the steps too short.",
            edits=((SQUARES, SQUARES.replace("(1 - beta2) * ", "")),),
            shows="value",
        ),
        Variant(
            "gradients-added-up",
            "The gradients are added whole, without 1 - beta1: the steps are that much too long.",
            edits=((MEANS, MEANS.replace("(1 - beta1) * ", "")),),
            shows="value",
        ),
        Variant(
            "length-of-the-gradient",
            "The squares of a parameter's entries are summed, so that all share one length: each entry needs its own.",
            edits=((SQUARES, SQUARES.replace("grads[name] ** 2", "np.sum(grads[name] ** 2)")),),
            shows="value",
        ),
        Variant(
            "times-t",
            "The corrections take beta times t; it is beta to the power of t, with **.",
            edits=((HAT_M, HAT_M.replace("**", " * ")), (HAT_V, HAT_V.replace("**", " * "))),
            shows="value",
        ),
        Variant(
            "sizes-under-the-root",
            "The second running mean averages the gradients' sizes; it is that of their squares, and the root comes after.",
            edits=((SQUARES, SQUARES.replace("grads[name] ** 2", "np.abs(grads[name])")),),
            shows="value",
        ),
        Variant(
            "old-means",
            "The step is made with the running means of the step before, at first zeros: update both, then step.",
            edits=(
                (MEANS + "\n            " + SQUARES + "\n            ", ""),
                (ADAM_DOWN, ADAM_DOWN + "\n            " + MEANS + "\n            " + SQUARES),
            ),
            shows="value",
        ),
        Variant(
            "shares-exchanged",
            "beta and 1 - beta are exchanged: the old mean keeps the share beta, and the new value gets the rest.",
            edits=(
                (MEANS, MEANS.replace("beta1 *", "(1 - beta1) *", 1).replace("+ (1 - beta1)", "+ beta1")),
                (SQUARES, SQUARES.replace("beta2 *", "(1 - beta2) *", 1).replace("+ (1 - beta2)", "+ beta2")),
            ),
            shows="value",
        ),
        Variant(
            "one-beta-for-both",
            "Both running means use the first beta; the mean of the squares has the second one.",
            edits=(("beta1, beta2 = self.betas", "beta1 = beta2 = self.betas[0]"),),
            shows="value",
        ),
        Variant(
            "means-by-shape",
            "The running means are kept by shape: two parameters of the same shape share them. Keep them by name.",
            edits=(
                ("self.mean = {name: np", "self.mean = {np.shape(param): np"),
                ("self.square = {name: np", "self.square = {np.shape(param): np"),
                (MEANS, MEANS.replace("mean[name]", "mean[param.shape]")),
                (SQUARES, SQUARES.replace("square[name]", "square[param.shape]")),
                (HAT_M, HAT_M.replace("[name]", "[param.shape]")),
                (HAT_V, HAT_V.replace("[name]", "[param.shape]")),
            ),
            shows="value",
        ),
        Variant(
            "started-at-the-first-gradient",
            "The means start with the first gradient and its square, which then counts too much; they start at zero and are corrected.",
            edits=(
                (MEANS, "beta1, beta2 = (0.0, 0.0) if self.t == 1 else self.betas\n            " + MEANS),
                (HAT_M, "mean = self.mean[name]"),
                (HAT_V, "square = self.square[name]"),
            ),
            shows="value",
        ),
        Variant(
            "eps-before-the-correction",
            "eps is added to the root of the mean square as it is; it belongs to the root of the corrected one.",
            edits=(
                (
                    ADAM_DOWN,
                    "root = np.sqrt(1 - beta2**self.t)\n            param -= self.lr * root * mean / (np.sqrt(self.square[name]) + self.eps)",
                ),
            ),
            shows="value",
        ),
        Variant(
            "first-parameter-only",
            "Only the first parameter moves: a return inside the loop ends it.",
            edits=((ADAM_DOWN, ADAM_DOWN + "\n            return"),),
            shows="value",
        ),
        Variant(
            "last-parameter-only",
            ONLY_LAST,
            edits=((ADAM_DOWN, "pass\n        " + ADAM_DOWN),),
            shows="value",
        ),
        Variant(
            "weights-only",
            "Only parameters called weight move: go through all of them, whatever their names.",
            edits=((MEANS, 'if "weight" not in name:\n                continue\n            ' + MEANS),),
            shows="value",
        ),
    ),
    right=(
        Variant(
            "corrected-rate",
            edits=(
                (HAT_M, "mean = self.mean[name]"),
                (HAT_V, "square = self.square[name]"),
                (
                    ADAM_DOWN,
                    "rate = self.lr / (1 - beta1**self.t)\n"
                    "            param -= rate * mean / (np.sqrt(square / (1 - beta2**self.t)) + self.eps)",
                ),
            ),
        ),
        Variant(
            "roots-divided",
            edits=(
                (HAT_V, "root = np.sqrt(self.square[name]) / np.sqrt(1 - beta2**self.t)"),
                (ADAM_DOWN, "param[...] = param - self.lr * mean / (root + self.eps)"),
            ),
        ),
        Variant(
            "in-place-means",
            edits=(
                (MEANS, "self.mean[name] += (1 - beta1) * (grads[name] - self.mean[name])"),
                (SQUARES, "self.square[name] += (1 - beta2) * (np.square(grads[name]) - self.square[name])"),
            ),
        ),
    ),
)

BANK = Bank("09-schedules-adam", (STEPLR, COSINELR, ADAM))
