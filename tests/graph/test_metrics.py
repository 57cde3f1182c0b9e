"""What /metrics and the spans tell of real requests, and that they tell nothing of persons."""

import asyncio
import re
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest

from commands.telemetry import OpenTelemetrySpans
from domain.catalogue import handles
from domain.model.tracing import NoSpans
from resolvers.measuring import Operation, OperationFigures
from schema.serving.measured import name_of
from schema.serving.metrics import OperationCollector
from tests.graph.test_outages import NUMBER, fill
from tests.support.city import Client, link, running
from tests.support.databases import DatabaseMaker
from tests.support.tiny import TinyCity, make_tiny_city

NAMED = "query Lookup($n: String!) { person(idNumber: $n) { name rank { civilRank { code } } } }"


@pytest.fixture
async def tiny(tmp_path: Path, make_database: DatabaseMaker) -> TinyCity:
    city = make_tiny_city("sqlite", tmp_path, make_database)
    fill(city)
    city.write_config(city.urls)
    await link(city.config)
    return city


async def measured(client: Client) -> dict[str, float]:
    """The samples of /metrics by name and labels."""
    text = (await client.http.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def test_operations_are_counted_by_name_and_end(tiny: TinyCity) -> None:
    async with running(tiny.config, NoSpans()) as client:
        await client.ask(NAMED, n=NUMBER)
        await client.ask(NAMED, n=NUMBER)
        await client.ask("{ sources { name } }")
        await client.ask("query Lookup { nonsense }")
        await client.ask("query Bad { person(idNumber: 7) { name } }")
        await client.ask("# query Not\n  query # who\n Who { sources { name } }")
        samples = await measured(client)

    ended = {
        tuple(re.findall('"(.*?)"', name)): count
        for name, count in samples.items()
        if name.startswith("fourfold_operations_total")
    }
    assert ended == {
        ("Lookup", "answered"): 2,
        ("anonymous", "answered"): 1,
        ("Lookup", "refused"): 1,
        ("other", "refused"): 1,
        ("Who", "answered"): 1,
    }
    assert samples['fourfold_operation_seconds_count{operation="Lookup"}'] == 3
    assert samples["fourfold_operations_running"] == 0
    paths = {k: n for k, n in samples.items() if k.startswith("fourfold_operation_paths_total")}
    assert sum(paths.values()) == 4  # Those that ran.
    assert samples['fourfold_plan_levels_total{way="lone"}'] == 2  # Straight, nothing asked anew.


async def test_sources_are_counted_each_by_itself(tiny: TinyCity) -> None:
    async with running(tiny.config, NoSpans()) as client:
        await client.ask(NAMED, n=NUMBER)
        samples = await measured(client)

    for source in tiny.urls:
        assert samples[f'fourfold_source_up{{source="{source}"}}'] == 1
        assert samples[f'fourfold_source_breaker{{source="{source}",state="CLOSED"}}'] == 1
        assert samples[f'fourfold_source_breaker{{source="{source}",state="OPEN"}}'] == 0
        assert samples[f'fourfold_source_failures_total{{kind="timeout",source="{source}"}}'] == 0
    counted = samples['fourfold_source_statement_seconds_count{source="organization"}']
    assert counted == samples['fourfold_source_statements_total{source="organization"}'] >= 1
    assert samples['fourfold_source_rows_total{source="organization"}'] >= 1


def test_ten_thousand_operation_names_make_few_series() -> None:
    figures = OperationFigures()
    for number in range(10_000):
        operation = Operation(name_of(f"query Look{number:04}x {{ __typename }}", None))
        operation.ended(has_data=True, has_errors=False)
        figures.add(operation, 0.01)
    registry = CollectorRegistry()
    registry.register(OperationCollector(figures))

    lines = generate_latest(registry).decode().splitlines()

    assert sum(line.startswith("fourfold_operations_total") for line in lines) == 101
    assert len(lines) < 101 * 20
    assert 'fourfold_operations_total{operation="other",outcome="answered"} 9900.0' in lines


def facts(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def told(spans: tuple[ReadableSpan, ...]) -> str:
    parts = [(s.name, facts(s), s.status.description, [e.name for e in s.events]) for s in spans]
    return str(parts)


async def test_spans_tell_request_operation_and_statements_but_no_question_and_no_person(
    tiny: TinyCity,
) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    async with running(tiny.config, OpenTelemetrySpans(provider)) as client:
        kept.clear()
        await client.ask(NAMED, n=NUMBER)
        await client.http.get(f"/{NUMBER}")
        spans = kept.get_finished_spans()

    by_name = {span.name: span for span in reversed(spans)}
    request, operation = by_name["request"], by_name["graphql.operation"]
    assert operation.parent is not None
    assert operation.parent.span_id == request.context.span_id
    assert facts(operation) == {"graphql.operation.name": "Lookup", "fourfold.outcome": "answered"}
    statements = [span for span in spans if span.name == "source.statement"]
    assert {span.context.trace_id for span in statements} == {request.context.trace_id}
    assert {facts(span)["fourfold.source"] for span in statements} == {"organization", "hr"}
    for secret in (NUMBER, "张三", "SELECT", "select", "cadre", handles.CIVIL_RANK, ".sqlite"):
        assert secret not in told(spans).replace("query", ""), secret


async def test_a_statement_that_failed_is_told_by_kind_only(tiny: TinyCity) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    async with running(tiny.config, OpenTelemetrySpans(provider)) as client:
        await asyncio.to_thread(tiny.run, "organization", "DROP TABLE cadre")
        kept.clear()
        await client.ask(NAMED, n=NUMBER)
        spans = kept.get_finished_spans()

    errors = [facts(span)["error.type"] for span in spans if "error.type" in facts(span)]
    assert errors == ["LaneError"]
    assert [facts(s)["fourfold.failure"] for s in spans if "error.type" in facts(s)] == ["invalid"]
    assert "cadre" not in told(spans)
