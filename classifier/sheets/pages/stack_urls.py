"""The addresses of stacks: putting them in, deciding their fields, their results and their pictures."""

from django.urls import path

from . import deciding, pictures, results, stacks, values

STACK = "stacks/<uuid:public_id>/"

patterns = [
    path("sheets/<uuid:public_id>/stacks/", stacks.stack_upload, name="stack-upload"),
    path(STACK, stacks.stack_page, name="stack"),
    path(f"{STACK}tolerance/", stacks.stack_tolerance, name="stack-tolerance"),
    path(f"{STACK}cancel/", stacks.stack_cancel, name="stack-cancel"),
    path(f"{STACK}delete/", stacks.stack_delete, name="stack-delete"),
    path(f"{STACK}restore/", stacks.stack_restore, name="stack-restore"),
    path(f"{STACK}webhook/", stacks.stack_webhook, name="stack-webhook"),
    path(f"{STACK}decide/", deciding.decide_page, name="decide"),
    path(f"{STACK}results/", results.results_page, name="stack-results"),
    path(f"{STACK}table.<str:kind>", results.stack_table, name="stack-table"),
    path(f"{STACK}values/<uuid:value_id>/", values.value_page, name="value"),
    path(f"{STACK}values/<uuid:value_id>/crop.jpg", pictures.value_crop, name="value-crop"),
    path(f"{STACK}pages/<uuid:page_id>/<str:size>.jpg", pictures.page_picture, name="page-picture"),
]
