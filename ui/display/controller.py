"""Windows, colours, fusion and units: wishes go to the panes, the panel shows what they use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from weakref import ref

from PySide6.QtWidgets import QMenu

from app.config import config_folder
from app.core.study.display_units import PetUnit
from app.core.study.fusion import can_fuse
from ui.display.lists import (
    fusion_modes,
    palette_title,
    pet_ranges,
    unit_decimals,
    unit_title,
    units,
)
from ui.display.menus import DisplayMenus
from ui.display.panel import DisplayPanel
from ui.display.rows import PLACES
from ui.display.saved_windows import SavedWindows
from ui.display.saving import Saving
from ui.display.specs import PRESET_SPECS
from ui.frame.capability import Controller, Frame
from ui.kit.settings import Json
from viewers.colour.palette_files import ColourMap, PaletteUse, read_colour_maps
from viewers.make.fusion import Fusion, FusionMode
from viewers.scene.windowing import stepped_upper, target, window_of

#: Share of a pane's width that the keys move the line of the swipe by.
SWIPE_STEP = 0.05
UNIT_TOPIC = "unit"


class DisplayController(Controller):
    """Wires the panes' display to panel, menus, keys and settings."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame)
        self._panel, self.settings = frame.panel(DisplayPanel), frame.settings
        self._saved = SavedWindows(self.settings)
        self._maps: dict[str, ColourMap] = {}
        self._listed: object = None
        #: Unit that the reader chose: studies that cannot have it are shown in their own.
        self._wanted: PetUnit | None = None
        self.menus = DisplayMenus(
            self,
            {
                "saved": lambda values: self._scene.display.set_ct_window(*values),
                "range": self.use_range,
                "unit": self.set_unit,
                "fusion": self.set_mode,
                **{x: partial(self.set_colours, x) for x in PLACES},
            },
        )
        self.saving = Saving(self, self._saved, self.menus.saved, self._list_again)
        self._connect()

    def _connect(self) -> None:
        panel, session, display = self._panel, self._session, self._scene.display
        for name, act in {
            "suv_lower": lambda: self._step_upper(-1),
            "suv_higher": lambda: self._step_upper(+1),
            "save_ct_window": self.saving.save_ct_window,
            "save_pet_range": self.saving.save_pet_range,
            "remove_saved": self.saving.remove,
            "next_unit": self._next_unit,
            "next_colours": lambda: self._next_colours("pet", "mip"),
            "next_fused_colours": lambda: self._next_colours("fused"),
            "next_fusion": self._next_mode,
            "swipe_left": lambda: self._swipe(-SWIPE_STEP),
            "swipe_right": lambda: self._swipe(+SWIPE_STEP),
        }.items():
            self.on(name, partial(self._with_study, act))
        self.on("own_window", lambda: self._unlink(self._actions["own_window"].isChecked()))
        for spec in PRESET_SPECS:
            self.on(spec.name, partial(self._set_ct, *spec.values))
        self._connect_panel()
        self.listen(session.studies.active_changed, lambda _study: self._show_present())
        self.listen(session.derived.changed, lambda _images: self._show_present())
        self.listen(session.alignment.placed, lambda _study: self._show_present())
        self.listen(display.display_changed, self._show)
        self.listen(display.pet_range_changed, panel.show_pet_range)
        self.listen(display.ct_window_changed, panel.show_ct_window)
        self.listen(display.pet_range_changed, lambda *_: self._show_windows())
        self.listen(display.ct_window_changed, lambda *_: self._show_windows())
        # Files are read when the first study comes, so that the window does not wait for them.
        self.on_desk(lambda _desk: self._read_colours())
        self._show_present()
        panel.show_pet_range(0.0, 7.0)
        panel.show_ct_window(400.0, 40.0)

    def _connect_panel(self) -> None:
        rows, panel, display = self._panel.rows, self._panel, self._scene.display
        self.listen(rows.unit_wanted, self.set_unit)
        self.listen(rows.range_wanted, display.set_pet_range)
        self.listen(rows.save_range_wanted, self.saving.save_pet_range)
        self.listen(rows.fusion_wanted, self.set_mode)
        self.listen(rows.threshold_wanted, self._set_threshold)
        self.listen(rows.colours_wanted, self.set_colours)
        self.listen(panel.save_ct_wanted, self.saving.save_ct_window)
        self.listen(panel.pet_range_wanted, display.set_pet_range)
        self.listen(panel.ct_window_wanted, self._set_ct)
        self.listen(panel.fusion_wanted, display.set_fusion_opacity)

    def _with_study(self, act: Callable[[], object]) -> None:
        if self._scene.study is not None:
            act()

    # From the panes

    def _read_colours(self) -> None:
        found, problems = read_colour_maps(config_folder() / "palettes")
        self._maps = {n: x for n, x in found.items() if x.use is PaletteUse.UPTAKE}
        self._list_colours()
        self._use_kept_colours()
        self.saving.fill()
        for problem in problems:
            self.saving.tell(problem)

    def _show_present(self) -> None:
        """Offer the settings of what can be seen: a synthetic CT has a CT's window."""
        situation = self.frame.situation()
        study = situation.study
        pet = None if study is None or study.pet is None else study.pet.quantity
        fused = study is not None and can_fuse(study)
        self._panel.set_present(pet=pet, ct=situation.has_ct, fused=fused)

    def _use_kept_colours(self) -> None:
        names = self.settings.value("colours", dict[str, Json]())
        chosen = {x: str(names.get(x)) for x in PLACES}
        known = {x: self._maps[name] for x, name in chosen.items() if name in self._maps}
        self._take_colours(known)

    def _show(self) -> None:
        """Bring panel and menus in line with what the panes use."""
        scene = self._scene.scene
        study = None if scene.study is None else ref(scene.study)
        if self._listed != (study, scene.unit):
            self._listed = (study, scene.unit)
            if self._take_wanted_unit():
                # Its own signal has brought everything in line.
                return
            self._list()
        rows, fusion = self._panel.rows, scene.fusion
        rows.show_chosen_fusion(fusion.mode, fusion.threshold * scene.unit.factor)
        self.menus.fusion.show(fusion.mode)
        self._panel.show_fusion(fusion.opacity)
        shown = {x: getattr(scene.palettes, x).name for x in PLACES}
        rows.show_chosen_colours(shown)
        for place, menu in self.menus.colours.items():
            menu.show(shown[place])
        self._show_windows()

    def _take_wanted_unit(self) -> bool:
        """Use the reader's unit in a study that can have it again; otherwise say why not."""
        scene, wanted = self._scene.scene, self._wanted
        self.frame.banners.dismiss(UNIT_TOPIC)
        listed = next((x for x in units(scene.study) if x.unit is wanted), None)
        if listed is None or scene.unit.unit is wanted or (listed.native and not scene.unit.unit):
            return False
        if not listed.obstacle:
            self._scene.display.set_unit(wanted)
            return True
        said = self.tr("This PET is shown in {0}, and not in {1}.")
        sentence = said.format(scene.pet_unit, listed.title)
        self.frame.banners.show_message(UNIT_TOPIC, "info", sentence, listed.obstacle)
        return False

    def _list(self) -> None:
        """List what can be chosen for this study, in the present unit."""
        scene = self._scene.scene
        study, rows, menus = scene.study, self._panel.rows, self.menus
        listed = units(study)
        shown = scene.unit.unit or next((x.unit for x in listed if x.native), None)
        rows.show_units([(x.unit, x.title, x.obstacle) for x in listed], str(shown or ""))
        menus.unit.fill([(x.unit, x.title, x.obstacle) for x in listed], shown)
        menus.unit.disable([x.unit for x in listed if x.obstacle])
        decimals = unit_decimals(shown, scene.pet)
        title = unit_title(shown) if shown else scene.pet_unit
        self._panel.set_unit(title, scene.unit.factor, decimals)
        ranges = pet_ranges(scene, self._saved)
        rows.show_ranges(ranges)
        menus.range.fill([(x.title, x.title, x.source) for x in ranges], None)
        modes = fusion_modes()
        rows.show_fusion(modes)
        menus.fusion.fill(modes, None)
        rows.set_threshold_unit(scene.pet_unit, decimals)

    def _list_again(self) -> None:
        self._list()
        self._show()

    def _list_colours(self) -> None:
        maps = [(x.name, palette_title(x.title), x.table) for x in self._maps.values()]
        self._panel.rows.show_colours(maps)
        for menu in self.menus.colours.values():
            menu.fill([(n, title, "") for n, title, _ in maps], None)

    def _show_windows(self) -> None:
        scene = self._scene.scene
        pane = target(scene)
        window = window_of(scene, pane)
        self._panel.rows.show_range(window.pet_range)
        self.menus.range.show(self._panel.rows.range_title)
        self.menus.saved.show(window.ct_window)
        self._actions["own_window"].setChecked(pane is not None)

    def fill_pane_menu(self, menu: QMenu, pane: int) -> None:
        """Add what sets the display of a pane to its menu."""
        scene = self._scene.scene
        self._show_windows()
        self.menus.fill_pane_menu(menu, str(scene.base(scene.layout.panes[pane].content)))

    # From the reader

    def set_unit(self, unit: str) -> None:
        """Write the PET's numbers in a unit, in this study and in those to come."""
        self._wanted = PetUnit(unit)
        self._scene.display.set_unit(self._wanted)

    def use_range(self, title: str) -> None:
        """Use one of the listed PET ranges."""
        box = self._panel.rows.range
        box.setCurrentIndex(box.findText(title))
        self._scene.display.set_pet_range(*box.currentData())
        self._show_windows()

    def set_mode(self, mode: str) -> None:
        """Lay PET over CT in another way."""
        self._set_fusion(replace(self._scene.scene.fusion, mode=FusionMode(mode)))

    def set_colours(self, place: str, name: str) -> None:
        """Use a colour map for one of `PLACES`, now and in studies to come."""
        self._keep_colours({place: self._maps[name]})

    def _keep_colours(self, chosen: dict[str, ColourMap]) -> None:
        self._take_colours(chosen)
        names = {x: getattr(self._scene.scene.palettes, x).name for x in PLACES}
        self.settings.set_value("colours", names)

    def _take_colours(self, chosen: dict[str, ColourMap]) -> None:
        palettes = replace(self._scene.scene.palettes, **chosen)
        self._scene.display.set_palettes(palettes)

    def _next_colours(self, *places: str) -> None:
        names = list(self._maps)
        here = getattr(self._scene.scene.palettes, places[0]).name
        chosen = self._maps[names[(names.index(here) + 1) % len(names)]]
        self._keep_colours(dict.fromkeys(places, chosen))

    def _next_unit(self) -> None:
        scene = self._scene.scene
        listed = [x for x in units(scene.study) if not x.obstacle]
        if listed:
            shown = scene.unit.unit or next((x.unit for x in listed if x.native), listed[0].unit)
            at = [x.unit for x in listed].index(shown)
            self.set_unit(listed[(at + 1) % len(listed)].unit)

    def _next_mode(self) -> None:
        names = [name for name, _, _ in fusion_modes()]
        at = names.index(self._scene.scene.fusion.mode)
        self.set_mode(names[(at + 1) % len(names)])

    def _set_threshold(self, shown: float) -> None:
        scene = self._scene.scene
        self._set_fusion(replace(scene.fusion, threshold=shown / scene.unit.factor))

    def _swipe(self, by: float) -> None:
        fusion = self._scene.scene.fusion
        self._set_fusion(replace(fusion, swipe=min(max(fusion.swipe + by, 0.0), 1.0)))

    def _set_fusion(self, fusion: Fusion) -> None:
        self._scene.display.set_fusion(fusion)

    def _step_upper(self, direction: int) -> None:
        scene = self._scene.scene
        bounds = window_of(scene, target(scene)).pet_range
        self._scene.display.set_pet_range(bounds[0], stepped_upper(scene, bounds, direction))

    def _unlink(self, unlinked: bool) -> None:
        active = self._scene.scene.active
        if active is None:
            self._actions["own_window"].setChecked(False)
        else:
            self._scene.display.unlink_window(active, unlinked)

    def _set_ct(self, width: float, level: float) -> None:
        self._scene.display.set_ct_window(width, level)
        self._panel.show_ct_window(width, level)
