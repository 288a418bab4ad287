"""Drawing a document, one token after another, from any model that gives probabilities."""


def generate(next_probs, bos, max_tokens, rng, prompt=()):
    """Token ids (at most max_tokens,) of a new document, without BOS.

    next_probs: takes a token and returns the probabilities (V,) of
        the next one; it gets the document's tokens in order, and may
        remember them
    bos: the token that starts a document, and ends it when drawn
    rng: a random.Random; one draw per token
    prompt: tokens that the document begins with; they count towards
        max_tokens
    """
    token, tokens = bos, []
    for position in range(max_tokens):
        probs = next_probs(token)
        if position < len(prompt):
            token = prompt[position]  # given, not drawn
        else:
            token = rng.choices(range(len(probs)), weights=probs)[0]
        if token == bos:
            break
        tokens.append(token)
    return tokens
