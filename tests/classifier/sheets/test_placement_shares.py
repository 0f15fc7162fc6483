"""Most pages are placed, and none wrongly: what benchmarks.sheets.placement measures, on few pages."""

import pytest

from benchmarks.sheets.placement import measure


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_most_pages_are_placed_and_none_wrongly():
    tallies = measure(20, seed=7)
    assert [tally.wrong for tally in tallies.values() if tally.wrong] == []
    for kind, least in (("scan", 0.99), ("photograph", 0.9)):
        own = [tallies[kind, whose] for whose in ("foreign", "printed by us")]
        assert sum(tally.placed for tally in own) >= least * sum(tally.pages for tally in own)
        assert max(max(tally.distances) for tally in own) < 5
