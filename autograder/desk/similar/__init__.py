"""`autograder similar`: answers that are alike beyond what the released text and the solution explain."""
