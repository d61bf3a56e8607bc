"""A scene without a desk, and the phantom study it shows."""

from __future__ import annotations

import pytest

from app.core.study.study import Study
from viewers.scene.model import SceneModel


@pytest.fixture
def model(study: Study) -> SceneModel:
    made = SceneModel()
    made.set_study(study)
    return made
