"""A mapping file as checked records: read, located by line, judged all at once."""
