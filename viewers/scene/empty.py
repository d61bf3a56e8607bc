"""What a pane says in place of a picture, where it has none."""

from __future__ import annotations

from app.core.study.fusion import fusion_obstacle
from viewers.scene.followers import FollowerScene
from viewers.scene.scene import Scene
from viewers.scene.values import MapKind
from viewers.space.layouts import Content

NOTHING_OPEN = (
    "No study is open",
    "Open a folder with PET and CT, drop one here, or open the sample study.",
)


NO_COMPARISON = (
    "No comparison study",
    "Choose one in the Studies panel; its pictures then stand here.",
)


def why_empty(scene: Scene, content: Content) -> tuple[str, str] | None:
    """Title and detail of the message a pane shows in place of a picture, or ``None``."""
    if scene.study is None:
        return NO_COMPARISON
    made = content in (Content.DERIVED, Content.DIFFERENCE) or scene.shows_derived(content)
    if made and (message := _why_no_derived(scene, content)) is not None:
        return message
    base = scene.base(content)
    if content is Content.MR and scene.ct_of(content) is None:
        return "No MR", "This study has no T1-weighted MR."
    if base is Content.CT and scene.ct_of(content) is None:
        return "No CT", "This study has no CT that belongs to the PET."
    if base in (Content.PET, Content.MIP) and scene.pet is None:
        return "No PET", "This study has no attenuation-corrected PET."
    if base is Content.MIP and scene.mip is None:
        return "MIP", "Projecting the PET from all sides …"
    if base is Content.SURFACE and isinstance(scene, FollowerScene):
        return "No 3D view", "Only the active study is shown in 3D."
    if base is Content.SURFACE and not scene.surface.ready:
        return "3D", "Making the surfaces of body and lesions …"
    if (
        base is Content.SURFACE
        and scene.surface.body is None
        and scene.overlays.segmentation is None
    ):
        return "Nothing to show in 3D", "A body is made from CT or PET; this study has neither."
    if base is Content.FUSED:
        ct = scene.ct_of(content)
        if ct is None or scene.pet is None:
            missing = "CT" if ct is None else "PET"
            said = f"A fused picture needs PET and CT (or MR); the {missing} is missing."
            return "Not fused", said
        # Where the study as a whole is not aligned, its images say why.
        obstacle = fusion_obstacle(scene.pet, ct)
        if not obstacle and not scene.aligned:
            obstacle = fusion_obstacle(scene.pet, scene.under or ct)
            obstacle = obstacle or "PET and CT have different frames of reference"
        if obstacle:
            return "Not fused", f"{obstacle[0].upper()}{obstacle[1:]}: not fused."
    return None


def _why_no_derived(scene: Scene, content: Content) -> tuple[str, str] | None:
    derived, original = scene.derived, scene.original()
    if derived is None:
        return "No derived image", "Choose what to make in the Models menu."
    beside = original or scene.pet or scene.under
    if content is Content.FUSED:
        beside = scene.pet
    if beside is not None and not beside.grid.same_space(derived.volume.grid):
        return "Not shown", "The derived image has another frame of reference than the study."
    kind = scene.map_kind(content)
    if kind is MapKind.DEVIATION and derived.deviation is None:
        return "No deviation", "This image was made without samples of the network's answer."
    if kind is not MapKind.DIFFERENCE:
        return None
    name = "CT" if scene.derived_content is Content.CT else "PET"
    if original is None:
        return "No difference", f"This study has no {name} to compare with."
    if original.quantity is not derived.volume.quantity:
        units = f"{derived.volume.quantity} and {original.quantity}"
        return "No difference", f"The two images have different units ({units})."
    if scene.made.difference is None:
        return "Difference", "Comparing the derived image with the original …"
    return None
