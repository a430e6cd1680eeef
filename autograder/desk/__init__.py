"""What an instructor sees and keeps: intake, the run, gradebook, ledger, table, report."""
