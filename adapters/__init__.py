"""The only door to departmental databases: one generic SQL adapter driven by mapping files."""
