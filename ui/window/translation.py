"""The reader's language: a file of translations is used if there is one, else English."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from ui.kit.theme import resource

NAME = "uptake"


def install_translations(
    application: QCoreApplication, locale: QLocale | None = None, folder: Path | None = None
) -> tuple[QTranslator, ...]:
    """Show texts in the language of a locale, where there is a translation for it.

    Qt's own texts follow only then: buttons of another language than the window help nobody.

    Parameters
    ----------
    application
        What gets the translators; it owns them.
    locale
        The reader's by default.
    folder
        Where ``uptake_<language>.qm`` lies; ``resources/translations`` by default.

    Returns
    -------
    tuple
        What was installed, nothing for English.
    """
    locale = QLocale() if locale is None else locale
    ours, qts = QTranslator(application), QTranslator(application)
    place = resource("translations") if folder is None else folder
    if not ours.load(locale, NAME, "_", str(place)):
        return ()
    installed = [ours]
    if qts.load(
        locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        installed.insert(0, qts)
    for translator in installed:
        application.installTranslator(translator)
    return tuple(installed)
