"""Errors that a person is told about, apart from bugs."""

from __future__ import annotations


class KnownError(Exception):
    """A problem that can be said in one sentence with a next step.

    Parameters
    ----------
    sentence
        What is wrong, in plain words, without patient data.
    next_step
        What the person can do about it.
    """

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}".strip()


class InputError(KnownError):
    """Something that was given cannot be used: a file, a folder, a value."""


class GridError(KnownError):
    """Two images do not share a grid or a frame of reference."""


class QuantityError(KnownError):
    """Values of different quantities were mixed, or the wrong one was given."""


class ModelError(KnownError):
    """A model package is missing, broken, or does not fit the images."""


class ExportError(KnownError):
    """A result could not be written."""


class JobCancelled(BaseException):
    """Raised inside a job when its cancel token is set.

    It derives from BaseException so that no ``except Exception`` swallows it.
    """


def describe_problem(error: BaseException) -> tuple[str, str]:
    """Return the sentence and the next step for an error, without its details if it is a bug."""
    if isinstance(error, KnownError):
        return error.sentence, error.next_step
    if isinstance(error, MemoryError):
        return "The computer ran out of memory.", "Close other programs or studies and try again."
    return (
        "Something went wrong that Uptake did not expect.",
        "Your work is kept. A report without patient data was written to the log folder.",
    )
