"""Documents: the embedded names, text files, makemore's list, and files written whole or not."""

import errno
import hashlib
import http.client
import io
import os
import stat
import sys
import urllib.error
from pathlib import Path

import pytest

from microgpt_ref import data
from microgpt_ref.data import cache_folder, find_makemore, load_docs, read_docs, write_whole

posix = pytest.mark.skipif(os.name != "posix", reason="needs files as POSIX has them")
FAKE = b"anna\nbob\n"


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """The folder for downloads, which is empty; no variable names another list."""
    monkeypatch.delenv("MICROGPT_NAMES", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "microgpt_ref"


@pytest.fixture
def accept_fake(monkeypatch):
    """Put a short list in the place of the published run's."""
    monkeypatch.setattr(data, "MAKEMORE_SHA256", hashlib.sha256(FAKE).hexdigest())


@pytest.fixture
def fetched(monkeypatch):
    """A function: from now on a download brings this content; returns the list of addresses."""

    def bring(content):
        addresses = []

        def urlopen(address, timeout):
            addresses.append(address)
            return io.BytesIO(content)

        monkeypatch.setattr("urllib.request.urlopen", urlopen)
        return addresses

    return bring


def write(folder, content):
    """The path of a new file with this content."""
    path = folder / "names.txt"
    path.write_bytes(content)
    return path


# Text files


def test_embedded_names():
    docs = load_docs()
    assert len(docs) == 32_257
    assert docs[:3] == ["emma", "olivia", "ava"] and docs[-1] == "zzyzx"
    assert max(map(len, docs)) == 15
    assert docs.count("avery") == 2  # a girl's name and a boy's
    assert load_docs("ssa2018") == docs


def test_any_file_of_one_document_a_line(tmp_path):
    assert load_docs(write(tmp_path, b"anna\nbob\n")) == ["anna", "bob"]


@pytest.mark.parametrize(
    "content",
    [
        b"anna\nbob",
        b"anna\r\nbob\r\n",
        b"\n  anna\t\n\n \t \nbob \n\n",
        b"\xef\xbb\xbfanna\nbob\n",  # as Windows marks UTF-8
    ],
)
def test_ends_of_lines_and_blanks_make_no_difference(content, tmp_path):
    assert read_docs(write(tmp_path, content)) == ["anna", "bob"]


def test_only_a_new_line_ends_a_document(tmp_path):
    lines = ["anna maria", "zo\u3000e", "a\tb", "élise", "李"]
    assert read_docs(write(tmp_path, "\n".join(lines).encode())) == lines


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\t\r\n\n", b"\xef\xbb\xbf"])
def test_file_without_documents(content, tmp_path):
    path = write(tmp_path, content)
    with pytest.raises(ValueError, match=r"names.txt has no documents: write one per line"):
        read_docs(path)


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x85", "\u2028"])
def test_file_with_control_characters(character, tmp_path):
    path = tmp_path / "names.txt"
    path.write_text(f"ana\n\nbo{character}b\n", encoding="utf-8")
    with pytest.raises(ValueError) as error:
        load_docs(path)
    assert str(error.value) == (
        f"{path} has the control character {character!r} in line 3: take it out"
    )


def test_any_script_may_be_learned(tmp_path):
    lines = ["jean\u00a0luc", "علی\u200cرضا", "小林", "a\tb", "👩\u200d🚀"]
    path = tmp_path / "names.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert load_docs(path) == lines


def test_file_that_is_not_utf_8(tmp_path):
    path = write(tmp_path, "anna\nélise\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"names.txt is not a text file in UTF-8 \(see byte 5\)"):
        read_docs(path)


def test_file_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"can't read .*nowhere.txt \(.*\): use ssa2018"):
        read_docs(tmp_path / "nowhere.txt")


def test_folder_for_a_file(tmp_path):
    with pytest.raises(OSError, match=r"can't read .* \(.*\): use ssa2018, makemore or a text"):
        read_docs(tmp_path)


# makemore's list


def test_list_of_the_published_run_is_known_by_its_checksum():
    assert data.MAKEMORE_SHA256.startswith("0a30b5557f192f32") and len(data.MAKEMORE_SHA256) == 64
    assert data.MAKEMORE_URL.startswith("https://") and "karpathy/makemore" in data.MAKEMORE_URL


@pytest.mark.usefixtures("accept_fake")
def test_list_is_fetched_once_and_kept(fetched, cache):
    addresses = fetched(FAKE)
    assert load_docs("makemore") == ["anna", "bob"]
    assert load_docs("makemore") == ["anna", "bob"]
    assert addresses == [data.MAKEMORE_URL]
    assert [path.name for path in cache.iterdir()] == ["names.txt"]
    assert (cache / "names.txt").read_bytes() == FAKE


@pytest.mark.usefixtures("accept_fake")
def test_list_may_be_named_by_a_variable(fetched, cache, tmp_path, monkeypatch):
    addresses = fetched(b"")
    monkeypatch.setenv("MICROGPT_NAMES", str(write(tmp_path, FAKE)))
    assert load_docs("makemore") == ["anna", "bob"]
    assert addresses == [] and not cache.exists()


def test_fetched_list_of_another_checksum_is_not_kept(fetched, cache):
    fetched(FAKE)
    with pytest.raises(
        ValueError, match=r"^https://.* its sha256 is .{12}…, that of the list 0a30"
    ):
        load_docs("makemore")
    assert not cache.exists()


def test_named_list_of_another_checksum(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROGPT_NAMES", str(write(tmp_path, FAKE)))
    with pytest.raises(ValueError, match=r"names.txt is not the list of the published run"):
        load_docs("makemore")


def test_kept_list_is_checked_each_time(cache):
    cache.mkdir(parents=True)
    (cache / "names.txt").write_bytes(FAKE)
    with pytest.raises(ValueError, match=r"names.txt is not the list of the published run"):
        find_makemore()


@pytest.mark.parametrize("error", [urllib.error.URLError("no network"), TimeoutError("too slow")])
def test_no_network(error, cache, monkeypatch):
    def urlopen(address, timeout):
        raise error

    monkeypatch.setattr("urllib.request.urlopen", urlopen)
    with pytest.raises(OSError, match=r"can't be fetched from https.*set MICROGPT_NAMES"):
        load_docs("makemore")
    assert not cache.exists()


class Broken(io.BytesIO):
    """A download that ends too early."""

    def read(self):
        raise http.client.IncompleteRead(b"ann", 5)


def test_download_that_breaks_off(cache, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda address, timeout: Broken())
    with pytest.raises(OSError, match=r"can't be fetched from https.*set MICROGPT_NAMES"):
        load_docs("makemore")
    assert not cache.exists()


def test_cache_is_in_the_home_folder_unless_a_variable_says_otherwise(monkeypatch, tmp_path):
    assert cache_folder() == tmp_path / "cache" / "microgpt_ref"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert cache_folder() == Path.home() / ".cache" / "microgpt_ref"


# Files written whole or not at all


@pytest.fixture
def target(tmp_path):
    """A path in a folder of its own."""
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder" / "target"


def test_new_file(target):
    write_whole(target, b"new\r\n\x00")
    assert target.read_bytes() == b"new\r\n\x00"
    assert list(target.parent.iterdir()) == [target]


def test_path_may_be_text_and_relative(target, monkeypatch):
    monkeypatch.chdir(target.parent)
    write_whole("target", b"new")
    assert target.read_bytes() == b"new"


@posix
def test_regular_file_is_replaced_whole_and_keeps_its_mode(target):
    target.write_bytes(b"old")
    target.chmod(0o640)
    os.link(target, target.with_name("link"))
    write_whole(target, b"new")
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert target.with_name("link").read_bytes() == b"old"  # another file now
    assert len(list(target.parent.iterdir())) == 2


@posix
def test_new_file_has_the_usual_mode(target):
    usual = target.with_name("usual")
    usual.write_bytes(b"")
    write_whole(target, b"new")
    assert target.stat().st_mode == usual.stat().st_mode


@posix
@pytest.mark.parametrize("there", [True, False])
def test_link_is_followed(there, target):
    if there:
        target.write_bytes(b"old")
    link = target.parent.parent / "link"
    link.symlink_to(target)
    write_whole(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new" and not target.is_symlink()


@posix
def test_pipe_is_written_to_and_not_replaced(target):
    os.mkfifo(target)
    reading = os.open(target, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(target, b"new")
        assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
    assert stat.S_ISFIFO(target.lstat().st_mode)
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="needs /dev/fd")
def test_open_pipe_named_by_its_number_is_written_to():
    reading, writing = os.pipe()
    try:
        write_whole(f"/dev/fd/{writing}", b"new")
        assert os.read(reading, 10) == b"new"
    finally:
        os.close(reading)
        os.close(writing)


@posix
def test_link_that_leads_to_itself(target):
    target.symlink_to(target)
    with pytest.raises(OSError, match=r"can't write .*target"):
        write_whole(target, b"new")
    assert target.is_symlink()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_half_way_keeps_the_file_and_leaves_nothing_behind(error, target, monkeypatch):
    def replace(source, destination):
        assert Path(source).read_bytes() == b"new"
        assert Path(source).parent == target.parent
        raise error

    target.write_bytes(b"old")
    monkeypatch.setattr("os.replace", replace)
    with pytest.raises(type(error)):
        write_whole(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit on the size of files")
def test_disk_that_fills_up_half_way_keeps_the_file(target):
    import resource

    target.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match=r"can't write .*target \(.*\): use a file in a folder"):
            write_whole(target, b"new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_folder_is_not_written_over(target):
    target.mkdir()
    with pytest.raises(OSError, match=r"can't write .*target \(.*\)"):
        write_whole(target, b"new")
    assert target.is_dir() and list(target.parent.iterdir()) == [target]


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(OSError, match=r"can't write .*model.json"):
        write_whole(tmp_path / "nowhere" / "model.json", b"new")
    assert list(tmp_path.iterdir()) == []


@posix
def test_name_as_long_as_a_name_may_be(target):
    longest = target.with_name("n" * 255)
    write_whole(longest, b"new")
    assert list(target.parent.iterdir()) == [longest]


@pytest.mark.usefixtures("accept_fake")
def test_list_is_kept_in_a_cache_that_is_there_already(fetched, cache):
    fetched(FAKE)
    cache.mkdir(parents=True)
    assert load_docs("makemore") == ["anna", "bob"]
    assert (cache / "names.txt").read_bytes() == FAKE


def test_wrong_checksum_is_told_by_its_first_12_digits(fetched):
    fetched(FAKE)
    found, right = hashlib.sha256(FAKE).hexdigest()[:12], data.MAKEMORE_SHA256[:12]
    with pytest.raises(ValueError, match=f"sha256 is {found}…, that of the list {right}…$"):
        load_docs("makemore")


def test_reason_is_told_if_the_file_beside_can_not_be_made(target, monkeypatch):
    def refuse(path, mode):
        raise PermissionError(errno.EACCES, "not allowed here")

    monkeypatch.setattr(data, "open", refuse, raising=False)
    with pytest.raises(OSError, match=r"can't write .*target \(not allowed here\)"):
        write_whole(target, b"new")
