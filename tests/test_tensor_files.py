"""Files of tensors: what is written is what any reader reads, each flipped bit is noticed, and sizes are checked first."""

import io
import json
import os
import pickle
import random
import zipfile

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from attack.forging import forged, parts
from cnnkit import weights
from cnnkit._support import pickles, tensors, zips
from cnnkit.errors import InputError

DTYPES = list(tensors._DTYPES)
STATE = {"model": {"a.weight": torch.randn(4, 3), "a.bias": torch.zeros(4), "none": torch.zeros(0)}, "losses": [1.5, 2.5]}


@pytest.fixture
def pt(tmp_path):
    torch.save(STATE, tmp_path / "state.pt")
    return tmp_path / "state.pt"


@pytest.fixture
def safe(tmp_path):
    return tensors.save_safetensors(tmp_path / "state.safetensors", STATE["model"], {"about": '{"ü": "\\n"}'})


def load(path):
    return (tensors.load_safetensors if path.suffix == ".safetensors" else tensors.load_pt)(path)


def same(a, b):
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


# ---- what is written and read ---------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.text('abc.ü"\\ \n', min_size=1), st.tuples(st.sampled_from(DTYPES), st.lists(st.integers(0, 3), max_size=4))
    )
)
@settings(max_examples=50, deadline=None)
def test_a_written_file_is_what_safetensors_itself_reads(tmp_path_factory, kinds):
    path = tmp_path_factory.mktemp("x") / "x.safetensors"
    written = {name: torch.randint(0, 2, shape).to(dtype) for name, (dtype, shape) in kinds.items()}
    tensors.save_safetensors(path, written, {"a": "b"})
    assert same(safetensors.torch.load_file(path), written)
    found, metadata = tensors.load_safetensors(path)
    assert same(found, written) and metadata["a"] == "b"


def test_tensors_that_lie_oddly_in_memory_are_written_as_they_read(tmp_path):
    base = torch.arange(24.0)
    odd = {"t": base.view(4, 6).t(), "every second": base[::2], "expanded": base[:1].expand(5), "part": base[3:7]}
    tensors.save_safetensors(tmp_path / "x.safetensors", {**odd, "p": nn.Parameter(base)}, {})
    assert same(safetensors.torch.load_file(tmp_path / "x.safetensors"), {**odd, "p": base})


@pytest.mark.parametrize("new", [True, False], ids=["zip", "before 1.6"])
def test_what_torch_saved_is_what_torch_loads(tmp_path, new):
    shared = torch.randn(3, 4)
    model = nn.Sequential(nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.rand(1, 3, 4, 4)).sum().backward()
    optimizer.step()
    state = {
        "model": model.state_dict(), "optimizer": optimizer.state_dict(), "twice": [shared, shared.t(), shared[1:]],
        "parameter": nn.Parameter(torch.ones(2)), "half": torch.ones(3, dtype=torch.bfloat16), "text": "ü", "none": None,
        "expanded": torch.ones(1).expand(1), "size": torch.Size([1]), "dtype": torch.float16,
    }  # fmt: skip
    torch.save(state, tmp_path / "x.pt", _use_new_zipfile_serialization=new)
    ours, theirs = tensors.load_pt(tmp_path / "x.pt"), torch.load(tmp_path / "x.pt", weights_only=True)
    assert repr(ours) == repr(theirs) and same(ours["model"], model.state_dict())


def test_a_foreign_file_without_a_digest_loads(tmp_path):
    safetensors.torch.save_file(STATE["model"], tmp_path / "x.safetensors", {"format": "pt"})
    found, metadata = tensors.load_safetensors(tmp_path / "x.safetensors")
    assert same(found, STATE["model"]) and metadata == {"format": "pt"}


# ---- damage ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pt", "safe"])
def test_one_flipped_bit_anywhere_is_refused(kind, request):
    path = request.getfixturevalue(kind)
    whole, rng = path.read_bytes(), random.Random(0)
    for place in rng.sample(range(8 * len(whole)), 500):
        damaged = bytearray(whole)
        damaged[place // 8] ^= 1 << place % 8
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="damaged|compressed"):
            load(path)


