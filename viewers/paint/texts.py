"""What is written in the corners of a pane."""

from __future__ import annotations

from app.core.kit.plain_text import readable
from app.core.space.volume import Quantity, Volume
from app.core.study.person_name import readable_name
from app.core.study.study import Study
from viewers.colour.palette_files import Palette
from viewers.colour.palettes import palette
from viewers.make.fuser import bar_palette
from viewers.make.slab import SLAB_NAMES
from viewers.make.surface import body_source
from viewers.paint.annotate import Corners, Line
from viewers.paint.numbers import amount, number, short_date
from viewers.paint.pictures import MAP_PALETTES
from viewers.paint.words import pane_word
from viewers.scene.followers import FollowerScene, LinkKind
from viewers.scene.scene import PaneBox, Scene
from viewers.scene.shown import PaneShown
from viewers.scene.values import MapKind
from viewers.space.geometry import Plane, nearest_array_axis
from viewers.space.layouts import Content

_AXIS_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
_CONTENT_NAMES = {
    Content.CT: "CT",
    Content.PET: "PET",
    Content.FUSED: "Fused",
    Content.MIP: "MIP",
    Content.SURFACE: "3D",
}
#: Names of the maps of a derived image, in a wide and in a narrow pane.
_MAP_NAMES = {
    MapKind.DIFFERENCE: ("Difference", "Diff."),
    MapKind.DEVIATION: ("Deviation", "SD"),
}


#: A date that cannot be read is shown as it stands.
LONGEST_DATE = 40


def pane_corners(shown: PaneShown) -> Corners:
    """Return the corner texts: who and what, when, where, and in which window."""
    scene, box, content = shown.scene, shown.box, shown.content
    study = scene.study
    if study is None:
        return Corners()
    image = shown_image(scene, content)
    name = readable(readable_name(study.patient.name))
    # De-identified studies often state the id as the name: once is enough.
    identity = study.patient.id if study.patient.id != name else ""
    # The mark of a derived image says what it is.
    marked = scene.shows_derived(content)
    described = (identity, "" if marked else _series_description(image, scene))
    return Corners(
        top_left=(
            Line(
                _title(scene, box),
                whole=False,
                short=_title(scene, box, letters=3),
                shortest=_title(scene, box, letters=0),
            ),
            Line(name, 1, whole=False),
            # The id stands first: a long name or description must not push it out.
            Line(readable(" · ".join(x for x in described if x)), 1, whole=False),
        ),
        top_right=(*_when(shown, study), _phase(image, scene)),
        bottom_left=(Line(_zoom(shown), 2), *_where(shown)),
        bottom_right=_window(shown),
    )


def _when(shown: PaneShown, study: Study) -> tuple[Line, ...]:
    """Date of the study; beside another study it must not be left out, nor how both are linked."""
    if not shown.compared:
        return (Line(_date(study), 2),)
    words, short = _link_words(shown)
    return (Line(_date(study) or "Date unknown"), Line(words, 1, short=short))


def _date(study: Study) -> str:
    return readable(short_date(study.date), LONGEST_DATE)


def _link_words(shown: PaneShown) -> tuple[str, str]:
    """How a pane of another study follows the active one, in a wide and in a narrow pane."""
    if shown.link is None:
        return "", ""
    if not shown.linked:
        return "not linked", "not linked"
    words = {
        LinkKind.FRAME: ("linked by position", "position"),
        LinkKind.TABLE: ("linked by table offset", "table offset"),
        LinkKind.READER: ("linked by reader", "by reader"),
    }
    return words[shown.link]


def shown_image(scene: Scene, content: Content) -> Volume | None:
    """Image whose values and slices a pane shows (the PET of a fused pane, the body's in 3D)."""
    if content is Content.SURFACE:
        return body_source(scene.study) if scene.study else None
    is_ct = scene.base(content) is Content.CT
    return scene.ct_of(content) if is_ct else scene.pet_of(content)


