"""What a user should know although nothing failed: one line on standard error."""

import sys


def notice(message: str) -> None:
    """Prints ``cnnkit: <message>`` on standard error, which terminals and notebooks both show."""
    print(f"cnnkit: {message}", file=sys.stderr, flush=True)
