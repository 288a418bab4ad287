"""train2: a number that remembers how it was made, so that the chain rule can run itself.

Automatic differentiation in reverse (Baydin et al. 2018, section 3.2), after Karpathy's
micrograd.
"""

import math


class Value:
    """A number `data` with its gradient `grad`: the slope of a result along it, by `backward`.

    An operation's result keeps its `inputs`, and for each its `local_derivatives`: how fast the
    result grows with that input. A plain number on the other side is a constant: it gets no node.
    Two Values are equal only if they are the same object.
    """

    __slots__ = ("data", "grad", "inputs", "local_derivatives")

    def __init__(self, data, inputs=(), local_derivatives=()):
        self.data = data
        self.grad = 0.0
        self.inputs = inputs
        self.local_derivatives = local_derivatives

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0))
        return Value(self.data + other, (self,), (1.0,))

    def __sub__(self, other):
        if isinstance(other, Value):
            return Value(self.data - other.data, (self, other), (1.0, -1.0))
        return Value(self.data - other, (self,), (1.0,))

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data))
        return Value(self.data * other, (self,), (other,))

    def __truediv__(self, other):
        divisor = other.data if isinstance(other, Value) else other
        if divisor == 0:
            raise ZeroDivisionError(f"{self!r} / 0: divide by a number that is not zero")
        quotient = self.data / divisor
        if isinstance(other, Value):
            return Value(quotient, (self, other), (1 / divisor, -quotient / divisor))
        return Value(quotient, (self,), (1 / divisor,))

    def __neg__(self):
        return Value(-self.data, (self,), (-1.0,))

    def __radd__(self, number):  # number + value
        return self + number

    def __rsub__(self, number):  # number - value
        return Value(number - self.data, (self,), (-1.0,))

    def __rmul__(self, number):  # number * value
        return self * number

    def __rtruediv__(self, number):  # number / value
        return Value(number) / self

    def __pow__(self, power):
        if isinstance(power, Value):
            raise TypeError("Value ** Value: the power must be a number; try (y * x.log()).exp()")
        if self.data == 0 and power < 1 and power != 0:
            raise ZeroDivisionError(f"{self!r} ** {power}: at zero the power must be 1 or more")
        if self.data < 0 and power % 1 != 0:
            raise ValueError(f"{self!r} ** {power}: a negative number takes whole powers only")
        slope = power * self.data ** (power - 1) if power != 0 else 0.0
        return Value(self.data**power, (self,), (slope,))

    def __rpow__(self, number):  # number ** value
        raise TypeError(f"{number} ** Value: the power must be a number; try (y * log(x)).exp()")

    def exp(self):
        """e to the power of this."""
        result = math.exp(self.data)
        return Value(result, (self,), (result,))

    def log(self):
        """The natural logarithm. Raises ValueError for zero or less."""
        if self.data <= 0:
            raise ValueError(f"log of {self!r}: only a positive number has a logarithm")
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def relu(self):
        """This where it is positive, else 0; at 0 the local derivative is taken as 0."""
        if self.data > 0:
            return Value(self.data, (self,), (1.0,))
        return Value(0.0, (self,), (0.0,))

    def plus_all(self, others):
        """This plus all of the others, added from left to right: one node for the whole sum."""
        result, terms = self.data, [self]
        for other in others:
            if isinstance(other, Value):
                result += other.data
                terms.append(other)
            else:
                result += other
        return Value(result, tuple(terms), (1.0,) * len(terms))

    def backward(self):
        """Nothing; finds `grad` of each node that this was made from: this one's slope along it.

        A number that was not computed (it has no inputs) adds up over calls: a second call
        doubles its `grad`, until it is set back to 0. Every other node's `grad` starts afresh.
        """
        order = self.topological_order()
        for node in order:
            if node.inputs:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            for child, local_derivative in zip(node.inputs, node.local_derivatives):
                child.grad += local_derivative * node.grad

    def topological_order(self):
        """All nodes that this was made from, and last itself: each after all of its inputs."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            node, inputs_done = stack.pop()
            if inputs_done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                for child in node.inputs:
                    stack.append((child, False))
        return order


def to_values(weights):
    """The same matrices with each number as a Value."""
    return {name: [[Value(a) for a in row] for row in w] for name, w in weights.items()}


def to_floats(weights):
    """The same matrices with each Value as its number."""
    return {name: [[a.data for a in row] for row in w] for name, w in weights.items()}


def flatten(weights):
    """All entries of the matrices in one list, in their order."""
    return [a for w in weights.values() for row in w for a in row]
