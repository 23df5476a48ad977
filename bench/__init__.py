"""Measurements against their ceilings, both sides interleaved in one run. Read the ratios, never the times."""
