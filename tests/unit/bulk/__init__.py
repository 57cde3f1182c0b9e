"""Work over whole populations, with fakes."""
