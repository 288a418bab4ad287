"""Running JavaScript in tests: a few lines with the engine's modules, in Node."""

import json
import subprocess

import pytest

from microgpt_ref.data import SSA2018
from microgpt_ref.fast import js

# what a script has at hand: `given`, what the test gave it, and `docs()`, the embedded names
BEFORE = f"""\
import {{ readFileSync }} from "node:fs";
import {{ PythonRandom }} from "./random.mjs";
import {{ readDocs, Tokenizer }} from "./tokenizer.mjs";
import {{ Model, newModel }} from "./model.mjs";
import {{ Run, TrainingError }} from "./training.mjs";
import {{ checkpointText, fromCheckpoint }} from "./checkpoint.mjs";
const given = JSON.parse(readFileSync(0, "utf8"));
const docs = (path = {json.dumps(str(SSA2018))}) => readDocs(readFileSync(path, "utf8"));
const times = (n, f) => Array.from({{ length: n }}, f);
const message = (f) => {{ try {{ f(); }} catch (error) {{ return error.message; }} }};
const answer = (value) => console.log(JSON.stringify(value));
"""


def find():
    """The path of Node; skips the test where there is none."""
    try:
        return js.find_node()
    except ValueError as error:
        pytest.skip(str(error))


def run(script, given=None, timeout=120):
    """What a script answers, both it and what it is given as JSON."""
    command = [find(), "--input-type=module", "--eval", BEFORE + script]
    text = json.dumps(given)
    options = {"cwd": js.FOLDER, "capture_output": True, "encoding": "utf-8", "timeout": timeout}
    done = subprocess.run(command, input=text, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
