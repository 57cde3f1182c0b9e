"""`fourfold export-schema`: prints the graph's schema definition."""

import typer

from schema.graph import GraphLimits, make_graph

EPILOG = """Example:

fourfold export-schema > schema.graphql
"""


def export_schema() -> None:
    """Print the schema definition (SDL) of the graph."""
    typer.echo(make_graph(GraphLimits()).as_str())
