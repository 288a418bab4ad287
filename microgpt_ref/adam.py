"""From gradients to better weights: plain gradient descent (SGD) and Adam.

Both take a list of Values, and clear the gradients that they have used.
"""


class SGD:
    """Stochastic gradient descent: p - rate · grad."""

    def __init__(self, parameters):
        self.parameters = parameters

    def step(self, rate):
        """Move each parameter against its gradient, and clear that."""
        for p in self.parameters:
            p.data -= rate * p.grad
            p.grad = 0.0


class Adam:
    """A step of about `rate`, whatever the size of the gradients.

    m and v are running means of the gradient and of its square. Both
    begin at 0, so they are divided by the part that they hold so far,
    1 - beta**steps. Kingma and Ba 2015, algorithm 1.
    """

    def __init__(self, parameters, beta1=0.85, beta2=0.99, eps=1e-8):
        self.parameters = parameters
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.m = [0.0] * len(parameters)
        self.v = [0.0] * len(parameters)
        self.steps = 0

    def step(self, rate):
        """Move each parameter by rate · m / (√v + eps).

        Clears the gradients.
        """
        self.steps += 1
        beta1, beta2 = self.beta1, self.beta2
        m_scale = 1 - beta1**self.steps
        v_scale = 1 - beta2**self.steps
        for i, p in enumerate(self.parameters):
            self.m[i] = beta1 * self.m[i] + (1 - beta1) * p.grad
            self.v[i] = beta2 * self.v[i] + (1 - beta2) * p.grad**2
            m, v = self.m[i] / m_scale, self.v[i] / v_scale
            p.data -= rate * m / (v**0.5 + self.eps)
            p.grad = 0.0
