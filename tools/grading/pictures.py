"""Pictures that students paste into their answers, made anew so that a page may show them.

Each is decoded and encoded again by a process of its own (`python -m tools.grading.pictures`, bytes
in, bytes out), which can write and reach nothing: a decoder has faults, and pictures can be made
for them. What comes out is a PNG or a JPEG under a name of ours, turned upright, at most 1,600
pixels wide or high and 1 MB large, without anything else that the file held.
"""

import base64
import binascii
import io
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

from tools.grading import isolation
from tools.grading.written import ABSENT, ELSEWHERE
from tools.setup import ROOT

KINDS = {  # what an attachment may say it is; the file itself decides
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/jpg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
}
INLINE = re.compile(r"data:(image/[a-z+.-]{1,20});base64,([A-Za-z0-9+/=]{100,})", re.IGNORECASE)
MOST = 8  # pictures of an answer
LARGEST = 24 << 20  # bytes of a picture
PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000}  # decoded at a fraction of their size
OTHER_PIXELS = 40_000_000
SIDE = 1_600  # pixels of what is shown
WEIGHT = 1 << 20  # bytes of what is shown
SECONDS = 20
REDUCED, LEFT_OUT = "picture reduced", "picture left out"  # remarks in marks.csv
REMARKS = (REDUCED, LEFT_OUT)
UNREADABLE = "it is damaged, or no picture"


class NoPicture(Exception):
    """A picture that can't be shown; the message says why."""


@dataclass
class Pictures:
    """The pictures of an answer: those that are shown, and what became of each."""

    kept: dict = field(default_factory=dict)  # new name → attachment
    shown: dict = field(default_factory=dict)  # where it was → (new name, None) or (None, why not)
    remarks: list = field(default_factory=list)

    def remark(self, text):
        """Add a remark, once."""
        if text not in self.remarks:
            self.remarks.append(text)


def taken_out(text, attachments):
    """(text, attachments) with the pictures that a text holds itself, as Colab has them, attached.

    Elsewhere than in a picture's place such data would be of no use either.
    """
    attachments = dict(attachments)

    def attach(found):
        name = f"pasted-{len(attachments)}-{found.start()}"
        attachments[name] = {found[1].lower(): found[2]}
        return f"attachment:{name}"

    return INLINE.sub(attach, text), attachments


def prepare(attachments, sources):
    """The Pictures of an answer that shows what is at these places, such as attachment:plot.png."""
    result = Pictures()
    for source in sources:
        try:
            if len(result.shown) >= MOST:
                raise NoPicture(f"there are more than {MOST}")
            content, kind, reduced = made_anew(content_of(attachments, source))
        except NoPicture as error:
            result.shown[source] = (None, str(error))
            result.remark(LEFT_OUT)
            continue
        new = f"picture-{len(result.kept) + 1}.{'png' if kind == 'image/png' else 'jpg'}"
        result.kept[new] = {kind: base64.b64encode(content).decode("ascii")}
        result.shown[source] = (new, None)
        if reduced:
            result.remark(REDUCED)
    return result


def of_known_kinds(attachments):
    """Attachments without what can't be a picture, whatever shape it has: {name: {kind: text}}."""
    found = {}
    for name, bundle in attachments.items():
        kinds = bundle if isinstance(bundle, dict) else {}
        found[name] = {
            kind: text
            for kind, text in kinds.items()
            if isinstance(text, str)
            or (isinstance(text, list) and all(isinstance(part, str) for part in text))
        }
    return found


def content_of(attachments, source):
    """The bytes of an attachment. Raises NoPicture."""
    kind, _, name = source.partition(":")
    if kind.casefold() != "attachment":
        raise NoPicture(ELSEWHERE)
    bundle = attachments.get(name)
    if not isinstance(bundle, dict):
        raise NoPicture(ABSENT)
    for kind in KINDS:
        text = bundle.get(kind)
        if isinstance(text, list):
            text = "".join(part for part in text if isinstance(part, str))
        if isinstance(text, str):
            return decoded(text)
    if any("svg" in str(kind).lower() for kind in bundle):
        raise NoPicture("it is an SVG, which can hold programs; a PNG would be shown")
    raise NoPicture("it is of another kind; a PNG or JPEG would be shown")


