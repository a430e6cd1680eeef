"""`python -m autograder`: the command, where its script isn't on the path."""

from autograder.cli import main

main()
