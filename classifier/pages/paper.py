"""What the pad of a person and that of a visitor share."""

from typing import Any

from django.conf import settings

PAD = {"width": 280, "height": 280, "pen": 18, "pens": [10, 14, 18, 24, 32]}
PREVIEW_WAIT_S = 1.0


def paper_context() -> dict[str, Any]:
    """What the templates `pad/_pad.html` and `pad/_picture.html` need."""
    return {
        "pad": PAD,
        "upload_max_mb": settings.UPLOAD_MAX_MB,
    }
