"""The class at a glance as one page, for a projector: no script, nothing loaded, every text escaped here."""

from __future__ import annotations

from collections import Counter
from html import escape
from pathlib import Path
from statistics import median

from cnnkit._support import files
from cnnkit._support.words import rich, whole
from cnnkit.grading.classroom import Classroom

_MOST = 5  # mistakes of an exercise that are shown
_STUCK = 30  # students
_BINS = 10
_STYLE = """
*{box-sizing:border-box}
body{margin:0;background:#fff;color:#111827;font:1.25rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:84rem;margin:0 auto;padding:1.5rem 2rem 3rem}
h1{font-size:2.4rem;line-height:1.2;margin:0 0 1rem}
h2{font-size:1.7rem;margin:2.6rem 0 .6rem}
h3{font-size:1.3rem;margin:1.8rem 0 .3rem}
p{margin:.3rem 0}
.soft{color:#4b5563}
.tiles{display:flex;flex-wrap:wrap;gap:1rem;list-style:none;margin:0;padding:0}
.tiles li{flex:1 1 12rem;border:2px solid #d1d5db;border-radius:12px;padding:.7rem 1rem}
.tiles b{display:block;font-size:2.2rem;line-height:1.2}
.heat{border-collapse:separate;border-spacing:4px;width:100%;table-layout:fixed}
.heat th{text-align:left;font-weight:600;overflow-wrap:anywhere;padding:.2rem .4rem;line-height:1.25}
.heat td{border-radius:8px;padding:.35rem .4rem;font-size:1.05rem;vertical-align:top;line-height:1.25;overflow-wrap:anywhere}
.heat b{display:block;font-size:1.5rem;line-height:1.15}
.heat td:empty{background:#f9fafb}
pre{background:#f3f4f6;border-left:6px solid #d55e00;padding:.8rem 1rem;margin:.6rem 0;white-space:pre-wrap;
overflow-wrap:anywhere;font:1.1rem/1.4 ui-monospace,"DejaVu Sans Mono",monospace}
blockquote{margin:.4rem 0;padding:.2rem 0 .2rem 1rem;border-left:6px solid #0072b2}
details{margin:2.6rem 0}
summary{font-size:1.4rem;font-weight:700;cursor:pointer}
.list{border-collapse:collapse;width:100%}
.list th,.list td{text-align:left;vertical-align:top;padding:.3rem 1rem .3rem 0;border-top:1px solid #d1d5db}
svg{display:block;width:100%;max-width:60rem;height:auto}
@media print{body{font-size:11pt}h2,h3{break-after:avoid}pre,tr,li{break-inside:avoid}.heat td{print-color-adjust:exact}}
"""
_BLUE, _ORANGE, _GREY = (0, 114, 178), (213, 94, 0), (107, 114, 128)


def write(path: Path, room: Classroom) -> Path:
    """Writes the page."""
    return files.write(path, whole(page(room)))


def page(room: Classroom) -> str:
    """The page's text."""
    parts = [_tiles(room), _heat(room), _talks(room), _bars(room), _stuck(room), _missing(room)]
    title = escape(f"{room.name}: the class at a glance")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    body = f"<main><h1>{title}</h1>{''.join(parts)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}<style>{_STYLE}</style></head><body>{body}</body></html>\n'


def _tiles(room: Classroom) -> str:
    handed_in = len(room.points) + len(room.missing)
    tiles = [(str(len(room.points)), f"graded, of {handed_in} students")]
    if room.points:
        tiles.append((f"{median(room.points):g} of {room.most:g}", "points, median"))
        tiles.append((str(room.points.count(room.most)), "with all points"))
    if room.seconds:
        tiles.append((f"{median(room.seconds):g} s", "of processor time a notebook, median"))
    if room.reports:
        tiles.append((f"{room.guesses}", f"guesses made, in {room.reports} reports"))
    return '<ul class="tiles">' + "".join(f"<li><b>{escape(big)}</b>{escape(small)}</li>" for big, small in tiles) + "</ul>"