def _title(scene: Scene, box: PaneBox, letters: int | None = None) -> str:
    content = box.spec.content
    if content in (Content.MIP, Content.SURFACE):
        return _CONTENT_NAMES[content]
    name = _content_name(scene, content, short=letters is not None)
    return f"{name} {pane_word(box.spec.plane)[:letters]}".strip()


def _content_name(scene: Scene, content: Content, *, short: bool) -> str:
    kind = scene.map_kind(content)
    if kind is not None:
        return pane_word(_MAP_NAMES[kind][int(short)])
    name = pane_word(_CONTENT_NAMES[scene.base(content)])
    image = shown_image(scene, content)
    if image is not None and image.quantity is Quantity.MR:
        name = "MR"
    elif scene.base(content) is Content.PET and _is_spect(scene, image):
        name = "NM"
    elif image is not None and image.quantity is Quantity.MU:
        name = "\u00b5"
    if content is not Content.ORIGINAL:
        return name
    return pane_word("Orig. {0}" if short else "Original {0}").format(name)


def _is_spect(scene: Scene, image: Volume | None) -> bool:
    """Whether an image is a SPECT that is shown in the place of a PET."""
    series = scene.study.series_of(image.series_uid) if scene.study and image else None
    return series is not None and series.modality == "NM"


def _series_description(image: Volume | None, scene: Scene) -> str:
    if image is None:
        return ""
    series = scene.study.series_of(image.series_uid) if scene.study else None
    return image.description or (series.description if series else "")


def _phase(image: Volume | None, scene: Scene) -> Line:
    """Which time frame or gate of a 4D series is shown."""
    series = scene.study.series_of(image.series_uid) if scene.study and image else None
    phases = None if series is None else series.phases
    if phases is None:
        return Line("")
    count = len(phases.labels)
    short = f"mean of {count}" if phases.shown == phases.MEAN else f"{phases.shown + 1} of {count}"
    return Line(readable(phases.sentence), 0, short=short)


def _where(shown: PaneShown) -> tuple[Line, ...]:
    scene, content, plane = shown.scene, shown.content, shown.box.spec.plane
    if content is Content.MIP:
        if scene.mip is None:
            return ()
        degrees = 360 * (scene.mip_number % scene.mip.count) / scene.mip.count
        return (Line(f"{number(degrees, 0)}°"),)
    if content is Content.SURFACE:
        return (Line(_look(scene)),)
    grid = scene.grid_of(content)
    if grid is None or shown.slice_number is None:
        return ()
    thick = slab_lines(scene, content)
    if shown.oblique_degrees is not None:
        return (*thick, Line(f"Oblique {number(shown.oblique_degrees, 0)}°"))
    index, count = shown.slice_number
    position = scene.position(content)[plane.normal_axis]
    letter = _AXIS_LETTERS[plane.normal_axis][int(position < 0)]
    counted = f"{index + 1} / {count}"
    if isinstance(scene, FollowerScene):
        low, high = grid.bounds_lps_mm[:, plane.normal_axis]
        counted = counted if low <= position <= high else "outside the scan"
    return (
        *thick,
        Line(f"{letter} {number(abs(position))} mm", 1),
        _interpolated(scene, content, plane, index),
        Line(counted),
    )


def _interpolated(scene: Scene, content: Content, plane: Plane, index: int) -> Line:
    """Say that the slice is (or across it: that some are) made between two images."""
    image = shown_image(scene, content)
    series = scene.study.series_of(image.series_uid) if scene.study and image else None
    if image is None or series is None or not series.interpolated:
        return Line("")
    if nearest_array_axis(image.grid, plane.normal_axis) != 0:
        count = len(series.interpolated)
        said = "1 slice" if count == 1 else f"{count} slices"
        return Line(f"{said} interpolated", 0, short=f"{count} interp.")
    if index not in series.interpolated:
        return Line("")
    return Line("interpolated slice", 0, short="interp.")


