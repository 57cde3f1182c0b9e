"""The adapter without a database."""
