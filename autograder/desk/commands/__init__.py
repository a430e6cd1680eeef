"""The command line's commands, a module each: what they take, and what they print."""
