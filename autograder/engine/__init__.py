"""The grading engine: an examiner that asks, an examinee that answers, and a sandbox between them."""
