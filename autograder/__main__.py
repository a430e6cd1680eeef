"""The command's front door: it opens where nothing but Python is installed, and then says what is missing."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line, or end with one sentence and exit status 2 if a package is missing."""
    try:
        from autograder.cli import main as run

        run()
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        print(
            f"autograder: the package '{package}' isn't installed here. Run "
            f"{sys.executable} -m pip install 'backprop-workbook[grade]' (in a clone of it: make .venv).",
            file=sys.stderr,
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
