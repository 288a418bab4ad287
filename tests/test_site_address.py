"""What pages say of themselves: descriptions, and with an address, cards, a map and a 404 page."""

import io
import re
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
import site_address
from docutils import nodes
from PIL import Image

from tools.checking import site_check
from tools.making import link_cards

SITE = "https://someone.github.io/course/"
NOT_DESCRIBED = {"book/index.html", "404.html"}  # one leads on, one is nobody's


@pytest.mark.parametrize(
    "address, expected",
    [
        ("", ""),
        (SITE, SITE),
        (SITE.rstrip("/"), SITE),
        ("http://localhost:8000", "http://localhost:8000/"),
    ],
)
def test_an_address_is_taken_with_a_slash_at_its_end(address, expected):
    assert site_address.checked(address) == expected


@pytest.mark.parametrize(
    "address",
    ["example.org", "/course/", "ftp://example.org/", "https://", "https://a.b/?x", "https://a b/"],
)
def test_what_is_no_address_ends_the_build_and_is_named(monkeypatch, address):
    monkeypatch.setenv(site_address.VARIABLE, address)
    expected = f"COURSE_SITE_URL is {address!r}: set the whole address of the site, such as http"
    with pytest.raises(SystemExit, match=re.escape(expected)):
        site_address.take_address(None, SimpleNamespace())


@pytest.mark.parametrize(
    "text, expected",
    [
        ("One short. Two is here as well.\nThree?", "One short. Two is here as well. Three?"),
        (f"{'A long sentence ' * 5}ends. More.", f"{'A long sentence ' * 5}ends."),
        ("word " * 60, "word " * 39 + "word …"),
        ("", ""),
    ],
)
def test_a_description_is_a_page_s_first_sentence_and_more_if_that_is_short(text, expected):
    assert site_address.opening(text) == expected


def test_every_page_has_one_description_that_tells_something(site):
    found = {}
    for path in site_check.pages(site):
        if (name := path.relative_to(site).as_posix()) not in NOT_DESCRIBED:
            (meta,) = site_check.page(path)("meta", {"name": "description"})
            found[name] = meta["content"]
    assert all(len(text) <= 202 and site_check.is_telling(text) for text in found.values())
    lessons = {found[f"notebooks/train{i}.html"] for i in range(5)}
    assert len(lessons) == 5 and all("? New here: " in text for text in lessons)


def test_without_an_address_pages_name_none(site):
    assert not site_check.page(site / "index.html")("meta", property="og:url")
    assert not (site / "404.html").exists() and not (site / "sitemap.xml").exists()


def context_of(name, site=SITE):
    """What a page's template gets, for a page with a title and a paragraph."""
    builder = SimpleNamespace(get_target_uri=lambda n: {"home": "index.html"}.get(n, f"{n}.html"))
    app = SimpleNamespace(builder=builder, config=SimpleNamespace(course_site_url=site))
    section = nodes.section("", nodes.paragraph("", 'A "sentence" & more.'))
    context = {"title": "<em>Title</em>", "metatags": "<meta>"}
    site_address.describe(app, name, "page.html", context, section)
    return context


def metas(context):
    """The meta elements of a page's head, by name."""
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', context["metatags"])
    return dict(found)


def test_a_page_names_its_address_and_has_a_card_with_a_picture():
    context = context_of("notebooks/train3")
    card = metas(context)
    assert context["pageurl"] == card["og:url"] == f"{SITE}notebooks/train3.html"
    assert card["og:title"] == "Title" and card["twitter:card"] == "summary_large_image"
    assert card["description"] == card["og:description"] == "A &quot;sentence&quot; &amp; more."
    assert card["og:image"] == f"{SITE}_static/cards/train3.png"
    assert "How can it see further back" in card["og:image:alt"]


def test_the_first_page_s_address_is_the_site_s_and_its_card_the_course_s():
    card = metas(context_of("home"))
    assert (card["og:url"], card["og:image"]) == (SITE, f"{SITE}_static/cards/course.png")


def test_a_page_has_a_description_alone_where_the_site_has_no_address():
    context = context_of("notebooks/train3", site="")
    assert [*metas(context)] == ["description"] and "pageurl" not in context


def app_of(folder, site):
    """What `write_files` asks of Sphinx."""
    uris = {"book/index": "index.html", "book/a": "book/a.html"}
    builder = SimpleNamespace(name="html", get_target_uri=uris.get)
    config, env = SimpleNamespace(course_site_url=site), SimpleNamespace(found_docs=set(uris))
    return SimpleNamespace(outdir=folder, builder=builder, config=config, env=env)


@pytest.mark.parametrize("site, robots", [(SITE, False), ("https://example.org/", True)])
def test_a_site_with_an_address_has_a_map_and_a_page_for_what_is_not_there(
    tmp_path, monkeypatch, site, robots
):
    monkeypatch.setattr(link_cards, "write", lambda folder: None)
    site_address.write_files(app_of(tmp_path, site), None)
    rows = ElementTree.parse(tmp_path / "sitemap.xml").iter()
    assert [row.text for row in rows if row.tag.endswith("loc")] == [site, f"{site}book/a.html"]
    assert (tmp_path / "robots.txt").exists() == robots
    root = "/" if robots else "/course/"
    missing = site_check.page(tmp_path / "404.html")
    addresses = [address for _, address in site_check.addresses(missing)]
    assert all(address.startswith(root) for address in addresses) and root in addresses
    assert site_check.page_faults(tmp_path / "404.html") == []


def test_a_site_without_an_address_or_that_failed_has_neither(tmp_path):
    site_address.write_files(app_of(tmp_path, ""), None)
    site_address.write_files(app_of(tmp_path, SITE), ValueError("failed"))
    assert list(tmp_path.iterdir()) == []


def test_a_card_s_picture_has_the_size_that_is_said_and_leaves_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(link_cards, "NAMES", ("train0",))
    link_cards.write(tmp_path / "cards")
    files = {path.name: path.read_bytes() for path in (tmp_path / "cards").iterdir()}
    assert {*files} == {"train0.png", "course.png"}
    for data in files.values():
        assert Image.open(io.BytesIO(data)).size == (link_cards.WIDTH, link_cards.HEIGHT)
        assert len(data) < 100_000


@pytest.mark.parametrize("name", [*link_cards.NAMES, link_cards.HOME])
def test_what_is_on_a_card_lies_within_it(name):
    for shape in link_cards.draw(name).shapes:
        steps = getattr(shape, "steps", [("M", getattr(shape, "x", 0), getattr(shape, "y", 0))])
        for _, *numbers in steps:
            assert all(0 <= x <= link_cards.WIDTH for x in numbers[::2])
            assert all(0 <= y <= link_cards.HEIGHT for y in numbers[1::2])


def test_the_course_s_card_says_what_its_first_page_does(site):
    heading = site_check.page(site / "index.html").h1.contents[0]
    assert " ".join(heading.split()) == link_cards.HEADLINE
