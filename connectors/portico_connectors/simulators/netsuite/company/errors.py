"""What goes wrong with a folder of CSV files."""

SHOWN = 100


class BadCompany(Exception):
    """Bad rows; the text has a sentence for each, by file and line, up to a hundred."""

    def __init__(self, sentences: list[str]) -> None:
        shown = sentences[:SHOWN]
        if len(sentences) > SHOWN:
            shown.append(f"... and {len(sentences) - SHOWN} more")
        super().__init__("\n".join(shown))
        self.sentences = sentences
