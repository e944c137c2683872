"""``python -m cnnkit class``: what a class can and cannot do yet, as one page."""

import argparse

from cnnkit.grading import classpage
from cnnkit.grading.classroom import look


def run(args: argparse.Namespace) -> int:
    """Writes the page, and prints where it is."""
    given = vars(args)
    course, name = given["course"], given["name"]
    room = look(course, name, given.get("reports"))
    path = classpage.write(given.get("out", course / f"class-{name}.html"), room)
    print(f"{path}: {len(room.points)} graded, {len(room.missing)} without points")
    return 0
