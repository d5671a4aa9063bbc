"""The benchmark of a night in small: what it proves of the queue and the claim holds at any size."""

import os
from collections.abc import Iterator

import pytest

from tests.bench.bench_night import measure
from tests.postgres import empty_database

_ORDERS = int(os.environ.get("INGATHER_TEST_NIGHT_ORDERS", "4000"))
_MERCHANTS = max(30, _ORDERS // 333)
_MOST_GROWTH_MIB = 250


@pytest.fixture
def figures(postgres_cluster: str) -> Iterator[dict[str, object]]:
    """Yield the figures of one small night on PostgreSQL."""
    with empty_database(postgres_cluster) as url:
        yield measure(orders=_ORDERS, merchants=_MERCHANTS, book=url)


def test_a_claim_writes_no_index_and_others_write_meanwhile(figures: dict[str, object]) -> None:
    hot, writes, before, peak = (
        figures[name] for name in ("hot_share", "writes_meanwhile", "rss_before_mib", "peak_rss_mib")
    )
    assert isinstance(hot, float)
    assert hot > 0.95
    assert isinstance(writes, int)
    assert writes > 0
    assert isinstance(before, int)
    assert isinstance(peak, int)
    assert peak - before < _MOST_GROWTH_MIB
