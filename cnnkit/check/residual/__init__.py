"""Probes of the residual block and the network of such blocks: right by behaviour, named from a trace."""
