# Answers to needs_projection; see README.md.
# === wrong channels-only (blind): only the channels are compared
def needs_projection(in_channels, out_channels, downsample):
    return in_channels != out_channels
# === wrong downsample-only (blind): only the size is looked at
def needs_projection(in_channels, out_channels, downsample):
    return downsample
# === wrong both-needed (blind): and in place of or
def needs_projection(in_channels, out_channels, downsample):
    return in_channels != out_channels and downsample
# === wrong turned-round (blind): says when the input itself will do
def needs_projection(in_channels, out_channels, downsample):
    return in_channels == out_channels and not downsample
# === wrong fewer-channels-missing (blind): only where the channels grow
def needs_projection(in_channels, out_channels, downsample):
    return out_channels > in_channels or downsample
# === wrong always (blind): as the course's first code did
def needs_projection(in_channels, out_channels, downsample):
    return True
# === wrong equal-channels (blind): == in place of !=
def needs_projection(in_channels, out_channels, downsample):
    return in_channels == out_channels or downsample
# === wrong not-downsample (blind): not in front of downsample
def needs_projection(in_channels, out_channels, downsample):
    return in_channels != out_channels or not downsample
# === wrong one-of-both (blind): exclusive or
def needs_projection(in_channels, out_channels, downsample):
    return (in_channels != out_channels) ^ downsample
# === wrong wrong-type (blind): a word
def needs_projection(in_channels, out_channels, downsample):
    return "yes" if in_channels != out_channels or downsample else "no"
# === wrong returns-nothing (blind): no return for no
def needs_projection(in_channels, out_channels, downsample):
    if in_channels != out_channels or downsample:
        return True
# === wrong wrong-value (blind): where the channels become 256
def needs_projection(in_channels, out_channels, downsample):
    return out_channels == 256
# === right (blind): or
def needs_projection(in_channels: int, out_channels: int, downsample: bool) -> bool:
    return in_channels != out_channels or downsample
# === right (blind): ifs
def needs_projection(in_channels, out_channels, downsample):
    if downsample:
        return True
    if in_channels == out_channels:
        return False
    else:
        return True
# === right (blind): not the same
def needs_projection(in_channels, out_channels, downsample):
    same_shape = in_channels == out_channels and not downsample
    return not same_shape
# === right (blind): shapes compared
def needs_projection(in_channels, out_channels, downsample):
    before = (in_channels, 8, 8)
    size = 4 if downsample else 8
    after = (out_channels, size, size)
    return before != after
