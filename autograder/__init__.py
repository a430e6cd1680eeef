"""What an instructor runs: grading, class report, sample class."""
