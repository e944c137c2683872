"""``python -m cnnkit``."""

import sys

try:
    from cnnkit.cli import main
except KeyboardInterrupt:  # Ctrl-C while Python is still starting: nothing has begun that could be lost
    sys.exit("cnnkit: interrupted")

if __name__ == "__main__":
    sys.exit(main())
