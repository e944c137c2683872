"""Text as an attacker would write it, and what says whether some of it came alive on a page, in a table or in a shell."""

from __future__ import annotations

import csv
import io
import random
import re
import shlex
import subprocess
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

# In each, a tag or an attribute whose name has "xss" in it appears on the page if the text is not escaped.
_HTML = (
    "<script xss>xss()</script>", "</script><script xss>xss()</script>", "<img xss src=x onerror=xss()>", "</title><xss>",
    "<svg xss/onload=xss()>", '" xss="1', "' xss='1", '"><xss>', "'><xss>", " xss=1 onmouseover=xss() ", "</style><xss>",
    "<!-- xss", "--><xss>", "]]><xss>", "`<xss>`", "<a xss href='javascript:xss()'>x</a>", "<iframe xss srcdoc='x'>",
    "<xss\x00>", "\x00<xss>", "<\x00xss>", "</text></svg><xss>", "<?xss ?>", "<![CDATA[<xss>]]>", "&lt;xss&gt;<xss>", "<XSS>",
    "\ud800<xss>", "\u202e<xss>", "<math xss><mi>x", "<style xss>*{}</style>", "${<xss>}", "{{<xss>}}", "%3Cxss%3E<xss>",
    "</textarea><xss>", "<xss\n>", "\\<xss\\>",
)  # fmt: skip
_FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\uff1d1+1", "\uff0b1+1",
    "\uff0d1+1", "\uff201", '"=1+1"', '"\n=1+1', "a;=1+1", "a,=1+1", "a\t=1+1", "a\n=1+1", '=HYPERLINK("x";"y")',
)  # fmt: skip
_SHELL = (
    "$(touch xss)", "`touch xss`", '"; touch xss; "', "'; touch xss; '", "; touch xss", "| touch xss", "& touch xss", "\\",
    "!x", "*", "~",
)  # fmt: skip
_OTHER = (
    "$\\frac{xss}{", "\\", "%s%n", "..", "x" * 300, "\u05d0\u05d1", "\U0001f600", "con", "a\u0301", "\u2028",
    "\u2029", "_", "#",
)  # fmt: skip
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"  # letters by their category, and nothing is seen of them
_INVISIBLE = f"\u200b\ufeff\u00ad\u2060\u180e\u200e\u200f\u202a\u2066\u00a0\u3000\u200d\u034f\ufe0f\x1c\x7f\x85{_FILLERS}"


def text(rng: random.Random) -> str:
    """Something hostile, or two such things in one."""
    one = rng.choice((*_HTML, *_FORMULAS, *_SHELL, *_OTHER))
    if rng.random() < 0.3:
        one = "".join(rng.choice(_INVISIBLE) for _ in range(rng.randint(1, 2))) + rng.choice(_FORMULAS)
    elif rng.random() < 0.2:
        one += rng.choice((*_HTML, *_FORMULAS, *_SHELL, *_OTHER))
    return one


def file_name(rng: random.Random) -> str:
    """The same as the name of a file or folder on Linux."""
    while True:
        name = text(rng).replace("/", "\u2215").replace("\0", "").encode("utf-8", "replace").decode()
        name = name.encode()[:120].decode("utf-8", "ignore")
        if name.strip(".") and not name.startswith("."):
            return name


class _Live(HTMLParser):
    """Notes what a browser would run, and whatever has "xss" in a tag's or an attribute's name."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._raw = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._raw = tag if tag in ("script", "style") else ""
        runs = tag in ("iframe", "object", "embed", "base", "form", "frame", "applet")
        if "xss" in tag or runs or (tag == "script" and given.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        for name, value in given.items():
            link = re.sub(r"[\x00-\x20]", "", value).lower()
            if "xss" in name or name.startswith("on") or link.startswith(("javascript:", "vbscript:", "data:text/html")):
                self.found.append(f"<{tag} {name}>")
            if name == "style" and "xss" in value:
                self.found.append(f"<{tag} style>")

    def handle_data(self, data: str) -> None:
        if self._raw == "style" and "xss" in data:
            self.found.append("words in <style>")

    def handle_comment(self, data: str) -> None:
        if "xss" in data:
            self.found.append("a comment")

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)


def live(page: str) -> str:
    """What in ``page`` would come alive in a browser; "" if nothing."""
    parser = _Live()
    parser.feed(page)
    parser.close()
    if re.search(r"<[^<>\w]{0,12}xss", page, re.IGNORECASE):
        parser.found.append("< before a name")
    return ", ".join(sorted(set(parser.found))[:3])


def computes(table: str) -> str:
    """The first cell of the CSV ``table`` that a spreadsheet would compute, whatever it splits cells at; "" if none."""
    for row in csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline="")):
        for cell in row:
            for part in re.split(r"[;\t\r\n]", cell):
                seen = part.lstrip("".join(filter(_unseen, part)))
                if seen and unicodedata.normalize("NFKC", seen)[0] in "=+-@" and not _is_number(seen):
                    return repr(part[:40])
    return ""


def runs(command: str, expected: str) -> str:
    """What goes wrong when a person copies ``command`` into a shell, where it should name the path ``expected``."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        return f"the shell does not read it ({error})"
    if expected not in words:
        return f"the shell reads another path ({command[-60:]!r})"
    subprocess.run(["bash", "-c", f"true {command}"], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if Path("xss").exists():
        Path("xss").unlink()
        return "the shell runs what is in the path"
    return ""


def _unseen(letter: str) -> bool:
    return letter in _FILLERS or unicodedata.category(letter) in ("Cf", "Cc", "Zs", "Zl", "Zp", "Mn")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
