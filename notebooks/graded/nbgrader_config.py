"""nbgrader's settings for this course. cnnkit's notebooks/assignment.py copied them once; now they are yours to change."""

import re
from base64 import b64encode

import bleach
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer
from nbconvert.filters import get_metadata, strip_files_prefix

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "cnnkit"
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE"}
c.Execute.timeout = 60  # for each cell; cnnkit grade has limits of its own
# A file downloaded/ASSIGNMENT/archive/1234567_week1.ipynb is the notebook week1 of student 1234567.
c.FileNameCollectorPlugin.named_regexp = r".*[/\\](?P<student_id>[^_/\\]+)_(?P<file_id>[^/\\]+)$"

# Feedback pages without what students' notebooks would run in a browser, or load from elsewhere.
TAGS = set(bleach.ALLOWED_TAGS) | set(
    "br caption del details div dl dt dd h1 h2 h3 h4 h5 h6 hr img p pre s small span sub summary sup table tbody td tfoot th "
    "thead tr u".split()
)
LOOKS = {"alt", "align", "class", "colspan", "dir", "height", "lang", "open", "rowspan", "style", "title", "width"}
STYLES = CSSSanitizer({*ALLOWED_CSS_PROPERTIES, "border-left", "margin", "max-width", "padding"})


def _may_stay(tag: str, name: str, value: str) -> bool:
    """Whether a tag keeps an attribute: a link leads to another page, a picture is in this one."""
    if (tag, name) == ("a", "href"):
        return re.match("https?://|mailto:|#", value, re.IGNORECASE) is not None
    if (tag, name) == ("img", "src"):
        return re.match(r"data:image/(png|jpeg|gif|svg\+xml)[;,]", value) is not None
    return name in LOOKS


def _clean(html: str) -> str:
    """HTML with these tags only, and drawings as pictures."""
    parts = re.split(r"(?=<svg[\s>])|(?<=</svg>)", html, flags=re.IGNORECASE)
    parts = [_picture(part) if part[:4].lower() == "<svg" and part[-6:].lower() == "</svg>" else part for part in parts]
    return bleach.clean("".join(parts), TAGS, _may_stay, {"http", "https", "mailto", "data"}, css_sanitizer=STYLES)


def _picture(svg: str) -> str:
    """A drawing as a browser shows it without running or loading anything."""
    said = re.search(r'\saria-label="([^"<>]*)"', svg[:5000])
    return f'<img alt="{said[1] if said else ""}" src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def _number(*where: object) -> int | None:
    """What an output asks for in its metadata, if it is a number."""
    value = get_metadata(*where)
    return value if isinstance(value, int) else None


# nbconvert's own option takes scripts out of outputs. Its cleaner would take out most of the looks, too: ours has more tags.
# nbgrader's page shows Markdown cells as they are, but all of them go through strip_files_prefix. Through posix_path an output
# could name a picture elsewhere, and through get_metadata write more than a width, which stands in a tag without quotes.
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": lambda html: _clean(html.decode() if isinstance(html, bytes) else str(html)),
    "strip_files_prefix": lambda html: _clean(strip_files_prefix(html)),
    "posix_path": lambda path: "",
    "get_metadata": _number,
}
