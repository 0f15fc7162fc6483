"""The permissions that the staff's pages ask for. For who is staff see classifier.http.access."""

TRAIN = "training.add_trainingrun"
PROMOTE = "classifier.promote_modelversion"
OVERRIDE = "classifier.override_gate"
REVIEW = "classifier.review_correction"
READ_AUDIT_LOG = "classifier.view_auditentry"