def slab_lines(scene: Scene, content: Content) -> tuple[Line, ...]:
    """Say what slab a pane shows: kind and thickness; nothing of a single slice or a map."""
    slab = scene.slab
    if slab.mode is None or scene.map_kind(content) is not None:
        return ()
    return (Line(f"{SLAB_NAMES[slab.mode]} {amount(slab.thickness_mm)} mm"),)


def _look(scene: Scene) -> str:
    angle = scene.surface.angle_degrees(scene.mip, scene.mip_number)
    tilt = round(scene.surface.tilt_degrees)
    turned = f"{number(round(angle) % 360, 0)}°"
    return f"{turned}  {'↓' if tilt > 0 else '↑'} {number(abs(tilt), 0)}°" if tilt else turned


def _zoom(shown: PaneShown) -> str:
    return "" if abs(shown.zoom - 1.0) < 0.005 else f"{number(shown.zoom)}×"


def colour_bar(scene: Scene, content: Content) -> tuple[Palette, tuple[float, float], str] | None:
    """Return a pane's palette, bounds and unit as written beside it; ``None`` for a grey one."""
    kind, factor = scene.map_kind(content), scene.unit.factor
    if kind is not None:
        (lower, upper), own = scene.made.map_bounds(kind), _map_factor(scene)
        return palette(MAP_PALETTES[kind]), (lower * own, upper * own), scene.map_unit
    base = scene.base(content)
    if base in (Content.CT, Content.SURFACE):
        return None
    lower, upper = scene.window.pet_range
    bounds, colours = (lower * factor, upper * factor), scene.palettes
    if base is Content.FUSED:
        shown = bar_palette(colours.fused.table, scene.fusion, scene.window.pet_range)
        return shown, bounds, scene.pet_unit
    table = colours.mip.table if base is Content.MIP else colours.pet.table
    return table, bounds, scene.pet_unit


def _map_factor(scene: Scene) -> float:
    return 1.0 if scene.derived is None else scene.factor_of(scene.derived.volume)


def _window(shown: PaneShown) -> tuple[Line, ...]:
    scene, content = shown.scene, shown.content
    kind = scene.map_kind(content)
    if kind is not None:
        range_text = f"{_bound(scene.made.limits[kind], _map_factor(scene))} {scene.map_unit}"
        if kind is MapKind.DIFFERENCE:
            return (Line(f"\u00b1{range_text}"),)
        # A low pane has no colour bar: there its range must find room.
        return (Line(f"SD 0–{range_text}", short=f"0–{range_text}"),)
    base, factor = scene.base(content), scene.unit.factor
    lower, upper = (_bound(bound, factor) for bound in scene.window.pet_range)
    if base is Content.SURFACE:
        return ()
    grey, pet = _grey_window(scene, content), f"{scene.pet_unit} {lower}–{upper}"
    # Who reads one pane's colours by another's bar must be warned.
    own = shown.own_window
    if base is not Content.FUSED:
        line = Line(grey if base is Content.CT else pet)
        return (Line("own window", 1), line) if own else (line,)
    # Two rows at most: above them is the scale bar.
    least = scene.fusion.threshold
    cut = f"{pet} ≥ {_bound(least, factor)}" if least > 0 else pet
    return (Line(f"own {grey}" if own else grey, 1, short=grey), Line(cut, short=pet))


def _bound(value: float, factor: float) -> str:
    """Write a bound in the shown unit; a converted one has three figures at most."""
    if factor == 1.0:
        return amount(value)
    shown = value * factor
    return amount(float(f"{shown:.3g}") if abs(shown) < 1000 else round(shown))


def _grey_window(scene: Scene, content: Content) -> str:
    image = scene.ct_of(content)
    if image is None or image.quantity is Quantity.HU:
        width, level = scene.window.ct_window
        return f"W {number(width, 0)} L {number(level, 0)}"
    if image.quantity is Quantity.MU:
        lower, upper = scene.grey_bounds(image)
        return f"{amount(lower)}–{amount(upper)} /cm"
    return ""
