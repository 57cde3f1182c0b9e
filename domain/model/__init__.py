"""The nouns, errors and quota arithmetic every room speaks of."""