@pytest.mark.parametrize("kind", ["pt", "safe"])
def test_a_file_cut_anywhere_or_longer_is_refused(kind, request):
    path = request.getfixturevalue(kind)
    whole, rng = path.read_bytes(), random.Random(0)
    for content in [whole[: rng.randrange(len(whole))] for _ in range(100)] + [whole[:-1], whole + b"\0", whole + whole, b""]:
        path.write_bytes(content)
        with pytest.raises(InputError):
            load(path)


def test_the_message_names_the_part(pt):
    content = bytearray(pt.read_bytes())
    content[content.index(STATE["model"]["a.weight"].numpy().tobytes()) + 1] ^= 1
    pt.write_bytes(content)
    with pytest.raises(
        InputError, match=r"state.pt is damaged: the checksum of its part \"\w+/data/0\" does not match; copy or"
    ):
        tensors.load_pt(pt)


@pytest.mark.parametrize("mark", [tensors._DIGEST, tensors._MARK])
def test_a_digest_that_was_lost_is_missed(safe, mark):
    content = safe.read_bytes()
    safe.write_bytes(content.replace(mark.encode(), mark[:-1].encode() + b"?"))
    with pytest.raises(InputError, match="its checksum does not match"):
        tensors.load_safetensors(safe)


def test_a_whole_model_is_refused_with_the_name_of_its_class(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "x.pt")
    with pytest.raises(InputError, match=r"holds torch\.nn\.modules\.linear\.Linear\).*save model\.state_dict\(\) instead"):
        tensors.load_pt(tmp_path / "x.pt")


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"PK\3\4" * 100, b"\x80\x02", tensors._OLD_MAGIC, b"ustar" * 400, pickle.dumps([1])]
)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_what_is_no_such_file_is_one_sentence(tmp_path, content, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.\w+ (is damaged|cannot be read)") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
def test_a_pipe_is_refused_before_it_is_opened(tmp_path):
    os.mkfifo(tmp_path / "x.pt")
    with pytest.raises(InputError, match="is no file"):
        tensors.load_pt(tmp_path / "x.pt")


# ---- sizes ----------------------------------------------------------------------------------------------------------------


def lying(tmp_path, old, new):
    torch.save({"a": torch.arange(10.0)}, tmp_path / "x.pt")
    content = parts(tmp_path / "x.pt")
    assert content["data.pkl"].count(old) == 1
    return forged(tmp_path / "x.pt", {**content, "data.pkl": content["data.pkl"].replace(old, new)})


MANY = b"J" + (10**8).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"cpuq\x06K\n", b"cpuq\x06" + MANY),  # the storage: torch 2.4 gives 400 MB of whatever lies behind it
        (b"cpuq\x06K\n", b"cpuq\x06K\x05"),
        (b"cpuq\x06K\n", b"cpuq\x06J\xff\xff\xff\xff"),
        (b"QK\x00K\n\x85", b"QK\x00" + MANY + b"\x85"),  # the tensor's size
        (b"QK\x00K\n\x85", b"QK\x01K\n\x85"),  # its offset
        (b"QK\x00K\n\x85", b"QK\x00J\xff\xff\xff\xff\x85"),
        (b"K\x01\x85q", b"K\x02\x85q"),  # its stride
    ],
)
def test_a_tensor_never_reads_outside_of_its_part(tmp_path, old, new):
    with pytest.raises(InputError, match="cannot be read as a state dict"):
        tensors.load_pt(lying(tmp_path, old, new))


def test_a_few_numbers_repeated_are_not_taken_for_many(tmp_path):
    torch.save(torch.zeros(1).expand(10**9), tmp_path / "x.pt")
    with pytest.raises(InputError, match=r"1,000,000,000 numbers does not fit into its storage of 1\b"):
        tensors.load_pt(tmp_path / "x.pt")


