"""The addresses of sheets: pages below /sheets/, the API below /api/v1/sheets/ and /api/v1/stacks/."""

from django.urls import path

from .pages import editor, example, printed, sharing, sheets, stack_urls

app_name = "sheets"

urlpatterns = [
    path("sheets/", sheets.sheet_list, name="sheets"),
    path("sheets/example/", example.example, name="example"),
    path("sheets/new/", sheets.sheet_new, name="sheet-new"),
    path("sheets/new/printed/", printed.printed_new, name="printed-new"),
    path("sheets/<uuid:public_id>/", sheets.sheet_detail, name="sheet-detail"),
    path("sheets/<uuid:public_id>/edit/", editor.sheet_edit, name="sheet-edit"),
    path("sheets/<uuid:public_id>/allowed/", editor.sheet_allowed, name="sheet-allowed"),
    path("sheets/<uuid:public_id>/pages/<int:number>.png", sheets.sheet_picture, name="sheet-picture"),
    path("sheets/<uuid:public_id>/pages/<int:number>/offers/", editor.sheet_offers, name="sheet-offers"),
    path("sheets/<uuid:public_id>/pages/<int:number>/turn/", editor.sheet_turn, name="sheet-turn"),
    path("sheets/<uuid:public_id>/print/", printed.sheet_print, name="sheet-print"),
    path("sheets/<uuid:public_id>/printed/", printed.printed_copy, name="printed-copy"),
    path("sheets/<uuid:public_id>/rename/", sheets.sheet_rename, name="sheet-rename"),
    path("sheets/<uuid:public_id>/copy/", sheets.sheet_copy, name="sheet-copy"),
    path("sheets/<uuid:public_id>/sharing/", sharing.sheet_sharing, name="sheet-sharing"),
    path("sheets/<uuid:public_id>/delete/", sheets.sheet_delete, name="sheet-delete"),
    path("sheets/<uuid:public_id>/restore/", sheets.sheet_restore, name="sheet-restore"),
    *stack_urls.patterns,
]
