"""`autograder answers`: all answers to one question on one page, graded from the keyboard.

questions  what has to be graded by hand, and the answers, from notebooks and gradebook
keep       points and comments, as formgrader keeps them
serve      the pages, on this machine and for whoever has the link
"""
