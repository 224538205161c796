"""Zip files and folders of strangers: bounded, and no path in them is believed."""

import io
import os
import stat
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genre_app.collection.archive import Archive
from genre_app.collection.source import Folder, Limits, Member, sorted_into_classes
from genre_app.errors import ArchiveError

SOUND = b"RIFF not really"


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in entries:
            target.writestr(name, content)
    return file.getvalue()


def reasons(data: bytes, **limits: int) -> dict[str, str]:
    with Archive(data, limits=Limits(**limits)) as archive:
        return {one.name: one.reason for one in archive.skipped}


def test_music_is_found_and_read() -> None:
    data = packed(("band/a.mp3", SOUND), ("band/sub/b.WAV", SOUND * 2), ("band/", b""))
    with Archive(data) as archive:
        assert [member.path for member in archive.members] == ["band/a.mp3", "band/sub/b.WAV"]
        assert archive.read(archive.members[1]) == SOUND * 2
        assert not archive.skipped


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("../evil.wav", "outside"),
        ("a/../../evil.wav", "outside"),
        ("/etc/evil.wav", "outside"),
        ("C:/evil.wav", "outside"),
        ("a\\evil.wav", "letters"),
        ("a/evil\n.wav", "letters"),
        ("a/notes.txt", "not a kind of music"),
        ("a/more.zip", "archive inside"),
        ("__MACOSX/a/._b.wav", "hidden"),
        ("a/.b.wav", "hidden"),
        ("a/nothing", "without a suffix"),
    ],
)
def test_what_is_left_out_and_why(name: str, word: str) -> None:
    (reason,) = reasons(packed((name, SOUND))).values()
    assert word in reason


def test_links_are_not_followed(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("a/link.wav")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "link" in reasons(packed((link, b"/etc/passwd")))["a/link.wav"]
    (tmp_path / "a").mkdir()
    (tmp_path / "secret").write_bytes(SOUND)
    os.symlink(tmp_path / "secret", tmp_path / "a" / "link.wav")
    folder = Folder(tmp_path)
    assert not folder.members
    assert {"a/link.wav", "secret"} == {one.name for one in folder.skipped}


def test_names_that_are_not_utf_8_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "band").mkdir()
    try:
        for name in (b"caf\xe9.wav", b"band/caf\xe9.txt", b"band/note.\xe9"):
            (tmp_path / os.fsdecode(name)).write_bytes(SOUND)
    except OSError:
        pytest.skip("this file system takes no such names")
    folder = Folder(tmp_path)
    _, outside = sorted_into_classes(folder.members)
    for one in (*folder.skipped, *outside):
        assert f"{one.name}: {one.reason}".encode()
    assert {one.name for one in outside} == {"caf\\udce9.wav"}
    assert len(folder.skipped) == 2


def test_the_same_name_counts_once() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed(("a/x.wav", SOUND), ("a/x.wav", SOUND), ("A/X.WAV", SOUND))
    with Archive(data) as archive:
        assert len(archive.members) == 1
        assert all("twice" in one.reason for one in archive.skipped)


def test_bombs_are_not_unpacked() -> None:
    zeros = packed(("a/bomb.wav", bytes(20_000_000)))
    assert len(zeros) < 100_000
    assert "grow suspiciously" in reasons(zeros)["a/bomb.wav"]
    assert "more than 0 MB" in reasons(packed(("a/b.wav", SOUND)), file_bytes=5)["a/b.wav"]
    many = packed(*((f"a/{i}.wav", os.urandom(50)) for i in range(20)))
    with pytest.raises(ArchiveError, match="more than"):
        Archive(many, limits=Limits(total_bytes=500))
    with pytest.raises(ArchiveError, match="more than 5 files"):
        Archive(many, limits=Limits(entries=5))
    with pytest.raises(ArchiveError, match="more than"):
        Archive(many, limits=Limits(directory_bytes=100))


def test_a_member_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(packed(("a/x.wav", bytes(5_000))))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    with Archive(bytes(data)) as archive, pytest.raises(ArchiveError):
        archive.read(archive.members[0])


def test_archives_in_archives_stay_shut() -> None:
    data = packed(("a/x.wav", packed(("b.wav", SOUND))))
    with Archive(data) as archive, pytest.raises(ArchiveError, match="archive inside"):
        archive.read(archive.members[0])


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x05\x06", b"PK\x05\x06" + bytes(10)])
def test_what_is_no_zip_file_is_explained(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        Archive(data)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_damaged_zip_files_never_raise_anything_else(noise: bytes, at: int, byte: int) -> None:
    data = bytearray(packed(("a/x.wav", SOUND), ("b/y.mp3", noise)))
    data[at % len(data)] = byte
    with suppress(ArchiveError), Archive(bytes(data)) as archive:
        for member in archive.members:
            assert len(archive.read(member)) == member.size


@given(st.lists(st.text(min_size=1, max_size=30), max_size=8))
def test_no_name_leads_outside(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as target:
        for name in dict.fromkeys(names):
            try:
                target.writestr(f"{name}.wav", SOUND)
            except (UnicodeEncodeError, ValueError, IndexError):
                continue  # Python 3.11 stumbles over a name that begins with NUL.
    with Archive(file.getvalue()) as archive:
        seen = set()
        for member in archive.members:
            assert member.path.isprintable()
            assert not {"..", ".", ""} & set(member.parts)
            assert "\\" not in member.path
            assert not member.path.startswith("/")
            assert member.path.casefold() not in seen
            seen.add(member.path.casefold())
        assert all(one.name.isprintable() and one.reason for one in archive.skipped)


def test_the_folder_is_the_class() -> None:
    def classes(*paths: str) -> tuple[dict[str, int], int]:
        found, skipped = sorted_into_classes([Member(tuple(p.split("/")), 1) for p in paths])
        return {name: len(members) for name, members in found.items()}, len(skipped)

    assert classes("rock/a.wav", "rock/b.wav", "ska/c.wav") == ({"rock": 2, "ska": 1}, 0)
    assert classes("music/rock/a.wav", "music/ska/c.wav") == ({"rock": 1, "ska": 1}, 0)
    assert classes("band/a.wav", "band/b.wav", "c.wav") == ({"band": 2}, 1)
    assert classes("m/rock/album/a.wav", "m/ska/b.wav") == ({"rock": 1, "ska": 1}, 0)


def test_a_folder_gives_the_same(tmp_path: Path) -> None:
    (tmp_path / "band").mkdir()
    (tmp_path / "band" / "a.wav").write_bytes(SOUND)
    (tmp_path / "band" / "empty.wav").write_bytes(b"")
    folder = Folder(tmp_path)
    assert [member.path for member in folder.members] == ["band/a.wav"]
    assert folder.read(folder.members[0]) == SOUND
    assert folder.skipped[0].reason == "it is empty"
    with pytest.raises(ArchiveError, match="no folder"):
        Folder(tmp_path / "nowhere")
    with pytest.raises(ArchiveError, match="more than 1 files"):
        Folder(tmp_path, limits=Limits(entries=1))
