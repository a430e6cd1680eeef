"""The student's side of the wall: cells, objects, confinement; with `wire`, all that a sandbox can see."""
