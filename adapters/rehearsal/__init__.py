"""Sources that write every statement and run none, for `fourfold explain`."""
