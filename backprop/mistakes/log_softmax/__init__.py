"""What students write for 04-log-softmax: a module for each exercise."""

from __future__ import annotations

from backprop.mistakes.bank import Bank
from backprop.mistakes.log_softmax.logsigmoid import LOGSIGMOID
from backprop.mistakes.log_softmax.logsoftmax import LOGSOFTMAX
from backprop.mistakes.log_softmax.softmax import SOFTMAX
from backprop.mistakes.log_softmax.softplus import SOFTPLUS

BANK = Bank("04-log-softmax", (SOFTMAX, LOGSOFTMAX, SOFTPLUS, LOGSIGMOID))
