"""What a student wrote in words, made safe to show: `show` gives the text of a markdown cell.

The answer is parsed as markdown, and written anew as HTML of a few tags without attributes, in
blocks that no markdown parser looks into. So it doesn't matter how nbgrader, or a browser, would
have read the original. Links become text with their address beside it. Of pictures only those that
`grading.pictures` has made anew are shown. Formulas keep the commands that typeset, and no others.
"""

import html
import re
from html.parser import HTMLParser
from urllib.parse import unquote

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin

TAGS = {"p", "ul", "ol", "li", "blockquote", "em", "strong", "s", "hr", "br"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
HEADING = "h4"  # whatever its level: the page's own headings stay the largest
DEEPEST = 60  # levels of lists and quotations, below which the parser leaves things out
ABSENT, ELSEWHERE = "it is not in the notebook", "it isn't in the notebook but elsewhere"
TABLED = 20_000  # cells of tables, which the parser adds to each row that is short of them
ADDRESS = 300  # characters of a link's address that are shown
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
UNPARSED = (RecursionError, ValueError, IndexError, KeyError)  # by an answer made for that
IMG = re.compile(r"<img\s[^<>]{1,2000}>", re.IGNORECASE)
COMMAND = re.compile(r"\\([A-Za-z@]+)")
# Formulas may have these commands, none of which loads, links, styles or defines.
TYPESETTING = set(
    re.findall(
        r"[A-Za-z]+",
        """
    alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi
    omicron pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta
    Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega aleph ell hbar imath jmath Re Im wp partial nabla
    infty emptyset varnothing forall exists nexists neg lnot top bot angle triangle
    cdot cdots ldots dots dotsb dotsc vdots ddots times div pm mp ast star circ bullet oplus ominus
    otimes odot oslash wedge vee land lor cap cup setminus sqcap sqcup dagger amalg
    le leq leqslant ge geq geqslant lt gt ll gg ne neq eq equiv sim simeq approx cong propto asymp
    subset supset subseteq supseteq subsetneq in notin ni mid nmid parallel perp models vdash not
    to gets mapsto leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow
    longrightarrow longleftarrow longmapsto Longrightarrow implies impliedby iff uparrow downarrow
    hookrightarrow rightharpoonup xrightarrow xleftarrow
    sum prod coprod int iint iiint oint bigcup bigcap bigoplus bigotimes lim limsup liminf max min
    sup inf arg det dim exp gcd hom ker lg ln log Pr sin cos tan cot sec csc arcsin arccos arctan
    sinh cosh tanh coth deg operatorname limits nolimits
    frac dfrac tfrac cfrac binom dbinom tbinom sqrt root over atop choose stackrel overset underset
    substack hat widehat bar overline underline tilde widetilde vec dot ddot overbrace underbrace
    overrightarrow acute grave breve check boxed
    left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr lfloor rfloor
    lceil rceil langle rangle lvert rvert lVert rVert vert Vert lbrace rbrace lbrack rbrack
    mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt mathscr boldsymbol bm pmb text textbf
    textit textrm textsf texttt mbox rm bf it displaystyle textstyle scriptstyle scriptscriptstyle
    quad qquad thinspace enspace negthinspace phantom hphantom vphantom prime nonumber
    tag notag backslash begin end hline bmod mod pmod intercal top colon lbrack degree ensuremath
        """,
    )
)


def most_cells(text):
    """How many cells the tables in a text can have: as many columns in each line as in any."""
    lines = re.split("\r\n?|\n", text)
    return len(lines) * (1 + max((line.count("|") for line in lines), default=0))


def parse(text):
    """The tokens of a text, in which tables that would be vast are text like any other."""
    return parser(with_tables=most_cells(text) <= TABLED).parse(text)


def parser(with_tables=True):
    """A parser of markdown as Jupyter has it, to which HTML is text like any other."""
    found = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    found.enable(["table", "strikethrough"] if with_tables else ["strikethrough"])
    found.disable("reference")  # what a link refers to is then seen; and thousands take seconds
    found.use(dollarmath_plugin, allow_labels=False, double_inline=True)
    found.use(amsmath_plugin)
    found.inline.ruler.before("autolink", "pasted", pasted)
    found.validateLink = lambda address: True  # links are taken apart below, whatever they are
    return found


class Tag(HTMLParser):
    """What a tag says, by attribute."""

    said = None

    def handle_starttag(self, tag, attrs):
        self.said = self.said or {key: value or "" for key, value in attrs}


def pasted(state, silent):
    """Take <img src="attachment:…">, as Jupyter and Colab have it once resized, for a picture."""
    found = IMG.match(state.src, state.pos)
    if not found:
        return False
    tag = Tag()
    tag.feed(found[0])
    source = (tag.said or {}).get("src", "")
    if not source.lower().startswith("attachment:"):
        return False
    if not silent:
        token = state.push("image", "img", 0)
        token.attrs, token.content, token.children = {"src": source}, tag.said.get("alt", ""), []
    state.pos = found.end()
    return True


def show(text, pictures=None):
    """The source of a markdown cell that shows an answer.

    pictures: {where the answer says it is: (name of an attachment, None) or (None, why not)}
    """
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        tokens = parse(text)
        if max((token.level for token in tokens), default=0) < DEEPEST - 1:
            return Page(pictures or {}).of(tokens)
    except UNPARSED:
        pass
    return as_it_stands(text)


def as_it_stands(text):
    """An answer that can't be parsed, letter by letter."""
    return f"<div><pre>{escaped(text)}</pre></div>"


def escaped(text):
    """A text within HTML; on one line, as an empty one would end the block that it is in."""
    text = html.escape(CONTROL.sub("", text), quote=True)
    text = text.replace("\r", "").replace("\u2028", " ").replace("\u2029", " ")
    return text.replace("\n", "&#10;")


def formula(text):
    r"""A text in which no command of TeX does more than typeset: \href becomes \ href."""

    def command(found):
        return found[0] if found[1] in TYPESETTING else rf"\ {found[1]}"

    return escaped(COMMAND.sub(command, text))


class Page:
    """An answer's blocks, and the pictures that stand between them."""

    def __init__(self, pictures):
        self.pictures = pictures
        self.waiting, self.placed, self.links = [], set(), []

    def of(self, tokens):
        """The text of the cell."""
        blocks, block = [], []
        for token in tokens:
            block.append(self.render(token))
            if token.level == 0 and token.nesting != 1:
                blocks.append(f"<div>{''.join(block)}</div>")
                block = []
                blocks += [f"![{name}](attachment:{name})" for name in self.waiting]
                self.waiting = []
        return "\n\n".join(blocks)

    def render(self, token):
        """The HTML of a token of the parser."""
        kind = token.type
        if token.hidden:
            return ""
        if kind == "inline":
            return "".join(map(self.render, token.children))
        if kind in ("fence", "code_block"):
            return f"<pre><code>{escaped(token.content)}</code></pre>"
        if kind == "code_inline":
            return f"<code>{escaped(token.content)}</code>"
        if kind == "math_inline":
            return f"${formula(token.content)}$"
        if kind in ("math_block", "math_inline_double"):
            return f"$${formula(token.content)}$$"
        if kind == "image":
            return self.picture(token)
        if kind in ("link_open", "link_close"):
            return self.link(token)
        if kind in ("softbreak", "hardbreak"):
            return " " if kind == "softbreak" else "<br>"
        tag = HEADING if kind.startswith("heading") else token.tag
        if tag in TAGS or tag == HEADING:
            return tag_of(tag, token)
        return formula(token.content)

    def link(self, token):
        """The text beside a link's own: its address."""
        if token.type == "link_open":
            self.links.append(str(token.attrs.get("href", "")))
            return ""
        address = unquote(self.links.pop())
        return f" (<code>{escaped(address[:ADDRESS])}</code>)"

    def picture(self, token):
        """The text in the place of a picture, which then follows its block."""
        words = formula(token.content.strip()[:ADDRESS])
        source = source_of(token)
        shown, why = self.pictures.get(source, (None, ABSENT))
        if shown is None:
            where = f"<code>{escaped(source[:ADDRESS])}</code>"
            return f"<em>[picture {where} not shown: {escaped(why)}. {words}]</em>"
        if shown not in self.placed:  # a picture that is shown again and again fills a disk
            self.placed.add(shown)
            self.waiting.append(shown)
        return f"<em>[{escaped(shown)}. {words}]</em>"


def source_of(token):
    """Where a picture is, as its answer says."""
    return unquote(str(token.attrs.get("src", "")))


def tag_of(tag, token):
    """A tag, opened or closed; the only attribute is the number with which a list begins."""
    if token.nesting == -1:
        return f"</{tag}>"
    start = token.attrs.get("start")
    if tag == "ol" and isinstance(start, int) and 0 <= start < 10**6:
        return f'<ol start="{start}">'
    return f"<{tag}>"


def pictures_in(text):
    """Where the pictures that an answer shows are, in order: attachment:plot.png and the like."""
    try:
        tokens = parse(text)
    except UNPARSED:
        return []
    images = [one for token in tokens for one in token.children or [] if one.type == "image"]
    return list(dict.fromkeys(map(source_of, images)))
