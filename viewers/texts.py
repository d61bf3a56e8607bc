"""What is written in the corners of a pane."""

from __future__ import annotations

from app.core.study import Study
from app.core.volume import Quantity, Volume
from viewers.annotate import Corners, Line, amount, number, person_name, short_date
from viewers.followers import FollowerScene, LinkKind
from viewers.geometry import slice_number
from viewers.layouts import Content
from viewers.scene import MapKind, PaneBox, Scene

_AXIS_LETTERS = (("L", "R"), ("P", "A"), ("S", "I"))
_CONTENT_NAMES = {
    Content.CT: "CT",
    Content.PET: "PET",
    Content.FUSED: "Fused",
    Content.MIP: "MIP",
}
#: Names of the maps of a derived image, in a wide and in a narrow pane.
_MAP_NAMES = {
    MapKind.DIFFERENCE: ("Difference", "Diff."),
    MapKind.DEVIATION: ("Deviation", "SD"),
}
#: What a pane that shows a derived image says, on screen and in every picture of it.
DERIVED = "DERIVED"


def pane_corners(scene: Scene, box: PaneBox) -> Corners:
    """Return the corner texts: who and what, when, where, and in which window."""
    study, content = scene.study, box.spec.content
    if study is None:
        return Corners()
    image = shown_image(scene, content)
    name = person_name(study.patient.name)
    # De-identified studies often state the id as the name: once is enough.
    identity = study.patient.id if study.patient.id != name else ""
    # The mark of a derived image says what it is.
    marked = scene.shows_derived(content)
    described = (identity, "" if marked else _series_description(image, scene))
    return Corners(
        top_left=(
            Line(_title(scene, box), whole=False, short=_title(scene, box, letters=3)),
            Line(name, 1, whole=False),
            # The id stands first: a long name or description must not push it out.
            Line(" · ".join(x for x in described if x), 1, whole=False),
        ),
        top_right=_when(scene, study),
        bottom_left=(Line(_zoom(scene, box), 2), *_where(scene, box)),
        bottom_right=_window(scene, content),
    )


def _when(scene: Scene, study: Study) -> tuple[Line, ...]:
    """Date of the study; beside another study it must not be left out, nor how both are linked."""
    if not is_compared(scene):
        return (Line(short_date(study.date), 2),)
    words, short = link_words(scene)
    return (Line(short_date(study.date) or "Date unknown"), Line(words, 1, short=short))


def is_compared(scene: Scene) -> bool:
    """Whether the panes of a scene stand beside those of another study or series."""
    return isinstance(scene, FollowerScene) or bool(scene.followers)


def link_words(scene: Scene) -> tuple[str, str]:
    """How a pane of another study follows the active one, in a wide and in a narrow pane."""
    if not isinstance(scene, FollowerScene) or scene.main is None:
        return "", ""
    if scene.origin is scene.main.study:
        return "", ""
    if not scene.linked:
        return "not linked", "not linked"
    words = {
        LinkKind.FRAME: ("linked by position", "position"),
        LinkKind.TABLE: ("linked by table offset", "table offset"),
        LinkKind.READER: ("linked by reader", "by reader"),
    }
    return words[scene.link.kind]


def shown_image(scene: Scene, content: Content) -> Volume | None:
    """Image whose values and slices a pane shows (the PET of a fused pane)."""
    is_ct = scene.base(content) is Content.CT
    return scene.ct_of(content) if is_ct else scene.pet_of(content)


def _title(scene: Scene, box: PaneBox, letters: int | None = None) -> str:
    content = box.spec.content
    if content is Content.MIP:
        return _CONTENT_NAMES[content]
    name = _content_name(scene, content, short=letters is not None)
    return f"{name} {box.spec.plane[:letters]}"


def _content_name(scene: Scene, content: Content, *, short: bool) -> str:
    kind = scene.map_kind(content)
    if kind is not None:
        return _MAP_NAMES[kind][int(short)]
    name = _CONTENT_NAMES[scene.base(content)]
    image = shown_image(scene, content)
    if image is not None and image.quantity is Quantity.MR:
        name = "MR"
    elif image is not None and image.quantity is Quantity.MU:
        name = "\u00b5"
    if content is not Content.ORIGINAL:
        return name
    return f"Orig. {name}" if short else f"Original {name}"


def _series_description(image: Volume | None, scene: Scene) -> str:
    if image is None:
        return ""
    series = scene.study.series_of(image.series_uid) if scene.study else None
    return image.description or (series.description if series else "")


def _where(scene: Scene, box: PaneBox) -> tuple[Line, ...]:
    content, plane = box.spec.content, box.spec.plane
    if content is Content.MIP:
        if scene.mip is None:
            return ()
        degrees = 360 * (scene.mip_number % scene.mip.count) / scene.mip.count
        return (Line(f"{number(degrees, 0)}°"),)
    grid = scene.grid_of(content)
    if grid is None:
        return ()
    point = scene.position(content)
    index, count = slice_number(grid, plane, point)
    position = point[plane.normal_axis]
    letter = _AXIS_LETTERS[plane.normal_axis][int(position < 0)]
    counted = f"{index + 1} / {count}"
    if isinstance(scene, FollowerScene):
        low, high = grid.bounds_lps_mm[:, plane.normal_axis]
        counted = counted if low <= position <= high else "outside the scan"
    return (Line(f"{letter} {number(abs(position))} mm", 1), Line(counted))


def _zoom(scene: Scene, box: PaneBox) -> str:
    zoom = scene.view_state(box.spec.content, box.spec.plane).zoom
    return "" if abs(zoom - 1.0) < 0.005 else f"{number(zoom)}×"


def _window(scene: Scene, content: Content) -> tuple[Line, ...]:
    kind = scene.map_kind(content)
    if kind is not None:
        range_text = f"{amount(scene.map_limits[kind])} {scene.map_unit}"
        if kind is MapKind.DIFFERENCE:
            return (Line(f"\u00b1{range_text}"),)
        # A low pane has no colour bar: there its range must find room.
        return (Line(f"SD 0–{range_text}", short=f"0–{range_text}"),)
    base = scene.base(content)
    lower, upper = scene.pet_range
    ct = Line(_grey_window(scene, content))
    pet = Line(f"{scene.pet_unit} {amount(lower)}–{amount(upper)}")
    if base is Content.CT:
        return (ct,)
    if base is Content.FUSED:
        return (Line(ct.text, 1), pet)
    return (pet,)


def _grey_window(scene: Scene, content: Content) -> str:
    image = scene.ct_of(content)
    if image is None or image.quantity is Quantity.HU:
        width, level = scene.ct_window
        return f"W {number(width, 0)} L {number(level, 0)}"
    if image.quantity is Quantity.MU:
        lower, upper = scene.grey_bounds(image)
        return f"{amount(lower)}–{amount(upper)} /cm"
    return ""
