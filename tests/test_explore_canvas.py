"""The picture that answers the hand, as Python sees it."""

import re
import sys

import pytest

from cnnkit import InputError, explore
from cnnkit.explore.touching import Touch

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 9"'


def picture(words="one"):
    return f'{HEAD} aria-label="{words}"><rect data-key="a" width="9" height="9"/></svg>'


def send(widget, monkeypatch, *touches):
    sent = []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: sent.append(content))
    widget._handle_custom_msg({"id": "x", "touches": list(touches)}, [])
    assert sent == [{"heard": "x"}]


def test_touches_reach_the_hand_and_what_it_draws_is_shown(monkeypatch):
    heard = []
    shown = explore.canvas(lambda: picture(f"{len(heard)} touches"), heard.append)
    widget = shown.widget
    send(widget, monkeypatch, {"kind": "click", "key": "a", "x": 3, "y": 4.5}, {"kind": "hover", "key": None})
    assert heard == [Touch("click", "a", 3.0, 4.5), Touch("hover", "")]
    assert "2 touches" in widget.svg and repr(shown) == "2 touches"


def test_a_string_stays_until_another_is_given(monkeypatch):
    shown = explore.canvas(picture())
    send(shown.widget, monkeypatch, {"kind": "click", "key": "a"})
    assert shown.widget.svg == picture()
    shown.svg = picture("two")
    assert shown.widget.svg == picture("two") and 'alt="two"' in shown.still()


def test_more_may_come_even_after_an_error(monkeypatch):
    def fails(touch):
        raise ZeroDivisionError

    widget, sent = explore.canvas(picture(), fails).widget, []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: sent.append(content))
    with pytest.raises(ZeroDivisionError):
        widget._msg_callbacks.callbacks[0](widget, {"id": "x", "touches": [{"kind": "click", "key": "a"}]}, [])
    assert sent == [{"heard": "x"}]


ODD = [None, 3, "click", {}, {"kind": "wink", "key": "a"}, {"kind": "click", "key": "a", "x": "left"}]


@pytest.mark.parametrize("odd", ODD)
def test_odd_messages_are_no_touches(odd, monkeypatch):
    heard = []
    send(explore.canvas(picture(), heard.append).widget, monkeypatch, odd)
    assert heard in ([], [Touch("click", "a")])


@pytest.mark.parametrize("svg", ["", "<svg", "hello", "<svg></svg>", '<p xmlns="http://www.w3.org/2000/svg"/>', None, 7])
def test_what_is_no_svg_is_refused(svg):
    with pytest.raises(InputError, match="the picture"):
        explore.canvas(svg)


def test_the_alternative_text_is_the_pictures_and_stays_text():
    shown = explore.canvas(picture("&lt;b&gt; &quot;x&quot; &amp; y"))
    assert 'alt="&lt;b&gt; &quot;x&quot; &amp; y"' in shown.still() and repr(shown) == '<b> "x" & y'


def test_without_anywidget_the_picture_stands(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    shown = explore.canvas(picture())
    assert shown.widget.value == picture()
    shown.svg = picture("two")
    assert shown.widget.value == picture("two")


def test_the_page_gets_the_script_that_comes_with_the_kit():
    widget = explore.canvas(picture()).widget
    assert "data-lm-suppress-shortcuts" in widget._esm and not re.search(r"^\s*import\b", widget._esm, re.M)
