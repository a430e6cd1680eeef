"""The checker that explains: gradients against measured derivatives, values against expected ones.

What a handle on a module in another process must do for `check_gradients`, which sees only the contract:

- ``module.forward(*arrays)`` and ``module.backward(*arrays)`` return plain data (arrays, floats, tuples).
- ``module.params[name]`` and ``module.grads[name]`` read arrays. To move a parameter the check first tries
  ``module.params[name][...] = array``, reads the parameter again, and, where that gave back the old value
  (the array was a copy), assigns ``module.params[name] = array``. A handle should carry out that assignment
  as a write *into* the existing array, because a module may hold its array under a second name.
- An argument that the call changed in place is written back to the caller's array, and two arrays of one
  result that share memory still share it at the caller's; otherwise these two mistakes pass unseen.
"""

from workbook.checks.errors import CheckError, Found, GradientError, ValueMismatch
from workbook.checks.gradients import GradientReport, check_gradients
from workbook.checks.values import check_close

__all__ = [
    "CheckError",
    "Found",
    "GradientError",
    "GradientReport",
    "ValueMismatch",
    "check_close",
    "check_gradients",
]
