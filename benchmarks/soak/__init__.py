"""A long day in half an hour: whether a site that is used without a pause errs, or its processes grow.

`python -m benchmarks.soak` starts a site of its own, has sixteen people draw, look through their histories, correct,
upload and use the API, reads the memory of every process each minute, and fails if anything errs or grows.
"""
