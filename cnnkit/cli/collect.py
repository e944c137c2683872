"""``python -m cnnkit collect``: a platform's download into the folder of the course."""

import argparse
from collections import Counter

from cnnkit._support.locks import only_writer
from cnnkit._support.notices import notice
from cnnkit.errors import InputError
from cnnkit.grading import roster as rosters
from cnnkit.grading.collecting import collect


def run(args: argparse.Namespace) -> int:
    """Collects, and says what became of every file that was not; 1 if there is one."""
    given = vars(args)
    course, name = given["course"], given["name"]
    if not (course / "release" / name / f"{name}.ipynb").is_file():
        raise InputError(f"{course} has no release/{name}/{name}.ipynb; run there first: nbgrader generate_assignment {name}")
    with only_writer(course, what=f"the course in {course}"):
        roster = rosters.keep(course, given["roster"]) if "roster" in given else rosters.of_course(course)
        taken = collect(course, name, given["download"], roster)
    for one in taken:
        if not one.result.startswith("collected"):
            notice(f"{one.file}: {one.result}")
    handed_in = {one.student for one in taken if one.result.startswith("collected")}
    counts = Counter(one.result.partition(":")[0] for one in taken)
    print(f"{course / f'collected-{name}.csv'}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    if roster.students:
        missing = len(set(roster.students) - handed_in)
        print(f"{missing} of the {len(roster.students)} in the roster are not in this download")
    return int(any(not one.result.startswith("collected") for one in taken))
