"""Attacks on what docs/promises.md promises, one module a promise; `make attack` runs them all."""
