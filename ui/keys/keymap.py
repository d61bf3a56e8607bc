"""Which keys belong to which action: the defaults of the tables, and what the reader changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QKeySequence

from ui.actions.actions import Actions
from ui.actions.plan import in_order
from ui.actions.spec import ActionSpec, translated
from ui.kit.settings import Json, Settings

#: Keys of one action in Qt's portable writing, such as ``Ctrl+O``; the first is said first.
Keys = tuple[str, ...]
SETTING = "shortcuts"

#: They move the focus, the slices and the table, press buttons and close dialogs.
_PRESSING = ("Space", "Return", "Enter", "Esc", "Tab", "Backtab", "Shift+Tab", "Shift+Backtab")
_MOVING = ("Up", "Down", "Left", "Right", "PgUp", "PgDown", "Home", "End")
RESERVED = frozenset((*_PRESSING, *_MOVING))


@dataclass(frozen=True)
class KeyEntry:
    """An action that can have keys: its name, group, title and submenu (translated), usual keys."""

    name: str
    group: str
    title: str
    tip: str
    defaults: Keys
    submenu: str = ""


def key_entries(specs: Iterable[ActionSpec]) -> tuple[KeyEntry, ...]:
    """Return the actions as they can be given keys, in the order of the menus."""
    return tuple(
        KeyEntry(
            spec.name,
            translated(spec.group),
            spec.title,
            spec.shown_tip,
            tuple(x for x in map(written, spec.keys) if x),
            translated(spec.submenu) if spec.submenu else "",
        )
        for spec in in_order(specs)
    )


def written(key: str) -> str:
    """Return a key in its one portable writing; an empty text if it is none."""
    text = _sequence(key).toString(QKeySequence.SequenceFormat.PortableText)
    return text if text.isprintable() else ""


def _sequence(key: str) -> QKeySequence:
    # Qt would read a bare text in the reader's language.
    return QKeySequence.fromString(key, QKeySequence.SequenceFormat.PortableText)


def shown(keys: Iterable[str]) -> str:
    """Write keys as this computer writes them, one after the other."""
    native = QKeySequence.SequenceFormat.NativeText
    return " / ".join(_sequence(x).toString(native) for x in keys)


def clash(one: str, other: str) -> bool:
    """Whether two keys cannot both be listened to: they are the same, or one begins the other."""
    none = QKeySequence.SequenceMatch.NoMatch
    a, b = _sequence(one), _sequence(other)
    return a.matches(b) != none or b.matches(a) != none


def effective_keys(defaults: Mapping[str, Keys], own: Mapping[str, Keys]) -> dict[str, Keys]:
    """Return the keys of every action such that no two clash.

    What the reader gave (``own``) comes before the defaults, which lose the keys that are taken;
    otherwise the first of the table comes first. Without this a key that has two actions, from a
    file edited by hand or a newer program, would do nothing at all.
    """
    taken: list[str] = []
    found: dict[str, Keys] = {}
    ordered = [*(x for x in defaults if x in own), *(x for x in defaults if x not in own)]
    for name in ordered:
        kept: list[str] = []
        for key in own.get(name, defaults[name]):
            if not any(clash(key, other) for other in (*taken, *kept)):
                kept.append(key)
        taken += kept
        found[name] = tuple(kept)
    return {name: found[name] for name in defaults}


class Keymap(QObject):
    """Gives the actions their keys and remembers what the reader changed.

    Signals
    -------
    changed()
        Some action has other keys.
    """

    changed = Signal()

    def __init__(self, actions: Actions, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions, self._settings = actions, settings
        self.entries: tuple[KeyEntry, ...] = ()
        self._defaults: dict[str, Keys] = {}
        self._own: dict[str, Keys] = {}
        #: Keys in the settings that could not be understood.
        self.not_understood = 0
        self._keys: dict[str, Keys] = {}
        self._take_actions()
        actions.changed.connect(self._take_actions)

    def _take_actions(self) -> None:
        """Follow which actions there are."""
        self.entries = key_entries(self._actions.specs)
        self._defaults = {x.name: x.defaults for x in self.entries}
        self.not_understood = 0
        stored = self._settings.value(SETTING, dict[str, Json]())
        self._own = {n: self._read(stored[n]) for n in self._defaults if n in stored}
        # Of another version's actions, or of a part that is away: they stay in the file.
        self._foreign = {n: x for n, x in stored.items() if n not in self._defaults}
        self._apply()
        self.changed.emit()

    def keys(self, name: str) -> Keys:
        """Keys of an action now."""
        return self._keys[name]

    def entry(self, name: str) -> KeyEntry:
        """Return what is known of an action."""
        return next(x for x in self.entries if x.name == name)

    def is_changed(self, name: str) -> bool:
        """Whether an action has other keys than its usual ones."""
        return self._keys[name] != self._defaults[name]

    def refusal(self, key: str) -> str:
        """Say why a key can be given to no action; an empty text if it can."""
        if not written(key):
            return QCoreApplication.translate("keymap", "This key cannot be used.")
        if written(key) in RESERVED:
            said = QCoreApplication.translate(
                "keymap", "{0} moves through panes, lists and dialogs and cannot be given away."
            )
            return said.format(shown([key]))
        return ""

    def owners(self, key: str, besides: str = "") -> tuple[str, ...]:
        """Names of the actions, other than ``besides``, whose keys a key would clash with."""
        return tuple(
            name
            for name, keys in self._keys.items()
            if name != besides and any(clash(key, x) for x in keys)
        )

    def set_keys(self, name: str, keys: Sequence[str]) -> None:
        """Give an action these keys; actions that have them lose them.

        Raises
        ------
        ValueError
            If a key is none, or is reserved.
        """
        given = tuple(dict.fromkeys(written(x) for x in keys))
        if any(self.refusal(x) for x in given if x not in self._defaults[name]):
            raise ValueError(f"a key of {given} cannot be given to {name}")
        for key in given:
            for owner in self.owners(key, besides=name):
                self._own[owner] = tuple(x for x in self._keys[owner] if not clash(x, key))
        self._own[name] = given
        self._store()

    def reset(self, name: str) -> None:
        """Give an action its usual keys back; actions that have them lose them."""
        self.set_keys(name, self._defaults[name])

    def reset_all(self) -> None:
        """Give every action its usual keys back."""
        self._own = {}
        self._store()

    def _read(self, stored: Json) -> Keys:
        if not isinstance(stored, list):
            self.not_understood += 1
            return ()
        found = [written(x) if isinstance(x, str) else "" for x in stored]
        self.not_understood += found.count("")
        return tuple(x for x in dict.fromkeys(found) if x)

    def _store(self) -> None:
        self._own = {n: x for n, x in self._own.items() if x != self._defaults[n]}
        own: dict[str, Json] = {n: list(x) for n, x in self._own.items()}
        self._settings.set_value(SETTING, {**self._foreign, **own} or None)
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        self._keys = effective_keys(self._defaults, self._own)
        for name, keys in self._keys.items():
            self._actions.set_keys(name, [_sequence(x) for x in keys])
