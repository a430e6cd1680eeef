"""What is checked and built when an assignment is released."""
