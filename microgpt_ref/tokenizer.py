"""Characters to token ids and back: the vocabulary is whatever the documents are written in."""


class Tokenizer:
    """One id per character, in sorted order, and one more, `bos`.

    `bos` (beginning of sequence) marks both ends of a document.
    Raises ValueError for a character that the vocabulary lacks.
    """

    def __init__(self, docs):
        self.characters = sorted(set("".join(docs)))
        self.ids = {c: i for i, c in enumerate(self.characters)}
        self.bos = len(self.characters)  # the id that is no character
        self.vocab_size = len(self.characters) + 1

    def encode(self, doc):
        """Token ids (characters + 2,): BOS, the characters, BOS."""
        return [self.bos, *self.characters_to_ids(doc), self.bos]

    def characters_to_ids(self, text):
        """Token ids (characters,) of a text, without BOS."""
        for character in text:
            if character not in self.ids:
                known = "".join(self.characters)
                raise ValueError(
                    f"character {character!r} is not in the "
                    f"vocabulary: {known}"
                )
        return [self.ids[character] for character in text]

    def decode(self, tokens):
        """The text of some token ids; BOS adds nothing to it."""
        known = [token for token in tokens if token != self.bos]
        return "".join([self.characters[token] for token in known])
