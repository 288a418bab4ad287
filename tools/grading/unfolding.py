"""What a packet of `grading.wire` unfolds to, and how much of it is too much.

A list that stands in a list twice is sent once, but whoever goes through it meets it twice: 60
lists of two can unfold to 2^60 entries. So entries are counted wherever they stand, before any of
a packet is taken in.

The standard library alone, as an answer's process imports this.
"""

DEEPEST = 60  # lists within lists within lists
MOST = 200_000  # entries of a list with all that is in it
MOST_HASHED = 10_000  # entries of all dicts and sets: they are slow where entries collide
TEXT = 100_000  # characters in one text
KINDS = ("list", "dict", "set", "Value", "random", "tuple", "frozenset", "handle")


class Unfolding:
    """How many entries each thing in a packet has, and how deep they go.

    A Value counts with what its own fields hold; the Values that it was made from are things of
    their own.
    """

    def __init__(self, objects):
        self.objects = objects
        self.sizes = {}  # key → (entries, depth)

    def parts(self, key):
        """The codes of what a thing holds. Raises KeyError or ValueError where there is none."""
        kind, body = self.objects[key]
        if kind not in KINDS or type(body) is not list:
            raise ValueError("no kind of thing")
        if kind in ("random", "handle"):
            return []
        return body[:2] if kind == "Value" else body

    def fault(self):
        """What is too much in the packet, in a sentence; None if nothing is."""
        hashing = ("dict", "set", "frozenset")
        hashed = sum(len(body) for kind, body in self.objects.values() if kind in hashing)
        if hashed > MOST_HASHED:
            return f"It hands over dicts and sets of more than {MOST_HASHED:,} entries."
        return next(filter(None, map(self.fault_of, self.objects)), None)

    def fault_of(self, root):
        """What is too much in one thing, in a sentence, or None; enters its size."""
        if root in self.sizes:
            return None
        path = [(root, iter(self.refers(root)))]  # from the thing down to what is being counted
        inside = {root}
        while path:
            key, refers = path[-1]
            part = next((one for one in refers if one not in self.sizes), None)
            if part is None:
                path.pop()
                inside.discard(key)
                fault = self.enter(key)
                if fault:
                    return fault
            elif part in inside:
                return "It hands over a list that holds itself: there is no end to it (Recursion)."
            elif len(path) == DEEPEST:
                return f"It hands over lists in lists, more than {DEEPEST} deep (Recursion)."
            else:
                path.append((part, iter(self.refers(part))))
                inside.add(part)
        return None

    def refers(self, key):
        """The keys of the things that one holds, each as often as it does."""
        return [code["o"] for code in self.parts(key) if type(code) is dict and "o" in code]

    def enter(self, key):
        """Enter a thing's size, from those of its parts; what is too much of it, or None."""
        parts = self.parts(key)
        size, depth = 1 + len(parts), 0
        for part in self.refers(key):
            size, depth = size + self.sizes[part][0], max(depth, self.sizes[part][1])
        depth += 1
        self.sizes[key] = size, depth
        long = [part for part in self.objects[key][1] if type(part) is str and len(part) > TEXT]
        if long:
            return f"It hands over a text of {len(long[0]):,} characters."
        if depth > DEEPEST:
            return f"It hands over lists in lists, more than {DEEPEST} deep (Recursion)."
        if size > MOST:
            return f"It hands over more than {MOST:,} entries."
        return None
