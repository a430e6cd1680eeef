"""What marks are made of, pure: cells and their roles, papers, limits, findings, results."""
