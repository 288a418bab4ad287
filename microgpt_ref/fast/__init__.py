"""The same model on faster engines, one idea a module; the command line's `--engine` names them.

scalar    the reference: a Value for every number
dot       a Value for every dot product
numpy     no graph: forward and backward written out on arrays
js        the same in JavaScript, for every stage: what a browser trains with, here in Node
batch     many names at a time
compiled  machine code from plain loops, compiled anew for each set of sizes
simd      machine code from explicit vectors, compiled once for models of all sizes
torch     PyTorch, on a GPU where there is one; `distributed` trains with several processes

Engines train. Names are drawn, and losses taken of names that nobody learns from, by `sampler`: on
arrays, or for many names in machine code (`drawing`). `documents` keeps any number of names.
`simd` names the modules that it consists of, and `distributed` stands on `processes` (a group of
them), `parallel` (their steps), `resume` (checkpoints), and `sources` and `stream` (names, a text).

`auto` stands for the first of QUICK that is installed and has the stage; or for simd, where a run
is so long that its machine code pays (`choose`).
"""

import math
from importlib import import_module
from pathlib import Path

from microgpt_ref import data
from microgpt_ref.settings import check_positive
from microgpt_ref.stages import ROWS, check_option, find_stage
from microgpt_ref.tokenizer import Tokenizer

# the libraries that each engine needs, by the names under which pip installs them
LIBRARIES = {
    "scalar": (),
    "dot": (),
    "numpy": ("numpy",),
    "js": (),  # it needs Node instead
    "batch": ("numpy",),
    "compiled": ("numba",),
    "simd": ("numba",),
    "torch": ("torch", "numpy"),
}
ENGINES = tuple(LIBRARIES)
FOR_EVERY_STAGE = ("scalar", "js")
AUTO = "auto"
QUICK = ("numpy", "js", "dot", "scalar")
ON_ARRAYS = ("train3", "train4")  # the stages that `sampling` and `drawing` have
# how many names are worth loading NumPy, and how many compiling; fewer where Numba is loaded anyway
ARRAYS_PAY, MACHINE_CODE_PAYS, LOADED_PAYS = 50, 30_000, 10_000
BIG = 16 << 20  # bytes of a file from which on documents are kept compactly for all engines
MACHINE_CODE = ("compiled", "simd")
# what `choose` reckons with, in seconds of one core: for a name at the default size, and before the
# first step of simd, if its machine code is on the disk and if not
PER_NAME = {"numpy": 2e-4, "js": 1e-4, "dot": 1e-2, "scalar": 6e-2}
PER_PARAMETER = 1e-8  # and a name for each parameter
LOADING, COMPILING = 1.5, 10.0


def check_engine(name, stage="train4", batch=1):
    """Raise ValueError unless the engine is known, installed, and for this stage, as auto is."""
    if name not in (*ENGINES, AUTO):
        raise ValueError(f"unknown engine {name!r}: use {', '.join(ENGINES)} or {AUTO}")
    check_positive("batch", batch)
    options = find_stage(stage).options
    if "batch" not in options and batch != 1:
        check_option(stage, "batch")
    if name == AUTO:
        return
    if "engine" not in options and name not in FOR_EVERY_STAGE:
        stages = ", ".join(one.name for one in ROWS if "engine" in one.options)
        others = " or ".join(FOR_EVERY_STAGE)
        raise ValueError(f"engine {name} is for {stages} alone: for {stage} use engine {others}")
    check_installed(name)


def check_installed(name):
    """Raise ValueError unless all that the engine needs is there."""
    missing = [library for library in LIBRARIES[name] if not is_installed(library)]
    if missing:
        raise ValueError(
            f"engine {name} needs {' and '.join(missing)}: "
            f"python -m pip install {' '.join(missing)}"
        )
    if name == "js":
        import_module("microgpt_ref.fast.js").check_available()


def is_installed(library):
    """True if a library can be imported."""
    try:
        import_module(library)
    except ImportError:
        return False
    return True


def chosen(name, stage="train4", batch=1):
    """The engine of this name, or for auto the one that it stands for here.

    Raises ValueError as `check_engine` does.
    """
    check_engine(name, stage, batch)
    if name != AUTO:
        return name
    return next(engine for engine in QUICK if serves(engine, stage))


