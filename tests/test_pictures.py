"""Pictures in answers: honest ones are shown, whatever a phone makes; others do no harm."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image

from tools.grading import pictures

RED = (200, 30, 30)


def coded(content):
    """Bytes as a notebook holds them."""
    return base64.b64encode(content).decode()


def file_of(kind, size, mode="RGB", **options):
    """A picture's file, of one colour on the left and noise on the right."""
    picture = Image.new("RGB", size, RED)
    width, height = size
    noise = Image.effect_noise((width - width // 2, height), 90).convert("RGB")
    picture.paste(noise, (width // 2, 0))
    content = io.BytesIO()
    picture.convert(mode).save(content, kind, **options)
    return content.getvalue()


def shown(content, kind="image/png"):
    """(the picture that is shown, the Pictures) of a file."""
    found = pictures.prepare({"a": {kind: coded(content)}}, ["attachment:a"])
    if not found.kept:
        return None, found
    ((name, bundle),) = found.kept.items()
    ((kind, text),) = bundle.items()
    content = base64.b64decode(text)
    assert len(content) <= pictures.WEIGHT and found.shown == {"attachment:a": (name, None)}
    picture = Image.open(io.BytesIO(content))
    assert kind == f"image/{picture.format.lower()}" and not dict(picture.getexif())
    assert name == ("picture-1.png" if picture.format == "PNG" else "picture-1.jpg")
    return picture, found


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1"])
def test_a_small_picture_is_shown_as_it_is(kind, mode):
    mode = "P" if kind == "GIF" else {"BMP": {"RGBA": "RGB"}}.get(kind, {}).get(mode, mode)
    mode = "RGB" if kind == "WEBP" else mode
    picture, found = shown(file_of(kind, (40, 20), mode))
    assert picture.size == (40, 20) and picture.format == "PNG" and not found.remarks


def test_gray_of_16_bits_has_all_its_shades():
    content = io.BytesIO()
    shades = Image.linear_gradient("L").convert("I").point(lambda value: value * 257)
    shades.convert("I;16").save(content, "PNG")
    picture, found = shown(content.getvalue())
    assert picture.size == (256, 256) and not found.remarks
    found = [picture.convert("L").getpixel((0, y)) for y in range(256)]
    assert max(abs(value - y) for y, value in enumerate(found)) <= 1


def test_a_large_plot_is_reduced_and_said_so():
    picture, found = shown(file_of("PNG", (3000, 1500)))
    assert picture.size == (1600, 800) and found.remarks == ["picture reduced"]


def test_a_phone_s_photo_is_upright_and_light():
    exif = Image.Exif()
    exif[274] = 6  # turned a quarter clockwise to be seen
    exif[271] = "Phone"
    content = file_of("JPEG", (4000, 3000), exif=exif, quality=95)
    assert len(content) > 3 << 20
    picture, found = shown(content, "image/jpeg")
    assert picture.size == (1200, 1600) and found.remarks == ["picture reduced"]
    above, below = picture.getpixel((600, 300)), picture.getpixel((600, 100))
    assert all(abs(a - b) < 12 for a, b in zip(above, RED)), above
    assert all(abs(a - b) < 12 for a, b in zip(below, RED)), below


def test_metadata_and_what_is_hidden_behind_a_picture_are_dropped():
    content = file_of("PNG", (9, 9)) + b"<script>alert(1)</script>"
    _, found = shown(content)
    assert b"script" not in base64.b64decode(found.kept["picture-1.png"]["image/png"])


def test_transparency_stays():
    picture, _ = shown(file_of("PNG", (9, 9), "RGBA"))
    assert picture.mode == "RGBA"


def png(width, height, data):
    """A PNG that says it has this size."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind, content):
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch):
    bomb = png(60_000, 60_000, zlib.compress(b"\0" * 10**7, 9))
    picture, found = shown(bomb)
    assert picture is None and found.remarks == ["picture left out"]
    assert "60000 × 60000 pixels" in found.shown["attachment:a"][1]
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("it was decoded"))
    with pytest.raises(pictures.NoPicture, match="pixels"):
        pictures.remake(bomb)


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"<svg onload=alert(1)>", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n",
     file_of("PNG", (99, 99))[:3000], png(6000, 6000, zlib.compress(b"\0" * 99)),
     file_of("TIFF", (9, 9)), b"\xff\xd8\xff" + b"\0" * 999, b"GIF89a" + b"\xff" * 99],
)  # fmt: skip
def test_what_is_no_picture_is_left_out(content):
    picture, found = shown(content)
    assert picture is None and found.remarks == ["picture left out"]
    assert found.shown["attachment:a"] == (None, pictures.UNREADABLE)


@pytest.mark.parametrize(
    "bundle, why",
    [
        (None, "it is not in the notebook"),
        ("text", "it is not in the notebook"),
        ({}, "another kind"),
        ({"image/svg+xml": coded(b"<svg/>")}, "SVG"),
        ({"image/svg+xml": ["<svg/>"]}, "SVG"),
        ({"image/heic": "AAAA"}, "another kind"),
        ({"text/html": "<script>"}, "another kind"),
        ({"image/png": 7}, "another kind"),
        ({"image/png": '" onerror="'}, "damaged"),
        ({"image/png": "\ud800"}, "damaged"),
    ],
)
def test_an_attachment_of_another_kind_says_why_it_is_left_out(bundle, why):
    found = pictures.prepare({"a": bundle} if bundle is not None else {}, ["attachment:a"])
    assert not found.kept and why in found.shown["attachment:a"][1]


def test_base64_in_lines_and_pieces_is_read():
    text = coded(file_of("PNG", (9, 9)))
    for spelled in ([text[:40], text[40:]], "\n".join(text[i : i + 76] for i in range(0, 999, 76))):
        found = pictures.prepare({"a": {"image/png": spelled}}, ["attachment:a"])
        assert list(found.kept) == ["picture-1.png"]


def test_pictures_elsewhere_and_too_many_are_left_out(monkeypatch):
    monkeypatch.setattr(pictures, "MOST", 2)
    attached = {name: {"image/png": coded(file_of("PNG", (9, 9)))} for name in "abc"}
    sources = ["http://example.org/x.png", "attachment:a", "attachment:b"]
    found = pictures.prepare(attached, sources)
    assert list(found.kept) == ["picture-1.png"]
    assert found.shown[sources[0]] == (None, pictures.ELSEWHERE)
    assert "more than 2" in found.shown["attachment:b"][1]


@pytest.mark.parametrize("length", [10_000, 140])
def test_a_picture_that_is_too_large_is_not_decoded(monkeypatch, length):
    monkeypatch.setattr(pictures, "LARGEST", 100)
    monkeypatch.setattr(pictures, "made_anew", lambda content: pytest.fail("it was decoded"))
    found = pictures.prepare({"a": {"image/png": "A" * length}}, ["attachment:a"])
    assert "larger than" in found.shown["attachment:a"][1]


HANGS, DIES, TALKS = "import time; time.sleep(60)", "import os; os._exit(1)", "print(7)"


@pytest.mark.parametrize("code", [HANGS, DIES, TALKS])
def test_a_decoder_that_hangs_or_crashes_costs_one_picture(monkeypatch, tmp_path, code):
    (tmp_path / "tools" / "grading").mkdir(parents=True)
    (tmp_path / "tools" / "grading" / "pictures.py").write_text(code)
    monkeypatch.setattr(pictures, "ROOT", tmp_path)
    monkeypatch.setattr(pictures, "SECONDS", 1)
    assert shown(file_of("PNG", (9, 9)))[0] is None
