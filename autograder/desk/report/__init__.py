"""The class report: a page to work from, and its tables as CSV.

results  an assignment as the gradebook, the ledger and the folders have it
columns  its exercises, as the columns of the map
items    test cells over the class: difficulty and discrimination, in words
mistakes the known mistakes that were made, with an example that names nobody
write    report/index.html, scores.csv, items.csv
"""

from autograder.desk.report.write import FORMGRADER, write_report

__all__ = ["FORMGRADER", "write_report"]
