"""Write the style sheet of the stages' colors, from the table of stages."""

from pathlib import Path

import course_folder  # noqa: F401  for the import of microgpt_ref

from microgpt_ref.stages import ROWS

SHEET = "stages.css"


def style_sheet(rows=ROWS):
    """A variable for each stage's color, on paper and on a dark screen, and what uses them."""
    paper = "".join(f" --{row.name}: {row.color};" for row in rows)
    dark = "".join(f" --{row.name}: {row.color_in_dark};" for row in rows)
    lines = [f":root {{{paper} }}", f'@media screen {{ html[data-theme="dark"] {{{dark} }} }}']
    lines += [f".{row.name} {{ --stage: var(--{row.name}); }}" for row in rows]
    lines += poster_rules(rows)
    links = ":is(nav.bd-links, .prev-next-area) a"
    lines += [f'{links}[href$="{row.name}.html"] {{ --stage: var(--{row.name}); }}' for row in rows]
    return "\n".join(lines) + "\n"


def poster_rules(rows):
    """What fades on the poster while one stage is pointed at or chosen, and what glows."""
    faded, shown = [], []
    for row in rows:
        pointed = f".poster:has(.poster-choice.{row.name}:hover)"
        chosen = f".poster:not(:has(.poster-choice:hover)):has([value={row.name}]:checked)"
        for begun in (pointed, chosen):
            faded.append(f"{begun} .poster-strip:not(.{row.name})")
            shown.append(f"{begun} .poster-strip.{row.name}")
    fade = "--stage: var(--faint); --ink: var(--faint); --literal: var(--faint);"
    fade += " --soft: var(--faint); --wash: 0%;"
    return [
        f"@media screen {{ {', '.join(faded)} {{ {fade} }} }}",
        f"@media screen {{ {', '.join(shown)} {{ --wash: 14%; }} }}",
    ]


def write_sheet(app):
    """Put the style sheet among the site's static files."""
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SHEET).write_text(style_sheet(), encoding="utf-8")


def setup(app):
    app.connect("builder-inited", write_sheet)
    app.add_css_file(SHEET)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