def choose(name, settings, steps, batch=1):
    """The engine of this name, and a text; for auto the engine for such a run, and why it is that.

    Raises ValueError as `check_engine` does.
    """
    engine = chosen(name, settings.stage, batch)
    if name != AUTO:
        return engine, ""
    because = f"the first of {', '.join(QUICK)} that is installed and has {settings.stage}"
    if not serves("simd", settings.stage):
        return engine, because
    seconds = steps * batch * (PER_NAME[engine] + PER_PARAMETER * parameters_of_layers(settings))
    if seconds < LOADING:
        return engine, f"{because}; the run is too short to load machine code"
    if import_module("microgpt_ref.fast.simd").is_ready():
        return "simd", f"its machine code is ready, and {engine} would take about {seconds:.0f} s"
    if seconds < COMPILING:
        return engine, f"{because}; the run is too short to compile machine code"
    return "simd", f"{engine} would take about {seconds:.0f} s, and compiling about {COMPILING:.0f}"


def parameters_of_layers(settings):
    """How many parameters the layers of train4 have; those of the vocabulary are a few more."""
    return settings.n_layer * 12 * settings.n_embd**2


def to_compile(name, model):
    """What an engine compiles before it trains a model, in a few words; an empty text if nothing.

    It takes about COMPILING seconds, once on a machine.
    """
    if name not in MACHINE_CODE:
        return ""
    return import_module(f"microgpt_ref.fast.{name}").to_compile(model)


def serves(name, stage):
    """True if the engine is installed and has the stage."""
    try:
        check_engine(name, stage)
    except ValueError:
        return False
    return True


def learner_of(name, model):
    """The class that trains a model on the engine of this name."""
    if name == "scalar":
        return model.stage.learner
    return import_module(f"microgpt_ref.fast.{name}").Engine


def new_engine(name, model, documents, optimizer="adam", batch=1):
    """An engine that trains a model's weights on some documents; it leaves the model as it is.

    documents: as in `learners.Learner`
    """
    name = chosen(name, model.settings.stage, batch)
    return learner_of(name, model)(model, documents, optimizer, batch)


def fit(model, docs, steps=1000, *arguments, engine="scalar", batch=1, **options):
    """Losses of the steps (steps,), in nats per token; trains a model on an engine.

    Otherwise as `Model.fit`, whose arguments it takes.
    """
    engine, _ = choose(engine, model.settings, steps, batch)
    learner = learner_of(engine, model)
    if LIBRARIES[engine] and not hasattr(docs, "encoded"):
        docs = import_module("microgpt_ref.fast.documents").Listed(docs)
    return model.fit(docs, steps, *arguments, batch=batch, learner=learner, **options)


def sampler(model, engine, names=None):
    """A model that samples as this one does, and has its losses, more quickly if that pays.

    engine: one with arrays stands for them, and for machine code where there are names enough
    names: how many it will be asked for in all; each call is judged by itself if not given
    """
    name = chosen(engine, model.settings.stage)
    arrays = LIBRARIES[name]
    if engine == AUTO and model.settings.stage in ON_ARRAYS:
        arrays = names is None or names >= ARRAYS_PAY
        arrays = arrays and is_installed("numpy")
    if not arrays:
        return model
    enough = LOADED_PAYS if "numba" in LIBRARIES[name] else MACHINE_CODE_PAYS
    if names is not None:
        enough = 0 if names >= enough else math.inf
    return import_module("microgpt_ref.fast.sampling").ArrayModel(model, enough)


def load_docs(names, engine):
    """The documents of `data.load_docs`, kept compactly if the engine has arrays or there are many.

    Raises what `data.load_docs` raises.
    """
    path = data.find_names(names)
    big = Path(path).is_file() and Path(path).stat().st_size >= BIG
    if LIBRARIES[engine] or (big and is_installed("numpy")):
        return import_module("microgpt_ref.fast.documents").read(path)
    return data.read_docs(path)


def shuffle(docs, rng):
    """Put documents in the order in which rng.shuffle puts a list of them."""
    if hasattr(docs, "encoded"):
        docs.shuffle(rng)
    else:
        rng.shuffle(docs)


def count_longer(docs, block_size):
    """How many documents have more positions than a block."""
    if hasattr(docs, "encoded"):
        return int((docs.lengths > block_size).sum())
    return sum(len(doc) + 1 > block_size for doc in docs)


def needed(docs, count, model):
    """The first documents, all that a run needs; encoded, if they were kept compactly."""
    return model.encode_all(docs[:count]) if hasattr(docs, "encoded") else docs


def tokenizer_of(docs):
    """The Tokenizer of some documents, a list or kept compactly."""
    return Tokenizer(getattr(docs, "characters", docs))
