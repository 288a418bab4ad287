"""Make what live pages load: `python -m tools.making.live`; the book's build does it by itself.

From book/live, and the npm packages that its lock file pins, come the files of build/live/site,
which the build copies to _static/live: the page's scripts, CodeMirror, Pyodide, the JavaScript
engine for it, the package as a zip file, and its JavaScript modules: the explorables and the engine
that they train with. Packages are fetched again only when the lock file has changed. With --check
nothing is made, and the types and format of the scripts and the explorables are checked.
"""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.setup import ROOT, program

SOURCE = ROOT / "book" / "live"
PACKAGE = ROOT / "microgpt_ref"
EXPLORABLES = PACKAGE / "lab" / "explorables"
WORK = ROOT / "build" / "live"
SITE = WORK / "site"
STAMP = ".made"
PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
PYODIDE += ["pyodide-lock.json"]
ENGINE = PACKAGE / "fast" / "js" / "answers.mjs"
BUNDLED = {"page.mjs": "page.js", "editor.mjs": "editor.js", "along.mjs": "along.js"}  # modules
BUNDLED |= {"explorables.mjs": "explorables.js", "losses.mjs": "losses.js"}
# Scripts that a page loads as such; from a folder of files too, where modules aren't.
CLASSIC = {"marked.mjs": "marked.js", "offline.mjs": "offline.js", "sw.mjs": "sw.js"}
CLASSIC |= {"poster.mjs": "poster.js", "search.mjs": "search.js", "slides.mjs": "slides.js"}
COPIED = ["live.css", "start.js", "worker.mjs"]
MARKED = ["start.js", "worker.mjs", "page.js", "explorables.js"]  # with VERSION in addresses
MARK = re.compile(r'(?<=["/=])VERSION(?=["/&])')  # in a text or an address, not as a name
# What pages load of the package as it is: folders of JavaScript modules, and the list of names.
MODULES = ["lab/explorables", "lab/explorables/training_panel", "fast/js"]
NAMES = "ssa2018.txt"
# Engines that need a library which a page doesn't have.
LEFT_OUT = {
    f"fast/{name}.py"
    for name in (
        *("numpy", "batch", "compiled", "simd", "passes", "attention", "short"),
        *("rowwise", "updates", "panels", "layout", "tiles", "vectors"),
        *("documents", "drawing", "position", "sampling", "twister"),
        *("torch", "distributed", "parallel", "processes", "resume", "sources", "stream"),
    )
}
EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every file in the zip, so that its bytes are the same


def run(command, message, **options):
    """Run a command; end with the message and what it printed if it fails."""
    environment = os.environ | options.pop("env", {})
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    result = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options
    )
    if result.returncode:
        sys.exit(f"{message}:\n{result.stdout.decode('utf-8', 'replace')}")


def install():
    """Fetch the packages that the lock file names into build/live, unless they are there."""
    wanted = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    stamp = WORK / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    WORK.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(SOURCE / name, WORK)
    options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"]
    message = "npm could not fetch what book/live/package-lock.json names"
    run([program("npm"), "ci", *options], message, cwd=WORK)
    stamp.write_text(wanted)


def bundle(source, target, form="esm"):
    """Put a script and all that it imports into one file, with esbuild."""
    esbuild = [program("node"), WORK / "node_modules" / "esbuild" / "bin" / "esbuild"]
    options = ["--bundle", f"--format={form}", "--minify", "--legal-comments=eof"]
    options += ["--target=es2022", f"--outfile={target}", f"--metafile={metafile(target.name)}"]
    modules = {"NODE_PATH": str(WORK / "node_modules")}
    run([*esbuild, SOURCE / source, *options], f"{source} could not be bundled", env=modules)


def metafile(name):
    """Where esbuild tells what it put into the script `name`."""
    return WORK / f"{name}.json"


def bundled():
    """The npm packages that were put into the scripts, sorted."""
    found = set()
    for name in (*BUNDLED.values(), *CLASSIC.values()):
        inputs = json.loads(metafile(name).read_text(encoding="utf-8"))["inputs"]
        parts = [path.rpartition("node_modules/")[2] for path in inputs if "node_modules/" in path]
        found |= {re.match(r"(?:@[^/]+/)?[^/]+", part)[0] for part in parts}
    return sorted(found)


