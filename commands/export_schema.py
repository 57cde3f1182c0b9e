"""`fourfold export-schema`: prints the graph's schema definition."""

from typing import Annotated

import typer

from schema.graph import GraphLimits, make_graph

EPILOG = """Examples:

fourfold export-schema > schema.graphql

fourfold export-schema --federation > fourfold.subgraph.graphql
"""


def export_schema(
    *,
    federation: Annotated[
        bool, typer.Option("--federation", help="With @key and @shareable, for a composer.")
    ] = False,
) -> None:
    """Print the schema definition (SDL) of the graph."""
    graph = make_graph(GraphLimits())
    typer.echo(graph.subgraph_sdl if federation else graph.as_str())
