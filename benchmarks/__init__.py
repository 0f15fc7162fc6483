"""Measures the running site beside a yardstick: `make bench`. Nothing here is part of the product."""