def speaker_script():
    """The script of the speaker's window, which reveal.js writes into it as a text."""
    path = WORK / "node_modules" / "reveal.js" / "dist" / "plugin" / "notes.mjs"
    written = re.search(r'document\.write\((".*?")\)', path.read_text(encoding="utf-8"), re.DOTALL)
    text = re.sub(r"(?<!\\)((?:\\\\)*)\\/", r"\1/", written[1])  # Python has no such escape
    window = ast.literal_eval(text)
    return re.search(r"<script>(.*?)</script>", window, re.DOTALL)[1]


def package_files():
    """(name within the package, path) of all its files that a page can use, sorted."""
    found = []
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE).as_posix()
        if path.is_file() and "__pycache__" not in path.parts and name not in LEFT_OUT:
            found.append((name, path))
    return found


def zip_package(target):
    """Write the package as a zip file, the same bytes for the same files."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in package_files():
            entry = zipfile.ZipInfo(f"{PACKAGE.name}/{name}", EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())


def check():
    """Check the scripts' types and format; end with what is wrong, if anything is."""
    install()
    copy = WORK / "src"  # beside node_modules, where the compiler looks for packages
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(SOURCE, copy)
    node, modules = program("node"), WORK / "node_modules"
    types = [node, modules / "typescript" / "bin" / "tsc", "-p"]
    run([*types, copy], "the types of book/live don't fit")
    config = EXPLORABLES / "jsconfig.json"
    run([*types, config], "the types of microgpt_ref/lab/explorables don't fit")
    form = [node, modules / "prettier" / "bin" / "prettier.cjs", "--print-width", "100", "--check"]
    run([*form, SOURCE], "book/live is not formatted: prettier --write formats it")
    own = sorted(EXPLORABLES.rglob("*.mjs"))
    run([*form, *own], "an explorable is not formatted: prettier --write formats it")


def version():
    """One hash of all that the live files are made from."""
    own = sorted(path for path in SOURCE.glob("[!.]*") if path.is_file())
    sources = [(path.name, path) for path in own] + package_files()
    digest = hashlib.sha256()
    for name, path in [*sources, ("tools/making/live.py", Path(__file__))]:
        digest.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def pyodide():
    """The name of the folder of Pyodide's files: it holds the version, as they name each other."""
    lock = json.loads((SOURCE / "package-lock.json").read_text(encoding="utf-8"))
    return f"pyodide-{lock['packages']['node_modules/pyodide']['version']}"


def copy_modules(folder, target):
    """Copy the package's JavaScript modules of a folder, which find each other where they lay."""
    (target / folder).mkdir(parents=True, exist_ok=True)
    for path in sorted((PACKAGE / folder).glob("*.mjs")):
        shutil.copy(path, target / folder)


def fill(site, mark):
    """Write all files of the folder `site`; `mark` tells this version's addresses from others'."""
    for source, target in BUNDLED.items():
        bundle(source, site / target)
    bundle(ENGINE, site / "engine.js")
    for source, target in CLASSIC.items():
        bundle(source, site / target, "iife")
    for name in COPIED:
        shutil.copy(SOURCE / name, site)
    python = pyodide()
    for name in MARKED:
        text = (site / name).read_text(encoding="utf-8")
        text = MARK.sub(mark, text).replace("./pyodide/", f"./{python}/")
        (site / name).write_text(text, encoding="utf-8")
    for folder in MODULES:
        copy_modules(folder, site / "modules" / mark)
    shutil.copy(PACKAGE / NAMES, site / "modules" / mark)
    (site / python).mkdir()
    for name in PYODIDE:
        shutil.copyfile(WORK / "node_modules" / "pyodide" / name, site / python / name)
    zip_package(site / "microgpt_ref.zip")
    (site / STAMP).write_text(mark)


def make():
    """Make the files unless nothing has changed; return the folder that holds them."""
    install()
    mark = version()
    if not (SITE / STAMP).is_file() or (SITE / STAMP).read_text() != mark:
        part = SITE.with_name("site.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        fill(part, mark)
        shutil.rmtree(SITE, ignore_errors=True)
        part.rename(SITE)
    return SITE


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    else:
        print(make().relative_to(ROOT).as_posix())
