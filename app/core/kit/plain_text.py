"""Text of headers and files as it may be shown: it cannot hide, turn around or flood a screen."""

from __future__ import annotations

#: Joiners without which Persian and Indian names are written wrongly; they change no direction.
_JOINERS = "\u200c\u200d"
#: In the place of what has no picture: control characters, bidi overrides, lone surrogates.
REPLACEMENT = "\ufffd"
LONGEST = 200


def readable(text: str, longest: int = LONGEST, *, lines: bool = False) -> str:
    r"""Return text that shows all it holds, at most ``longest`` characters of it.

    Any space is a plain one; what cannot be seen is replaced, so that it is seen that there was
    something. With ``lines`` a text keeps its lines.

    Examples
    --------
    >>> readable("Doe\u202e, Jane\x00")
    'Doe�, Jane�'
    >>> readable("Müller\tAnna")
    'Müller Anna'
    >>> readable("x" * 10, 5)
    'xxxx…'
    """
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isprintable():
        return text
    return "".join(_seen(x, lines=lines) for x in text)


def _seen(character: str, *, lines: bool) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character == "\n" and lines:
        return character
    # A line or paragraph separator of Unicode is a space too.
    return " " if character.isspace() else REPLACEMENT
