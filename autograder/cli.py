"""The command line: each command is a module of `autograder.desk.commands`, imported when it is asked for."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from autograder.course import CourseError
from autograder.desk.commands.common import UNUSABLE

COMMANDS = (
    "demo",
    "grade",
    "watch",
    "check",
    "answers",
    "feedback",
    "report",
    "export",
    "extend",
    "similar",
    "doctor",
)  # in the order of `--help`


class Commands(click.Group):
    """Finds a command in its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one of them, None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"autograder.desk.commands.{cmd_name}").command
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(
    package_name="backprop-workbook", prog_name="autograder", message="%(prog)s %(version)s"
)
def cli() -> None:
    """Grade a Jupyter course: safely, in parallel, and in words."""


def main() -> None:
    """Run the command line; what can't be used ends with one sentence and exit status 2."""
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit("Stopped. What was graded before is in the gradebook; run the command again to continue.")
    except click.ClickException as error:
        error.show()
        sys.exit(UNUSABLE)
    except CourseError as error:
        click.echo(f"autograder: {error}", err=True)
        sys.exit(UNUSABLE)
