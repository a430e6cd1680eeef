"""This course's own, plugged into the grader: mistakes, house rules, the reference `mynn`."""
