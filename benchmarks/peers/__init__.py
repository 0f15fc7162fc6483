"""Other people's servers, measured beside the site: `python -m benchmarks.run --peers`."""
