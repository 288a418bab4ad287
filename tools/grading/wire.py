"""Two processes that call each other's functions over a pipe, in lines of JSON.

Numbers, texts, lists, tuples, dicts, sets, `Value` and random generators are sent by what they
hold, so nothing that arrives can run code. A list that both sides know stays the same list: when
one side changes it, the other side's changes too. Anything else goes as a handle, which the other
side can call, and hands back.

The standard library alone, as both an answer's process and its judge import this.
"""

import builtins
import functools
import json
import queue
import random
import threading
import time

from tools.grading.unfolding import DEEPEST, TEXT, Unfolding

LONGEST = 1 << 22  # characters in one message
MOST_HANDLES = 1_000  # things of the other side that have no other form
CHANGING = ("list", "dict", "set", "Value", "random")  # kinds that are sent again with each message
ASKED_FOR = ("step",)  # attributes that checks ask for, of what an answer has made


class Broken(Exception):
    """What arrived is no message, or the other side is gone; its text says which."""


class Remote:
    """Something that only the other side has: it can be called, and its attributes fetched."""

    __code__ = None  # none that the judge can look into

    def __init__(self, peer, key, names):
        self._peer, self._key = peer, key
        if names is not None:
            import inspect

            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            self.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])

    def __getattr__(self, name):
        if name not in ASKED_FOR:
            raise AttributeError(name)
        return self._peer.ask("get", target=self._key, name=name)

    def __deepcopy__(self, memo):
        return self


class RemoteFunction(Remote):
    """A function, or a class, that only the other side has."""

    def __call__(self, *arguments):
        return self._peer.ask("call", target=self._key, arguments=arguments)


@functools.lru_cache(maxsize=256)
def named(name, base):
    """A class of this name, so that a message can say of which type a thing is."""
    return type(name, (base,), {})


def kind_of(thing):
    """How something is sent: one of the kinds that `Peer.body` knows."""
    kind = type(thing)
    if kind in (list, tuple, dict, set, frozenset):
        return kind.__name__
    if kind is random.Random:
        return "random"
    if kind.__name__ == "Value" and hasattr(thing, "local_derivatives"):
        return "Value"
    if isinstance(thing, Remote):
        return "yours"
    return "handle"


def birth(thing):
    """A Value's number in the order of births, in which the other side has to make them too."""
    found = getattr(thing, "birth", 0) if kind_of(thing) == "Value" else 0
    return found if type(found) is int else 0


def parameters(thing):
    """The names of a function's parameters, or None."""
    code = getattr(thing, "__code__", None)
    names = getattr(code, "co_varnames", None)
    count = getattr(code, "co_argcount", 0)
    return list(names[:count]) if isinstance(names, tuple) else None


