"""The instructor's side of the wall: tests, expected values, scores."""
