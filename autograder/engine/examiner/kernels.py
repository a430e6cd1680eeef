"""Kernels of other languages than Python: found here, started in the sandbox."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from autograder.marking.paper import Paper


class NoKernel(Exception):  # noqa: N818 - said of this machine
    """The kernel that a notebook is written for isn't installed where grading runs; it says which."""


def foreign(paper: Paper) -> bool:
    """Say whether a notebook is written in another language than Python."""
    language = str(paper.kernelspec.get("language") or paper.kernelspec.get("name") or "python").lower()
    return not language.startswith(("python", "ipython"))


def setting_for(paper: Paper) -> dict[str, Any]:
    """Return what `Kernel` in the sandbox needs to start a notebook's kernel.

    Raises:
        NoKernel: if it isn't installed here.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    name = str(paper.kernelspec.get("name", ""))
    try:
        found: Any = KernelSpecManager().get_kernel_spec(name)
    except (NoSuchKernel, ValueError):
        raise NoKernel(
            f"the kernel '{name}' ({paper.kernelspec.get('display_name', name)}) isn't installed where "
            "grading runs: 'jupyter kernelspec list' shows what is"
        ) from None
    ours = Path(sys.executable)
    argv = ["{python}" if _is_this_python(part, ours) else part for part in found.argv]
    environment = {key: str(value) for key, value in dict(found.env).items()}
    return {"argv": argv, "env": environment, "language": found.language, "patience": paper.patience}


def _is_this_python(part: str, ours: Path) -> bool:
    """Say whether an argument is this Python, which lies elsewhere in the sandbox."""
    path = Path(part)
    beside = path.is_absolute() and path.parent == ours.parent
    return part in ("python", "python3") or (beside and path.name.startswith("python"))