def _heat(room: Classroom) -> str:
    """A row an exercise: who passed, who has not started, and the mistakes, the most frequent first."""
    rows, most = [], max((n for one in room.mistakes.values() for slug, n in one.items() if slug), default=1)
    for exercise in room.exercises:
        counts = room.mistakes.get(exercise, Counter())
        total = max(sum(counts.values()), 1)
        slugs = [one for one in counts.most_common() if one[0] not in ("", "not-started")]
        cells = [_cell(counts[""], total, "passed", _BLUE), _cell(counts["not-started"], most, "not started", _GREY)]
        cells += [_cell(count, most, slug, _ORANGE) for slug, count in slugs[:_MOST]]
        more = sum(count for _, count in slugs[_MOST:])
        cells += ["<td></td>"] * (_MOST + 2 - len(cells)) + [_cell(more, max(more, most), "others", _GREY)]
        tried = room.median_attempts(exercise)
        said = f'<br><span class="soft">{escape(tried)} attempts</span>' if tried else ""
        rows.append(f'<tr><th scope="row">{escape(exercise).replace("_", "_<wbr>")}{said}</th>{"".join(cells)}</tr>')
    note = "Students by what the check of each exercise said last. "
    note += "The darker, the more: blue of all, orange of the most frequent mistake."
    note += " Attempts: until passed, the median in the reports." if room.reports else ""
    return f'<h2>Exercises by mistakes</h2><p class="soft">{note}</p><table class="heat">{"".join(rows)}</table>'


def _cell(count: int, total: int, word: str, colour: tuple[int, int, int]) -> str:
    if not count:
        return "<td></td>"
    share = 0.12 + 0.88 * count / total
    ground = [round(255 - (255 - part) * share) for part in colour]
    light = 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2]
    look = f"background:rgb{tuple(ground)};color:{'#111827' if light > 125 else '#fff'}"
    return f'<td style="{look}"><b>{count}</b>{escape(word)}</td>'


def _talks(room: Classroom) -> str:
    if not room.talks:
        return ""
    parts = [
        f"<h3>{talk.count} students: {escape(talk.mistake)}, in {escape(talk.exercise)}</h3>"
        f"<blockquote>{rich(talk.message)}</blockquote>" + (f"<pre>{escape(talk.code)}</pre>" if talk.code else "")
        for talk in room.talks
    ]
    return f'<h2>To talk about next time</h2><p class="soft">Somebody\'s code, without comments.</p>{"".join(parts)}'


def _stuck(room: Classroom) -> str:
    if not room.stuck:
        return ""
    rows = [(student, ", ".join(found)) for student, found in list(room.stuck.items())[:_STUCK]]
    more = len(room.stuck) - len(rows)
    said = f"<p>and {more} more, with fewer exercises</p>" if more else ""
    return _folded("Who is stuck where", f"{_list(rows)}{said}")


def _missing(room: Classroom) -> str:
    return _folded("Without points", _list(sorted(room.missing.items()))) if room.missing else ""


def _folded(title: str, body: str) -> str:
    """What has students' names in it, and so is not for the projector."""
    return f"<details><summary>{title} (with students' names)</summary>{body}</details>"


def _list(rows: list[tuple[str, str]]) -> str:
    body = "".join(f'<tr><th scope="row">{escape(one)}</th><td>{escape(other)}</td></tr>' for one, other in rows)
    return f'<table class="list">{body}</table>'


def _bars(room: Classroom) -> str:
    """Points, as bars of a tenth each."""
    if not room.points or not room.most:
        return ""
    bins = Counter(min(int(_BINS * point / room.most), _BINS - 1) for point in room.points)
    most, parts = max(bins.values()), []
    for at in range(_BINS):
        x, tall = 60 * at, 150 * bins[at] / most
        parts.append(f'<rect x="{x + 4}" y="{180 - tall:.1f}" width="52" height="{tall:.1f}" fill="#0072b2"/>')
        parts.append(f'<text x="{x + 30}" y="{172 - tall:.1f}" text-anchor="middle">{bins[at] or ""}</text>')
    for at in range(_BINS + 1):
        parts.append(f'<text x="{60 * at}" y="200" text-anchor="middle" fill="#4b5563">{room.most * at / _BINS:.3g}</text>')
    said = escape(f"How many students have so many of {room.most:g} points")
    body = f'<svg viewBox="-20 0 640 210" role="img" aria-label="{said}" font-size="15">{"".join(parts)}</svg>'
    return f'<h2>Points</h2><p class="soft">{said}.</p>{body}'
