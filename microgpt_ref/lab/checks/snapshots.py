"""What arguments and results held at one moment, to see later whether an answer changed them.

Lists are copied before an answer gets them. Values are not, as an answer has to tie its result to
the very nodes it was given: so what they hold is kept here, and compared after every call.
"""


def exactly(thing, *types):
    """True if a thing is of just one of these types: none that passes itself off as one."""
    return any(type(thing) is one for one in types)


def is_value(thing):
    """True for a Value, that of the package or the one that a lesson has defined."""
    return type(thing).__name__ == "Value" and hasattr(thing, "local_derivatives")


def frozen(thing):
    """Something to compare later, to see whether the thing has changed."""
    if exactly(thing, list, tuple):
        return tuple(map(frozen, thing))
    if type(thing) is dict:
        return tuple((key, frozen(value)) for key, value in thing.items())
    if is_value(thing):
        return ("Value", frozen(thing.data), in_any_order(thing.local_derivatives))
    if hasattr(thing, "getstate"):  # a random number generator moves on when it is used
        return "generator"
    if type(thing) is float:
        return repr(thing)  # none at all is then the same as none at all
    return (type(thing), thing) if exactly(thing, int, str, bool) else type(thing)


def in_any_order(slopes):
    """A Value's local derivatives, frozen: its inputs may come out of a set, in no fixed order."""
    kept = frozen(slopes)
    return tuple(sorted(kept, key=repr)) if type(kept) is tuple else kept


def values_in(thing):
    """All Values in an argument or a result, those that they were made from included."""
    found, unread, seen = {}, [thing], set()
    while unread:
        one = unread.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if is_value(one):
            found[id(one)] = one
            unread.append(one.inputs)
        elif exactly(one, list, tuple):
            unread.extend(one)
        elif type(one) is dict:
            unread.extend(one.values())
    return list(found.values())


def state_of(value):
    """What a Value holds, by the name of each part; its inputs by their identity."""
    inputs = value.inputs
    return {
        "data": frozen(value.data),
        "gradient": frozen(value.grad),
        "inputs": [id(one) for one in inputs] if exactly(inputs, list, tuple) else id(inputs),
        "local derivatives": frozen(value.local_derivatives),
    }


class Snapshot:
    """What the Values in some arguments or results hold now."""

    def __init__(self, thing):
        self.kept = [(value, state_of(value)) for value in values_in(thing)]
        self.inputs = [value.inputs for value, _ in self.kept]  # so that no id is used again

    def changed(self):
        """The names of the parts that have changed in any of the Values, in order."""
        found = []
        for value, before in self.kept:
            now = state_of(value)
            found += [part for part in before if now[part] != before[part]]
        return list(dict.fromkeys(found))
