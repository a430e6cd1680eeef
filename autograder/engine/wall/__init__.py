"""The wall: a sandbox around the student's processes, started and talked to from outside."""
