"""What is measured: one file a job, with its question, its hand-written answer and its keys."""
