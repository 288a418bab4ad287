"""A complete GPT in plain Python, stage by stage, to be read from `data` to `checkpoint`.

The modules, in reading order; each imports only from those before it:

data         names to learn from, one document per line
tokenizer    characters to token ids and back
sampling     drawing a document from next-token probabilities
bigram       train0: counting pairs
layers       linear, softmax, rmsnorm and the loss, for floats and for Values
mlp          train1: a small neural network and its gradient by hand
value        train2: the same gradient by automatic differentiation
transformer  train3: positions and one-head attention
gpt          train4: many heads and many layers
adam         from gradients to better weights: SGD and Adam
training     the training loop and the loss on held-out documents
learners     how a model learns: by counting, by hand, through a graph of Values
stages       the table of stages: all that sets one apart from the others
settings     what a model is like, and the checks of what comes from outside
runner       a training run that can stop at any step and stay whole
model        one object for every stage: settings, weights, training, sampling
checkpoint   a model as a JSON file

After Andrej Karpathy's microgpt (2026), micrograd, makemore and nanoGPT.
"""

__version__ = "0.1.0"
