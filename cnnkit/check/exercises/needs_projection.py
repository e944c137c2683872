"""Whether the shortcut can be the input itself."""

from cnnkit.check.functions import called, function_exercise


def needs_projection(in_channels: int, out_channels: int, downsample: bool) -> bool:
    """Whether the shortcut of such a block needs a projection; downsample halves height and width."""
    return in_channels != out_channels or downsample


BUGS = r"""
turned-round: Yes and no are exchanged.
    Equal shapes need no projection.
    return in_channels != out_channels or downsample -> return not (in_channels != out_channels or downsample)
always: There is always a projection.
    Where nothing changes, the input itself can be added.
    in_channels != out_channels or downsample -> True
channels-only: Only the channels are compared.
    A map of half the size can't be added, either.
    in_channels != out_channels or downsample -> in_channels != out_channels
downsample-only: Only the size is looked at.
    Maps of other channels can't be added, either.
    in_channels != out_channels or downsample -> downsample
both-needed: Both must change here, channels and size.
    One of them is enough.
    or downsample -> and downsample
one-of-both: Where both change, there is none.
    Then it is needed, too.
    in_channels != out_channels or downsample -> (in_channels != out_channels) != downsample
fewer-channels-missing: Fewer channels are taken for equal ones.
    Any other number needs a projection.
    in_channels != out_channels -> in_channels < out_channels
equal-channels: Equal channels get a projection.
    The comparison is turned round.
    in_channels != out_channels -> in_channels == out_channels
not-downsample: Blocks that keep the size get a projection.
    The condition on the size is turned round.
    or downsample -> or not downsample
wrong-value: An answer is wrong.
    Two maps can be added if they have the same shape.
"""

EXERCISE = function_exercise(
    needs_projection,
    BUGS,
    [(64, 64, False), (64, 256, False), (256, 64, False), (256, 256, True), (64, 256, True), (256, 128, True)],
    call=called(needs_projection),
    praise="Right for all kinds of blocks.",
    title="when a projection is needed",
    minutes=2,
    difficulty=1,
    place="03/2",
    text="""\
Branch and shortcut are added, number by number, so they must have the same shape. When can the shortcut be the input
itself, and when does it need a projection, a 1x1 convolution that makes the shapes equal?
""",
)
