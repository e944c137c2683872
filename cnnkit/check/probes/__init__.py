"""Probes of the exercises that are functions: designed inputs, one for each mistake."""
