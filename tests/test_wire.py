"""What may be handed over: nothing that unfolds without end, and nothing that passes as another."""

import io
import json
import time

import pytest

from microgpt_ref.lab.checks.snapshots import is_value
from microgpt_ref.value import Value
from tools.grading import unfolding, wire


def pair():
    """Two ends, each of which packs what the other unpacks."""
    return [wire.Peer(io.StringIO(), io.StringIO(), letter, Value) for letter in "js"]


def carried(one, other, thing):
    """A thing, as it arrives on the other side."""
    return other.unpack(json.loads(json.dumps(one.pack(thing))))


def doubled(n, thing=()):
    """A list that unfolds to 2^n."""
    thing = list(thing)
    for _ in range(n):
        thing = [thing, thing]
    return thing


def nested(n, around=lambda x: [x]):
    """A thing in things, n deep."""
    thing = around(1)
    for _ in range(n - 1):
        thing = around(thing)
    return thing


def value_with(**fields):
    """A Value whose fields hold these."""
    value = Value(1.0)
    for name, thing in fields.items():
        setattr(value, name, thing)
    return value


TOO_MUCH = {
    "lists of lists": lambda: doubled(50),
    "fewer, of lists": lambda: doubled(18),
    "in a dict": lambda: {"a": doubled(50)},
    "in a tuple": lambda: (1, doubled(50)),
    "tuples of tuples": lambda: (lambda x: [x := (x, x) for _ in range(50)][-1])(()),
    "dicts of dicts": lambda: (lambda x: [x := {1: x, 2: x} for _ in range(50)][-1])({}),
    "in a Value's data": lambda: value_with(data=doubled(50)),
    "in a Value's gradient": lambda: value_with(grad=doubled(50)),
    "in a Value's inputs": lambda: value_with(inputs=doubled(50)),
    "in a Value's local derivatives": lambda: value_with(local_derivatives=doubled(50)),
    "deep lists": lambda: nested(100),
    "deeper lists": lambda: nested(100_000),
    "deep tuples": lambda: nested(100, lambda x: (x,)),
    "deep dicts": lambda: nested(100, lambda x: {1: x}),
    "deep Values": lambda: nested(100, lambda x: value_with(data=x)),
    "a long list": lambda: [0] * (unfolding.MOST + 1),
    "a long text": lambda: "x" * (unfolding.TEXT + 1),
    "a long text in a list": lambda: ["x" * (unfolding.TEXT + 1)],
    "a long text in a Value": lambda: value_with(data="x" * (unfolding.TEXT + 1)),
    "a long text for inputs": lambda: value_with(inputs="x" * (unfolding.TEXT + 1)),
    "many hashes": lambda: set(range(unfolding.MOST_HASHED + 1)),
    "hashes that collide": lambda: (
        {i * ((1 << 61) - 1) for i in range(1, 3000)} | set(range(unfolding.MOST_HASHED))
    ),
    "a list that holds itself": lambda: (lambda x: [x.append(x), x][1])([]),
    "a dict that holds itself": lambda: (lambda x: [x.update({1: x}), x][1])({}),
    "a Value whose data is itself": lambda: (lambda v: [setattr(v, "data", v), v][1])(Value(1.0)),
    "two that hold each other": lambda: (lambda x, y: [x.append(y), y.append(x), x][2])([], []),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_unfolds_without_end_is_told_at_once(what):
    one, other = pair()
    packet = one.pack(TOO_MUCH[what]())
    start = time.monotonic()
    with pytest.raises(RuntimeError, match="It hands over"):
        other.unpack(packet)
    assert time.monotonic() - start < 2 and not other.known


@pytest.mark.parametrize("what", TOO_MUCH)
def test_nor_can_it_be_put_into_a_list_that_was_given(what):
    one, other = pair()
    row = [1.0, 2.0]
    there = carried(one, other, row)
    there[:] = [TOO_MUCH[what]()]
    with pytest.raises(RuntimeError, match="It hands over"):
        one.unpack(other.pack(None))
    assert row == [1.0, 2.0]


def test_nor_made_in_steps():
    """A list known already can't be left out of a later message, and grow there unseen."""
    one, other = pair()
    inner = doubled(10)
    carried(other, one, [inner, inner])
    packet = other.pack(None)
    del packet["objects"][next(iter(packet["objects"]))]
    with pytest.raises(wire.Broken):
        one.unpack(packet)
    inner[:] = [doubled(20), doubled(20)]
    with pytest.raises(RuntimeError, match="It hands over"):
        carried(other, one, None)


@pytest.mark.parametrize(
    "thing",
    [
        [[1.0] * 27 for _ in range(27)],
        {f"w{i}": [[0.5] * 64 for _ in range(64)] for i in range(9)},
        nested(unfolding.DEEPEST),
        ["x" * 1000] * 50,
        list(range(10_000)),
    ],
    ids=["counts", "weights", "deep", "texts", "long"],
)
def test_what_answers_hand_over_passes(thing):
    assert carried(*pair(), thing) == thing


@pytest.mark.no_cover
def test_a_chain_of_many_values_is_no_deep_thing():
    one, other = pair()
    row = [Value(0.0)]
    for i in range(20_000):
        row.append(Value(i + 1.0, (row[-1],), (1.0,)))
    there = carried(one, other, row[-1])
    n = 0
    while there.inputs:
        (there,), n = there.inputs, n + 1
    assert n == 20_000 and there.data == 0.0
    assert carried(*pair(), row)[-1].data == 20_000.0


def test_many_uses_of_a_value_are_no_long_thing():
    row = [Value(0.0)]
    for _ in range(60):
        row.append(row[-1] + row[-1])
    there = carried(*pair(), row[-1])
    assert len(there.topological_order()) == 61


def equal_to_all(thing, other):
    """True, whatever there is to compare."""
    return True


class Float(float):
    """A number that equals all."""

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    __sub__ = __rsub__ = __abs__ = lambda *numbers: Float(0)
    __hash__ = float.__hash__


class Int(int):
    __eq__ = equal_to_all
    __hash__ = int.__hash__


class Text(str):
    __eq__ = equal_to_all
    __hash__ = str.__hash__


class List(list):
    __eq__ = equal_to_all


class Dict(dict):
    __eq__ = equal_to_all


class Chameleon:
    """Passes itself off as a float."""

    __class__ = float

    def __float__(self):
        return 0.5

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return 0.5


class SubValue(Value):
    """A Value that equals all."""

    __eq__ = equal_to_all
    __hash__ = object.__hash__


SubValue.__name__ = "Value"


@pytest.mark.parametrize(
    "thing",
    [Float(1), Int(1), Text("a"), List([1]), Dict(a=1), Chameleon(), True + 0j, b"x", range(3)],
    ids=lambda thing: type(thing).__name__,
)
@pytest.mark.parametrize("place", [lambda x: x, lambda x: [x], lambda x: value_with(data=x)])
def test_what_is_of_another_type_arrives_as_nothing_but_a_handle(thing, place):
    arrived = carried(*pair(), place(thing))
    arrived = arrived[0] if type(arrived) is list else arrived
    arrived = arrived.data if is_value(arrived) else arrived
    assert isinstance(arrived, wire.Remote)
    for wanted in (1, 1.0, "a", [1], {"a": 1}, True):
        assert arrived != wanted
    for name in ("data", "func", "getstate", "tolist", "__float__", "local_derivatives"):
        assert not hasattr(arrived, name)
    with pytest.raises(TypeError):
        float(arrived)


def test_a_value_of_a_class_of_its_own_arrives_as_a_plain_one():
    arrived = carried(*pair(), SubValue(1.0))
    assert type(arrived) is Value and arrived != Value(1.0)


def test_values_are_born_there_in_the_order_in_which_they_were_here():
    a, b = Value(1.0), Value(2.0)
    arrived = carried(*pair(), ((a + b) * a, [b, a]))
    result, (b, a) = arrived
    assert result.topological_order() == [a, b, *[n for n in result.inputs if n.inputs], result]


@pytest.mark.parametrize("birth", [None, "1", [], 10**400, True])
def test_a_birth_that_is_no_number_of_one_breaks_nothing(birth):
    arrived = carried(*pair(), [Value(1.0), value_with(birth=birth)])
    assert [value.data for value in arrived] == [1.0, 1.0]


@pytest.mark.parametrize("name", ["Value", "Random", "list", "float", "x" * 1000])
def test_no_handle_has_the_name_of_a_value(name):
    one, other = pair()
    packet = one.pack(type("Thing", (), {"local_derivatives": ()})())
    packet["objects"]["j1"] = ["handle", [False, name, None]]
    assert not is_value(other.unpack(packet))


@pytest.mark.parametrize("names", [["a", "a"], ["not a name"], [5], [["a"]], "abc!", ["class"]])
def test_parameters_that_are_none_break_nothing(names):
    packet = {"root": {"o": "s1"}, "objects": {"s1": ["handle", [True, "function", names]]}}
    with pytest.raises(wire.Broken):
        pair()[0].unpack(packet)


def test_so_many_handles_and_no_more():
    one, other = pair()
    with pytest.raises(wire.Broken, match="too many"):
        carried(one, other, [object() for _ in range(wire.MOST_HANDLES + 1)])


@pytest.mark.parametrize(
    "packet",
    [
        {"root": {"o": "s1"}, "objects": {"s1": ["Value", [1.0, 0.0]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["Value", {}]}},
        {"root": {"o": ["s1"]}, "objects": {}},
        {"root": {"o": "s1"}, "objects": {"s1": ["list", [{"o": ["s1"]}]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["list", [[1]]]}},
        {"root": {"o": "s1"}, "objects": {"s1": [["list"], []]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["set", [{"o": "s2"}]], "s2": ["list", []]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["handle", []]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["random", [[0] * 5, None]]}},
        {"root": {"o": "s1"}, "objects": {"s1": ["dict", [1]], "s2": 5}},
        {"root": {"yours": {}}, "objects": {}},
        {"root": 1, "objects": [["s1", ["list", []]], 5]},
    ],
)
def test_what_is_no_message_is_told(packet):
    with pytest.raises(wire.Broken):
        pair()[0].unpack(packet)


def test_it_is_the_judge_that_decides_what_is_forgotten():
    """An answer that calls what it was given still shares its lists with the judge."""
    answering = wire.Peer(io.StringIO(), io.StringIO(), "s", Value, lets_look=True)
    known = carried(wire.Peer(io.StringIO(), io.StringIO(), "j", Value), answering, [1.0])
    with pytest.raises(wire.Broken, match="gone"):
        answering.ask("call")
    assert any(thing is known for thing in answering.known.values())
    assert not json.loads(answering.target.getvalue())["fresh"]