def decoded(text):
    """The bytes that a text of base64 holds. Raises NoPicture."""
    if len(text) > LARGEST * 3 // 2:
        raise NoPicture(f"it is larger than {LARGEST >> 20} MB")
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise NoPicture(UNREADABLE) from None
    if len(content) > LARGEST:
        raise NoPicture(f"it is larger than {LARGEST >> 20} MB")
    return content


def made_anew(content):
    """(bytes, kind, whether it was reduced) of a picture, from a process of its own."""
    command = [sys.executable, "-m", "tools.grading.pictures"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                command, input=content, capture_output=True, cwd=empty, env=environment,
                timeout=3 * SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NoPicture("it takes too long to read") from None
    head, _, rest = done.stdout.partition(b"\n")
    words = head.decode("utf-8", "replace").split(" ", 1)
    if words[0] == "no" and len(words) == 2:
        raise NoPicture(words[1])
    if done.returncode or words[0] not in ("image/png", "image/jpeg") or not rest:
        raise NoPicture(UNREADABLE)
    return rest, words[0], words[1:] == ["reduced"]


# In the process of its own


def opened(content):
    """A picture whose size is known to be bearable, not decoded yet. Raises NoPicture."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # there are limits of our own, by kind
    try:
        picture = Image.open(io.BytesIO(content), formats=sorted(set(KINDS.values())))
    except Exception:
        raise NoPicture(UNREADABLE) from None
    width, height = picture.size
    if width * height > PIXELS.get(picture.format, OTHER_PIXELS):
        raise NoPicture(f"it has {width} × {height} pixels, which is too many")
    return picture


def upright(picture):
    """A picture decoded, turned as its camera was held, and no larger than is shown."""
    from PIL import ImageOps

    if picture.format in PIXELS:
        picture.draft("RGB", (SIDE, SIDE))
    picture.load()
    if picture.mode[:1] in ("I", "F"):
        picture = with_orientation(picture, gray(picture))
    if picture.mode not in ("L", "LA", "RGB", "RGBA"):
        clear = picture.mode in ("P", "PA", "La", "RGBa") or "transparency" in picture.info
        picture = with_orientation(picture, picture.convert("RGBA" if clear else "RGB"))
    picture.thumbnail((SIDE, SIDE))
    return ImageOps.exif_transpose(picture)


def gray(picture):
    """A picture of 16 bits for a pixel with 8 of them; converted, all but the darkest is white."""
    return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")


def with_orientation(old, new):
    """A converted picture, with what its original said about how it was held."""
    new.info["exif"] = old.info.get("exif", b"")
    return new


def encodings(picture):
    """(bytes, kind) of a picture, as a PNG and then ever smaller."""
    from PIL import Image

    yield encoded(picture, "PNG"), "image/png"
    if "A" in picture.mode:  # JPEG has no transparency
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    picture = picture.convert("RGB")
    for quality in (88, 75, 60, 45, 30):
        yield encoded(picture, "JPEG", quality=quality), "image/jpeg"
    for side in (800, 400):
        picture.thumbnail((side, side))
        yield encoded(picture, "JPEG", quality=60), "image/jpeg"


def encoded(picture, kind, **options):
    """A picture's file: the pixels and nothing else."""
    file = io.BytesIO()
    picture.info = {}
    picture.getexif().clear()
    picture.save(file, kind, **options)
    return file.getvalue()


def remake(content):
    """What this process answers about a picture: a line, and then its new file."""
    picture = opened(content)
    large, was_photo = max(picture.size) > SIDE, picture.format in PIXELS
    try:
        picture = upright(picture)
    except Exception:
        raise NoPicture(UNREADABLE) from None
    tries = encodings(picture)
    if was_photo:
        next(tries)  # a PNG of a photo is large
    file, kind = next(one for one in tries if len(one[0]) <= WEIGHT)
    reduced = large or (kind == "image/jpeg" and not was_photo)
    return f"{kind}{' reduced' if reduced else ''}\n".encode() + file


def main():
    """Answer the picture on stdin, confined."""
    from PIL import Image

    Image.init()  # every module is imported while files can still be read
    content = sys.stdin.buffer.read()
    isolation.isolate([], SECONDS)
    try:
        answer = remake(content)
    except NoPicture as error:
        answer = f"no {error}\n".encode()
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    main()
