"""train2: a number that remembers how it was made, so that the chain rule can run itself.

Automatic differentiation in reverse (Baydin et al. 2018, section 3.2), after Karpathy's
micrograd.
"""

import itertools
import math


class Value:
    """A number `data`, and `grad`: the slope of a result along it.

    An operation's result keeps its `inputs`, and for each of them a
    local derivative: how fast the result grows with that input.
    A plain number on the other side is a constant, and gets no node.
    `op` is its sign, for drawings; `birth` says how many Values were
    made before this one. Two Values are equal only if they are the
    same object.
    """

    __slots__ = (
        "data",
        "grad",
        "inputs",
        "local_derivatives",
        "op",
        "birth",
    )
    births = itertools.count()

    def __init__(self, data, inputs=(), local_derivatives=(), op=""):
        self.data = data
        self.grad = 0.0
        self.inputs = inputs
        self.local_derivatives = local_derivatives
        self.op = op
        self.birth = next(Value.births)

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other):
        if isinstance(other, Value):
            result = self.data + other.data
            return Value(result, (self, other), (1.0, 1.0), "+")
        return Value(self.data + other, (self,), (1.0,), "+")

    def __sub__(self, other):
        if isinstance(other, Value):
            result = self.data - other.data
            return Value(result, (self, other), (1.0, -1.0), "−")
        return Value(self.data - other, (self,), (1.0,), "−")

    def __mul__(self, other):
        if isinstance(other, Value):
            result = self.data * other.data
            slopes = (other.data, self.data)
            return Value(result, (self, other), slopes, "×")
        return Value(self.data * other, (self,), (other,), "×")

    def __truediv__(self, other):
        divisor = other.data if isinstance(other, Value) else other
        if divisor == 0:
            raise ZeroDivisionError(
                f"{self!r} / 0: divide by a number that is not zero"
            )
        result = self.data / divisor
        if isinstance(other, Value):
            slopes = (1 / divisor, -result / divisor)
            return Value(result, (self, other), slopes, "÷")
        return Value(result, (self,), (1 / divisor,), "÷")

    def __neg__(self):
        return Value(-self.data, (self,), (-1.0,), "−")

    def __radd__(self, number):  # number + value
        return self + number

    def __rsub__(self, number):  # number - value
        return Value(number - self.data, (self,), (-1.0,), "−")

    def __rmul__(self, number):  # number * value
        return self * number

    def __rtruediv__(self, number):  # number / value
        return Value(number) / self

    def __pow__(self, power):
        x = self.data
        if isinstance(power, Value):
            raise TypeError(
                "Value ** Value: the power must be a number; "
                "try (y * x.log()).exp()"
            )
        if x == 0 and power < 1 and power != 0:
            raise ZeroDivisionError(
                f"{self!r} ** {power}: at zero the power must be "
                "1 or more"
            )
        if x < 0 and power % 1 != 0:
            raise ValueError(
                f"{self!r} ** {power}: a negative number takes "
                "whole powers only"
            )
        slope = power * x ** (power - 1) if power != 0 else 0.0
        return Value(x**power, (self,), (slope,), "power")

    def __rpow__(self, number):  # number ** value
        raise TypeError(
            f"{number} ** Value: the power must be a number; "
            "try (y * log(x)).exp()"
        )

    def exp(self):
        """e to the power of this."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,), "exp")

    def log(self):
        """The natural logarithm. Raises ValueError for 0 or less."""
        x = self.data
        if x <= 0:
            raise ValueError(
                f"log of {self!r}: "
                "only a positive number has a logarithm"
            )
        return Value(math.log(x), (self,), (1 / x,), "log")

    def relu(self):
        """This where it is positive, else 0, with slope 0."""
        if self.data > 0:
            return Value(self.data, (self,), (1.0,), "relu")
        return Value(0.0, (self,), (0.0,), "relu")

    @staticmethod
    def sum_of(numbers):
        """The sum of Values and plain numbers, from left to right.

        One node for the whole sum.
        """
        result, values = 0.0, []
        for number in numbers:
            if isinstance(number, Value):
                values.append(number)
                number = number.data
            result += number
        slopes = (1.0,) * len(values)
        return Value(result, tuple(values), slopes, "+")

    def backward(self):
        """Find `grad` of each node that this was made from.

        A number that was not computed (it has no inputs) adds up over
        calls: a second call doubles its `grad`, until it is set back
        to 0. Every other node's `grad` starts afresh.
        """
        order = self.topological_order()
        for node in order:
            if node.inputs:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            slopes = node.local_derivatives
            for child, slope in zip(node.inputs, slopes):
                child.grad += slope * node.grad

    def topological_order(self):
        """All nodes that this was made from and itself, inputs first.

        A node is born after its inputs, so the order of birth will do.
        """
        found, waiting = {self}, [self]
        while waiting:
            for child in waiting.pop().inputs:
                if child not in found:
                    found.add(child)
                    waiting.append(child)
        return sorted(found, key=lambda node: node.birth)


def to_values(weights):
    """The same matrices with each number as a Value."""
    return {
        name: [[Value(a) for a in row] for row in w]
        for name, w in weights.items()
    }


def to_floats(weights):
    """The same matrices with each Value as its number."""
    return {
        name: [[a.data for a in row] for row in w]
        for name, w in weights.items()
    }


def flatten(weights):
    """All entries of the matrices in one list, in their order."""
    return [a for w in weights.values() for row in w for a in row]
