"""The dialog in which any action gets other keys."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ui.frame.capability import Section
from ui.keys.keymap import Keymap, shown
from ui.kit.theme import colour

NAME_ROLE = Qt.ItemDataRole.UserRole
#: Keys an action can be given here; a third one from a table or a file is kept.
FIELDS = 2


class KeyField(QKeySequenceEdit):
    """Takes the next key that is pressed; Tab goes on, Escape leaves it as it was.

    Signals
    -------
    recorded(str)
        The key in Qt's portable writing; an empty text if it was cleared.
    """

    recorded = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumSequenceLength(1)
        self.setClearButtonEnabled(True)
        self._present = ""
        self._recording = False
        self.editingFinished.connect(self._tell)
        self.keySequenceChanged.connect(self._on_cleared)

    def show_key(self, key: str) -> None:
        """Show an action's present key."""
        self._present, self._recording = key, False
        self.setKeySequence(QKeySequence(key))

    def event(self, event: QEvent) -> bool:
        """Let Tab and Escape do what they do everywhere."""
        key = event.key() if isinstance(event, QKeyEvent) else None
        if key == Qt.Key.Key_Escape and event.type() == QEvent.Type.KeyPress:
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Record a key; Qt empties the field first, which is no wish to have no key."""
        self._recording = True
        super().keyPressEvent(event)

    def _on_cleared(self) -> None:
        if self.keySequence().isEmpty() and self._present and not self._recording:
            self._tell()

    def _tell(self) -> None:
        self._recording = False
        key = self.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if key != self._present:
            self.recorded.emit(key)


class ShortcutEditor(QDialog):
    """Lists every action by menu with its keys, and changes them at once.

    Parameters
    ----------
    keymap
        Which keys belong to which action.
    fixed
        Gestures and keys that nobody can change, which are listed below.
    parent
        The window.
    """

    def __init__(
        self, keymap: Keymap, fixed: Iterable[Section], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._keymap, self._fixed = keymap, tuple(fixed)
        self._wanted: tuple[str, ...] = ()
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(640, 620)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search by action or key"))
        self.search.setAccessibleName(self.tr("Search by action or key"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        column.addWidget(self.search)
        self.tree = self._make_tree()
        column.addWidget(self.tree, 1)
        column.addWidget(self._make_fields())
        column.addWidget(self._make_conflict())
        column.addLayout(self._make_buttons())
        self._fill()
        keymap.changed.connect(self._show_keys)
        self.search.setFocus()

    # Building

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        tree.setAccessibleName(self.tr("Actions and their keys"))
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        tree.setUniformRowHeights(True)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        tree.header().setStretchLastSection(False)
        tree.currentItemChanged.connect(lambda *_: self._choose())
        tree.itemActivated.connect(lambda *_: self.fields[0].setFocus())
        return tree

    def _make_fields(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 4, 0, 0)
        grid.setHorizontalSpacing(10)
        self.chosen = QLabel()
        self.chosen.setObjectName("title")
        self.chosen.setWordWrap(True)
        grid.addWidget(self.chosen, 0, 0, 1, 5)
        self.fields: list[KeyField] = []
        for place, title in enumerate((self.tr("Key"), self.tr("Second key"))):
            field = KeyField()
            field.setAccessibleName(title)
            field.setToolTip(self.tr("Press the new key; the cross takes the key away"))
            field.recorded.connect(lambda key, place=place: self._record(place, key))
            label = QLabel(title)
            label.setObjectName("dim")
            grid.addWidget(label, 1, 2 * place)
            grid.addWidget(field, 1, 2 * place + 1)
            grid.setColumnStretch(2 * place + 1, 1)
            self.fields.append(field)
        self.reset = QPushButton(self.tr("Usual keys"))
        self.reset.setToolTip(self.tr("Give this action its usual keys back"))
        self.reset.clicked.connect(self._reset)
        grid.addWidget(self.reset, 1, 4)
        return holder

    def _make_conflict(self) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        self.said = QLabel()
        self.said.setObjectName("warn")
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.move_key = QPushButton(self.tr("Move the key"))
        self.move_key.setAutoDefault(False)
        self.move_key.clicked.connect(self._move)
        self.keep = QPushButton(self.tr("Leave it"))
        self.keep.setAutoDefault(False)
        self.keep.clicked.connect(self._choose)
        row.addWidget(self.said, 1)
        row.addWidget(self.move_key)
        row.addWidget(self.keep)
        return holder

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.reset_all = QPushButton(self.tr("All usual keys"))
        self.reset_all.setToolTip(self.tr("Give every action its usual keys back"))
        self.reset_all.clicked.connect(self._keymap.reset_all)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.button(QDialogButtonBox.StandardButton.Close).setText(self.tr("Close"))
        close.rejected.connect(self.reject)
        for button in (self.reset, self.reset_all, *close.buttons()):
            # Enter in the search field or a key field must not press them.
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        row.addWidget(self.reset_all)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _fill(self) -> None:
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._groups: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        for title, entries in groupby(self._keymap.entries, key=lambda x: x.group):
            group, rows = self._group(title)
            for entry in entries:
                item = QTreeWidgetItem(group, [entry.title, ""])
                item.setData(0, NAME_ROLE, entry.name)
                item.setToolTip(0, entry.tip)
                self._rows[entry.name] = item
                rows.append(item)
        for section in self._fixed:
            group, rows = self._group(section.title)
            for hand, does in section.rows:
                item = QTreeWidgetItem(group, [does, hand])
                for place in (0, 1):
                    item.setForeground(place, colour("dim"))
                rows.append(item)
        self.tree.expandAll()
        self._show_keys()
        self.tree.setCurrentItem(next(iter(self._rows.values())))

    def _group(self, title: str) -> tuple[QTreeWidgetItem, list[QTreeWidgetItem]]:
        group = QTreeWidgetItem(self.tree, [title])
        font = group.font(0)
        font.setBold(True)
        group.setFont(0, font)
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        # All rows are as high as the first.
        group.setSizeHint(0, QSize(0, self.fontMetrics().height() + 8))
        self._groups.append((group, []))
        return self._groups[-1]

    # What the reader does

    @property
    def name(self) -> str:
        """Name of the chosen action; an empty text for a gesture."""
        item = self.tree.currentItem()
        return str(item.data(0, NAME_ROLE) or "") if item is not None else ""

    def choose(self, name: str) -> None:
        """Choose an action."""
        self.tree.setCurrentItem(self._rows[name])

    def want(self, key: str, place: int = 0) -> None:
        """Wish a key for the chosen action, as if it were pressed in a field."""
        self._record(place, key)

    def _choose(self) -> None:
        """Show the chosen action and its keys; whatever was asked is over."""
        self._wanted = ()
        self._say("")
        name = self.name
        for place, field in enumerate(self.fields):
            keys = self._keymap.keys(name) if name else ()
            field.show_key(keys[place] if place < len(keys) else "")
            field.setEnabled(bool(name))
        self.reset.setEnabled(bool(name) and self._keymap.is_changed(name))
        item = self.tree.currentItem()
        if name:
            self.chosen.setText(self._keymap.entry(name).title)
        elif item is not None and item.parent() is not None:
            self.chosen.setText(self.tr("What mouse and focus keys do cannot be changed."))
        else:
            self.chosen.setText("")

    def _record(self, place: int, key: str) -> None:
        keys = [*self._keymap.keys(self.name)]
        keys[place : place + 1] = [key] if key else []
        self._want(tuple(dict.fromkeys(keys)), key)

    def _reset(self) -> None:
        self._want(self._keymap.entry(self.name).defaults, "")

    def _want(self, keys: tuple[str, ...], pressed: str) -> None:
        """Give the chosen action these keys, or ask first where that takes some from others."""
        refusal = self._keymap.refusal(pressed) if pressed else ""
        if refusal:
            self._choose()
            self._say(refusal)
            return
        owners = {o: k for k in keys for o in self._keymap.owners(k, besides=self.name)}
        if not owners:
            self._keymap.set_keys(self.name, keys)
            return
        names = ", ".join(f"“{self._keymap.entry(x).title}”" for x in owners)
        taken = shown(dict.fromkeys(owners.values()))
        words = self.tr("{0} belongs to {1}. Move it to “{2}”?")
        self._wanted = keys
        self._say(words.format(taken, names, self._keymap.entry(self.name).title), ask=True)
        self.move_key.setFocus()

    def _move(self) -> None:
        self._keymap.set_keys(self.name, self._wanted)
        self.fields[0].setFocus()

    def _say(self, sentence: str, *, ask: bool = False) -> None:
        self.said.setText(sentence)
        self.move_key.setVisible(ask)
        self.keep.setVisible(ask)

    def _show_keys(self) -> None:
        plain, changed = colour("text"), colour("accent_high")
        for name, item in self._rows.items():
            is_changed = self._keymap.is_changed(name)
            item.setText(1, shown(self._keymap.keys(name)))
            item.setForeground(1, QColor(changed if is_changed else plain))
            item.setToolTip(1, self._usual(name) if is_changed else "")
        self.reset_all.setEnabled(any(map(self._keymap.is_changed, self._rows)))
        self._choose()

    def _usual(self, name: str) -> str:
        usual = shown(self._keymap.entry(name).defaults)
        return self.tr("Usually {0}").format(usual or self.tr("no key"))

    def _filter(self, words: str) -> None:
        parts = words.casefold().split()
        for group, rows in self._groups:
            for row in rows:
                text = " ".join((group.text(0), row.text(0), row.text(1), row.toolTip(0)))
                row.setHidden(not all(x in text.casefold() for x in parts))
            group.setHidden(all(x.isHidden() for x in rows))
        first = next((x for x in self._rows.values() if not x.isHidden()), None)
        present = self.tree.currentItem()
        if first is not None and (present is None or present.isHidden()):
            self.tree.setCurrentItem(first)