class Peer:
    """One side of the pipe.

    letter: with which the names of this side's things begin; the other side has another
    value: the class that a Value becomes here
    serves: functions by the name of what the other side may ask for, beside "call" of a handle
    lets_look: whether the other side may fetch attributes of handles; that side has no deadline
    """

    def __init__(self, source, target, letter, value, serves=None, lets_look=False):
        self.source, self.target, self.letter, self.value = source, target, letter, value
        self.serves, self.lets_look = serves or {}, lets_look
        self.handles = {}  # key → thing of this side that was sent as a handle
        self.deadline = None
        self.count = 0
        self.depth = 0  # how many requests of this side are under way
        self.keeps = 0  # handles that have come: what they may hold must stay known
        self.forget()
        if not lets_look:
            self.lines = queue.Queue(maxsize=4)
            threading.Thread(target=self.read_lines, daemon=True).start()

    def forget(self):
        """Let go of all lists and Values that both sides know."""
        self.known = {}  # key → thing
        self.keys = {}  # id of a thing → key

    # Sending

    def key(self, thing, kind):
        """The name under which both sides know a thing."""
        if id(thing) not in self.keys:
            self.count += 1
            key = f"{self.letter}{self.count}"
            self.keys[id(thing)], self.known[key] = key, thing
            if kind == "handle":
                self.handles[key] = thing
        return self.keys[id(thing)]

    def pack(self, thing):
        """A message's text of something, and of every list that has changed hands before."""
        objects = {}
        root = self.encode(thing, objects)
        for key, known in list(self.known.items()):
            if key not in objects and kind_of(known) in CHANGING:
                self.encode(known, objects)
        keys = sorted(objects, key=lambda key: birth(self.known[key]))
        return {"root": root, "objects": {key: objects[key] for key in keys}}

    def encode(self, thing, objects):
        """What JSON can hold of a thing; what it is made of is entered into objects.

        A loop, as a chain of Values may be longer than calls go deep.
        """
        unsent = []
        root = self.code(thing, objects, unsent)
        while unsent:
            key, kind, one = unsent.pop()
            body = self.body(one, kind)
            if kind not in ("random", "handle"):
                body = [self.code(part, objects, unsent) for part in body]
            objects[key] = [kind, body]
        return root

    def code(self, thing, objects, unsent):
        """A number or a text itself, or what anything else goes by; it is then still unsent."""
        if type(thing).__module__ == "numpy" and hasattr(thing, "tolist"):
            thing = thing.tolist()
        if thing is None or type(thing) in (bool, int, float, str):
            return thing
        kind = kind_of(thing)
        if kind == "yours":
            return {"yours": thing._key}
        key = self.key(thing, kind)
        if key not in objects:
            objects[key] = None
            unsent.append((key, kind, thing))
        return {"o": key}

    def body(self, thing, kind):
        """What a thing holds, in a list."""
        if kind == "random":
            return [list(thing.getstate()[1]), thing.getstate()[2]]
        if kind == "handle":
            return [callable(thing), type(thing).__name__, parameters(thing)]
        if kind == "Value":
            return [thing.data, thing.grad, thing.inputs, thing.local_derivatives]
        return [part for pair in thing.items() for part in pair] if kind == "dict" else list(thing)

    # Receiving

    def unpack(self, packet):
        """The thing in a packet; lists known before now hold what the packet says they hold.

        Raises what `wrong` gives, and changes nothing, if a thing in it is too large, too deep or
        without an end.
        """
        try:
            objects = dict(packet["objects"])
            fault = self.fault(packet["root"], objects)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise Broken(f"no message: {type(error).__name__}") from None
        if fault:
            raise self.wrong(fault)
        try:
            for key, (kind, body) in objects.items():
                self.open(key, kind, body)
            for key, (kind, body) in objects.items():
                if kind in CHANGING:
                    self.fill(self.known[key], kind, body, objects)
            return self.decode(packet["root"], objects)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise Broken(f"no message: {type(error).__name__}") from None

    def fault(self, root, objects):
        """What is too much in a packet, in a sentence, or None. Raises Broken if it isn't whole."""
        changing = (key for key, known in self.known.items() if kind_of(known) in CHANGING)
        if any(key not in objects for key in changing):
            raise Broken("a list is left out")
        if type(root) is str and len(root) > TEXT:
            return f"It hands over a text of {len(root):,} characters."
        return Unfolding(objects).fault()

    def open(self, key, kind, body):
        """Make an empty thing for a key that is new here."""
        if key in self.known:
            if kind_of(self.known[key]) not in (kind, "yours"):
                raise Broken("a thing has changed its kind")
            return
        if key.startswith(self.letter):
            raise Broken("a name of this side that it never gave")
        empty = {"list": list, "dict": dict, "set": set, "random": random.Random}
        if kind in empty:
            thing = empty[kind]()
        elif kind == "Value":
            thing = self.value(0.0)
        elif kind == "handle":
            can_call, name, names = body
            self.keeps += 1
            if self.keeps > MOST_HANDLES:
                raise Broken("too many things of its own")
            base = RemoteFunction if can_call else Remote
            thing = named(str(name)[:40].replace("Value", "value"), base)(self, key, names)
        else:
            return  # tuples are made when they are needed
        self.known[key], self.keys[id(thing)] = thing, key

    def fill(self, thing, kind, body, objects):
        """Put into a thing what it holds."""
        if kind == "random":
            thing.setstate((3, tuple(body[0]), body[1]))
            return
        parts = [self.decode(part, objects) for part in body]
        if kind == "list":
            thing[:] = parts
        elif kind == "Value":
            thing.data, thing.grad, thing.inputs, thing.local_derivatives = parts
        else:
            thing.clear()
            thing.update(zip(parts[::2], parts[1::2]) if kind == "dict" else parts)

    def decode(self, code, objects, depth=0):
        """The thing that a code stands for."""
        if depth > DEEPEST:
            raise Broken("tuples too deep")
        if not isinstance(code, dict):
            if isinstance(code, list):
                raise Broken("no code for a thing")
            return code
        if "yours" in code:
            return self.handles[code["yours"]]
        key = code["o"]
        if key in self.known:
            return self.known[key]
        kind, body = objects[key]
        parts = [self.decode(part, objects, depth + 1) for part in body]
        thing = self.known[key] = {"tuple": tuple, "frozenset": frozenset}[kind](parts)
        self.keys[id(thing)] = key
        return thing

    # Asking and serving

    def ask(self, op, **what):
        """What the other side answers. Raises the error that it raised, or Broken."""
        # it is the judge that decides; the answer itself is the first handle that came
        fresh = not self.lets_look and not self.depth and self.keeps < 2
        if fresh:
            self.forget()
        self.depth += 1
        try:
            self.send(op=op, what=self.pack(what), fresh=fresh)
            while "op" in (message := self.receive()):
                self.serve(message)
        finally:
            self.depth -= 1
        if "error" in message:
            raise self.error(message["error"])
        return self.unpack(message.get("result"))

    def serve(self, message):
        """Do what the other side asks for, and send what comes of it."""
        if message.get("fresh") and self.lets_look:
            self.forget()
        try:
            what = self.unpack(message.get("what"))
            self.send(result=self.pack(self.perform(message["op"], what)))
        except Broken:
            raise
        except BaseException as error:
            said = [getattr(error, "message", None), getattr(error, "cause", None)]
            if said[0] is None:
                said = [first_line(error), ""]
            self.send(error=[type(error).__name__, *map(str, said)])

    def perform(self, op, what):
        """What comes of a request."""
        if op == "call":
            return self.calls(self.handles[what["target"]], what["arguments"])
        if op == "get" and self.lets_look:
            return getattr(self.handles[what["target"]], what["name"])
        if op in self.serves:
            return self.serves[op](**what)
        raise Broken(f"a request for {op!r}")

    def calls(self, function, arguments):
        """What a function of this side gives."""
        return function(*arguments)

    def error(self, content):
        """The error that the other side has told of."""
        try:
            name, text, cause = (str(part)[:300] for part in content)
        except (TypeError, ValueError):
            raise Broken("no error") from None
        if name == "Wrong":
            return self.wrong(text, cause)
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not UnicodeError:
            try:
                return kind(text)
            except TypeError:  # some want more than a text
                pass
        return RuntimeError(f"{name}: {text}")

    def wrong(self, text, cause=""):
        """The error for what the other side has found wrong, or hands over too much of."""
        return RuntimeError(text)

    # The pipe

    def send(self, **message):
        """Send a message. Raises Broken if the other side is gone."""
        text = json.dumps(message)
        if len(text) > LONGEST:
            raise MemoryError("a result too large to hand over")
        try:
            self.target.write(text + "\n")
            self.target.flush()
        except (OSError, ValueError):
            raise Broken("gone") from None

    def read_lines(self):
        """Hand on the lines that come, and None at the end; runs in a thread."""
        while True:
            line = self.read_line()
            self.lines.put(line)
            if line is None or len(line) > LONGEST:
                return

    def read_line(self):
        """The next line, or None if there is none."""
        try:
            return self.source.readline(LONGEST + 2) or None
        except (OSError, ValueError):
            return None

    def next_line(self):
        """The next line, or None if the other side is gone. Raises Broken if none comes in time."""
        if self.lets_look:
            return self.read_line()
        left = None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
        try:
            if left == 0:  # also where more has come: a flood of requests ends as well
                raise queue.Empty
            line = self.lines.get(timeout=left)
        except queue.Empty:
            raise Broken("late") from None
        if line is None:
            self.lines.put(None)  # nothing more will come, also for whoever asks again
        return line

    def receive(self):
        """The next message. Raises Broken if none comes in time, or what comes is none."""
        line = self.next_line()
        if line is None:
            raise Broken("gone")
        if len(line) > LONGEST:
            raise Broken("a message too long")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise Broken("no message") from None
        if not isinstance(message, dict):
            raise Broken("no message")
        return message


def first_line(error):
    """The first line of an error's text, cut to 200 characters, whatever it may hold."""
    try:
        return (str(error).splitlines() or [""])[0][:200]
    except BaseException:
        return "an error that can't be told"