def test_one_storage_in_very_many_tensors_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pickles, "_SPARE", 2**20)
    storage = torch.zeros(100_000)
    torch.save([storage.view(-1) for _ in range(50)], tmp_path / "x.pt")
    with pytest.raises(InputError, match="does not fit"):
        tensors.load_pt(tmp_path / "x.pt")


class Bytes:
    def __reduce__(self):
        return bytearray, (10**10,)


@pytest.mark.parametrize("new", [True, False])
@pytest.mark.parametrize(
    "content",
    [Bytes(), torch.empty(2, device="meta"), torch.zeros(2, 2).to_sparse()],
    ids=["10 GB", "meta", "sparse"],
)
def test_what_is_no_plain_block_of_numbers_is_refused(tmp_path, content, new):
    torch.save({"a": content}, tmp_path / "x.pt", _use_new_zipfile_serialization=new)
    with pytest.raises(InputError, match="cannot be read as"):
        tensors.load_pt(tmp_path / "x.pt")


def test_a_compressed_file_is_refused(tmp_path, pt):
    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts(pt).items():
            archive.writestr(f"archive/{name}", content)
    with pytest.raises(InputError, match=r"x\.pt is compressed, which torch\.save never does; unpack it"):
        tensors.load_pt(tmp_path / "x.pt")


def test_two_parts_that_torch_takes_for_one_are_refused(tmp_path, pt):
    content = parts(pt)
    with pytest.raises(InputError, match="its parts are not those of its directory"):
        tensors.load_pt(forged(pt, {**content, "DATA.PKL": content["data.pkl"]}))


def test_sizes_beyond_the_caps_are_refused_before_anything_is_read(tmp_path, pt, monkeypatch):
    monkeypatch.setattr(pickles, "LARGEST", 10)
    with pytest.raises(InputError, match="its pickle has"):
        tensors.load_pt(pt)
    monkeypatch.setattr(zips, "LARGEST", 10)
    with pytest.raises(InputError, match="largest"):
        tensors.load_pt(pt)


def header(about, length=None):
    text = json.dumps(about).encode()
    return (length or len(text)).to_bytes(8, "little") + text


@pytest.mark.parametrize(
    "content",
    [
        header({}, 2**63), header({}, 2**24 + 1) + bytes(2**24), header([]), header({"a": 1}), header({"a": {}}),
        header({"__metadata__": 1}),
        header({"a": {"dtype": "F32", "shape": [10**9], "data_offsets": [0, 4]}}) + bytes(4),
        header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 10**9]}}) + bytes(4),
        header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}) + bytes(4),
        header({"a": {"dtype": "X", "shape": [1], "data_offsets": [0, 4]}}) + bytes(4),
        (10**5).to_bytes(8, "little") + b"[" * 10**5,
    ],
)  # fmt: skip
def test_a_lying_header_is_refused(tmp_path, content):
    (tmp_path / "x.safetensors").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        tensors.load_safetensors(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("weight", "scale"), [([1, 30_000], [30_000]), ([30], [30]), ([2, 3], [1]), ([2, 3], [2, 1]), ([2, 3], [])]
)
def test_a_scale_is_one_number_for_each_output_channel(tmp_path, weight, scale):
    content = {"w": torch.zeros(weight, dtype=torch.int8), "w.scale": torch.ones(scale)}
    safetensors.torch.save_file(content, tmp_path / "x.safetensors")
    with pytest.raises(InputError, match=r"x.safetensors has scales of w that are not one for each output channel"):
        weights.read(tmp_path / "x.safetensors")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_damaged_pickle_is_one_sentence_or_plain_tensors(tmp_path_factory, data):
    """Even with right checksums: what torch's reader gets to see was read by the stand-ins before."""
    path = tmp_path_factory.mktemp("x") / "x.pt"
    buffer = io.BytesIO()
    torch.save({"a": torch.ones(2, 2), "b": [1, "x", torch.ones(1)]}, buffer)
    content = parts(buffer)
    damaged = bytearray(content["data.pkl"])
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        tensors.load_pt(forged(path, {**content, "data.pkl": bytes(damaged)}))
    except InputError as error:
        assert "\n" not in str(error)
