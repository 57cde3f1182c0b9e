"""The 26 categories, 218 indicators and code sets: data, and how to ask for them."""
