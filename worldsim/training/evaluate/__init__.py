"""Judging renderers on clips kept from training: measures, injected violations, drift, tables, sheets."""
