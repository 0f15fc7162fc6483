"""The permissions that the staff's pages of this app ask for; who is staff, see classifier.http.access."""

from classifier.http.access import for_staff

__all__ = ["OVERRIDE", "PROMOTE", "REVIEW", "TRAIN", "for_staff"]

TRAIN = "training.add_trainingrun"
PROMOTE = "classifier.promote_modelversion"
OVERRIDE = "classifier.override_gate"
REVIEW = "classifier.review_correction"
