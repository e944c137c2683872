"""The download of CIFAR-10, from a server that the tests play."""

import errno
import http.client
import io
import urllib.error
import urllib.request

import make_data
import pytest
import torchvision

from cnnkit import data
from cnnkit.data import download
from cnnkit.errors import InputError


class Response(io.BytesIO):
    """What urlopen() returns; breaks after ``lasts`` bytes with ``error``; ``begin``: where a server that can resumes."""

    def __init__(self, content, url="https://example.org/cifar-10-python.tar.gz", lasts=None, error=None, begin=0, length=None):
        super().__init__(content[begin:])
        self.url, self.length, self.lasts, self.error = url, (length or len(content)) - begin, lasts, error
        self.headers = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"} if begin else {}

    def read(self, size=-1):
        if self.error and self.tell() >= self.lasts:
            raise self.error
        return super().read(self.lasts if self.lasts and not self.tell() else size)


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """The bytes that the real server would send."""
    monkeypatch.setenv("CNNKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CNNKIT_CIFAR10", raising=False)
    monkeypatch.chdir(tmp_path)
    files = make_data.official(tmp_path / "made")
    checksum = make_data.official_archive(tmp_path / "made.tar.gz", tmp_path / "made")
    make_data.use_checksums(monkeypatch, files, checksum)
    return (tmp_path / "made.tar.gz").read_bytes()


@pytest.fixture
def serve(monkeypatch):
    """serve(response or error): what the next connections meet; returns the list of the addresses asked for."""
    asked = []

    def serve(answer):
        def urlopen(request, timeout):
            assert timeout is not None
            asked.append(request.full_url)
            asked.extend([request.get_header("Range")] * request.has_header("Range"))
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(urllib.request, "urlopen", urlopen)
        return asked

    return serve


PART = ".cifar-10-python.tar.gz.download"


def left(tmp_path):
    """What lies in the cache, without the lock."""
    return [path.name for path in (tmp_path / "cache").rglob("*") if ".lock" not in path.name]


def test_a_download_is_kept_in_the_users_cache_and_not_repeated(archive, serve, tmp_path):
    asked = serve(Response(archive))
    assert repr(data.load("cifar10", download=True)) == "CIFAR-10: 100 train and 20 test images of 10 classes"
    assert (tmp_path / "cache" / "cifar-10-python.tar.gz").read_bytes() == archive
    data.load("cifar10", download=True)
    data.load("cifar10")
    data.load("auto")
    assert asked == [torchvision.datasets.CIFAR10.url]


def test_a_download_goes_to_root_where_that_is_given(archive, serve, tmp_path):
    serve(Response(archive))
    data.load("cifar10", root=tmp_path / "täglich neu", download=True)
    assert (tmp_path / "täglich neu" / "cifar-10-python.tar.gz").read_bytes() == archive


def test_auto_with_download_asks_for_cifar10(archive, serve):
    serve(Response(archive))
    assert data.load("auto", download=True).name == "CIFAR-10"


BREAKS = [ConnectionResetError("reset by peer"), TimeoutError("timed out"), http.client.IncompleteRead(b"")]


@pytest.mark.parametrize("error", BREAKS)
def test_an_interrupted_download_is_never_taken_for_whole(archive, serve, tmp_path, error):
    serve(Response(archive, lasts=len(archive) // 2, error=error))
    with pytest.raises(InputError, match=r"cannot be downloaded from www.cs.toronto.edu.*the 0.2 MB that came are kept"):
        data.load("cifar10", download=True)
    assert left(tmp_path) == [PART]
    with pytest.raises(InputError, match="CIFAR-10 is not on this machine"):
        data.load("cifar10")


@pytest.mark.parametrize("error", [*BREAKS, KeyboardInterrupt()])
@pytest.mark.parametrize("resumes", [True, False])
def test_what_came_before_is_not_fetched_again(archive, serve, tmp_path, error, resumes):
    serve(Response(archive, lasts=1000, error=error))
    with pytest.raises((InputError, KeyboardInterrupt)):
        data.load("cifar10", download=True)
    assert (tmp_path / "cache" / PART).read_bytes() == archive[:1000]
    asked = serve(Response(archive, begin=1000 if resumes else 0))
    assert data.load("cifar10", download=True).name == "CIFAR-10"
    assert asked[-1] == "bytes=1000-" and PART not in left(tmp_path)
    assert (tmp_path / "cache" / "cifar-10-python.tar.gz").read_bytes() == archive


def test_a_download_that_lacks_its_last_step_only_is_not_fetched_again(archive, serve, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / PART).write_bytes(archive)
    serve(urllib.error.HTTPError("", 416, "Range Not Satisfiable", {}, None))
    assert data.load("cifar10", download=True).name == "CIFAR-10"


def test_a_connection_that_just_ends_is_never_taken_for_whole(archive, serve, tmp_path):
    serve(Response(archive[: len(archive) // 2], length=len(archive)))
    with pytest.raises(InputError, match=f"ended after {len(archive) // 2:,} of {len(archive):,} bytes"):
        data.load("cifar10", download=True)
    assert left(tmp_path) == [PART]


def test_the_rest_of_another_file_is_not_kept(archive, serve, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / PART).write_bytes(bytes(1000))
    serve(Response(archive, begin=1000))
    with pytest.raises(InputError, match="wrong checksum.* not kept; try again"):
        data.load("cifar10", download=True)
    assert left(tmp_path) == []


def test_another_file_under_the_name_is_not_kept(archive, serve, tmp_path):
    serve(Response(b"<html>Please log in to the campus network</html>"))
    with pytest.raises(InputError, match=r"the 48 bytes that came from www.cs.toronto.edu .* \(wrong checksum"):
        data.load("cifar10", download=True)
    assert left(tmp_path) == []


def test_no_network_is_one_sentence_with_the_host_and_the_ways_out(archive, serve, tmp_path):
    serve(urllib.error.URLError(OSError(-3, "Temporary failure in name resolution")))
    with pytest.raises(InputError) as caught:
        data.load("cifar10", download=True)
    for part in ("www.cs.toronto.edu", "name resolution", "CNNKIT_CIFAR10", "emoji10"):
        assert part in str(caught.value)
    assert left(tmp_path) == []


def test_a_full_disk_is_one_sentence_with_the_folder_and_the_size(archive, serve, tmp_path, monkeypatch):
    serve(Response(archive))
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(download.shutil, "copyfileobj", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(InputError, match=r"170 MB\) cannot be written to .*cache.* \(No space left on device\)"):
        data.load("cifar10", download=True)
    assert "cifar-10-python.tar.gz" not in left(tmp_path)


def test_a_folder_that_cannot_be_made_is_one_sentence(archive, serve, tmp_path):
    serve(Response(archive))
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        data.load("cifar10", root=tmp_path / "file" / "inside", download=True)


def test_only_https_is_asked(archive, serve, monkeypatch):
    asked = serve(Response(archive))
    monkeypatch.setattr(torchvision.datasets.CIFAR10, "url", "http://example.org/cifar-10-python.tar.gz")
    with pytest.raises(InputError, match="over https only"):
        data.load("cifar10", download=True)
    assert asked == []


def test_a_redirect_away_from_https_is_refused(archive, serve, tmp_path):
    serve(Response(archive, url="http://example.org/cifar-10-python.tar.gz"))
    with pytest.raises(InputError, match="over https only"):
        data.load("cifar10", download=True)
    assert left(tmp_path) == []
