"""What a user should know although nothing failed: one line on standard error."""

import sys
from contextlib import suppress


def notice(message: str) -> None:
    """Prints ``cnnkit: <message>`` on standard error, which terminals and notebooks both show."""
    with suppress(OSError):  # the terminal may be gone, and what follows, such as saving, is more important
        print(f"cnnkit: {message}", file=sys.stderr, flush=True)
