"""What a connector says to people in English, marked where it is written, so that the catalogues have it.

Whoever shows it tells it again in the reader's language, known by its shape (`portico_themes.texts.retold`). The
labels, hints and choices of a `Field` and the sentences of errors need no mark.
"""


def N_(sentence: str) -> str:  # noqa: N802 - the name every gettext tool knows
    """The sentence as it is. An f-string of plain values may be marked too."""
    return sentence
