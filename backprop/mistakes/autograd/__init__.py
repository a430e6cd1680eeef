"""What students write for 07-autograd: a module for each exercise."""

from __future__ import annotations

from backprop.mistakes.autograd.arithmetic import ARITHMETIC
from backprop.mistakes.autograd.backward import BACKWARD
from backprop.mistakes.autograd.functions import FUNCTIONS
from backprop.mistakes.autograd.learning import LEARNING
from backprop.mistakes.autograd.matrices import MATRICES
from backprop.mistakes.autograd.tape import TAPE
from backprop.mistakes.autograd.unbroadcast import UNBROADCAST
from backprop.mistakes.bank import Bank

BANK = Bank("07-autograd", (ARITHMETIC, TAPE, BACKWARD, UNBROADCAST, FUNCTIONS, MATRICES, LEARNING))
