"""The addresses of the API of sheets, below /api/v1/."""

from django.urls import path

from . import results, shares, sheets, stacks, values, webhooks

app_name = "sheets-api"

urlpatterns = [
    path("sheets/", sheets.SheetList.as_view(), name="sheet-list"),
    path("sheets/<uuid:public_id>/", sheets.SheetDetail.as_view(), name="sheet-detail"),
    path("sheets/<uuid:public_id>/restore/", sheets.SheetRestore.as_view(), name="sheet-restore"),
    path("sheets/<uuid:public_id>/pages/<int:number>.png", sheets.SheetPagePicture.as_view(), name="sheet-page"),
    path("sheets/<uuid:public_id>/pages/<int:number>/offers/", sheets.SheetOffers.as_view(), name="sheet-offers"),
    path("sheets/<uuid:public_id>/pages/<int:number>/turn/", sheets.SheetTurn.as_view(), name="sheet-turn"),
    path("sheets/<uuid:public_id>/sheet.pdf", sheets.SheetPdf.as_view(), name="sheet-pdf"),
    path("sheets/<uuid:public_id>/shares/", shares.ShareList.as_view(), name="share-list"),
    path("sheets/<uuid:public_id>/shares/<str:name>/", shares.ShareDetail.as_view(), name="share-detail"),
    path("stacks/", stacks.StackList.as_view(), name="stack-list"),
    path("stacks/<uuid:public_id>/", stacks.StackDetail.as_view(), name="stack-detail"),
    path("stacks/<uuid:public_id>/restore/", stacks.StackRestore.as_view(), name="stack-restore"),
    path("stacks/<uuid:public_id>/cancel/", stacks.StackCancel.as_view(), name="stack-cancel"),
    path("stacks/<uuid:public_id>/pages/", stacks.StackPages.as_view(), name="stack-pages"),
    path("stacks/<uuid:public_id>/pages/<int:number>.jpg", stacks.StackPagePicture.as_view(), name="stack-page"),
    path("stacks/<uuid:public_id>/values/", values.ValueList.as_view(), name="value-list"),
    path("stacks/<uuid:public_id>/values/<uuid:value_id>/", values.ValueDetail.as_view(), name="value-detail"),
    path("stacks/<uuid:public_id>/values/<uuid:value_id>/crop.jpg", values.ValueCrop.as_view(), name="value-crop"),
    path("stacks/<uuid:public_id>/values/next/", values.NextValues.as_view(), name="value-next"),
    path("stacks/<uuid:public_id>/values/undo/", values.UndoneValue.as_view(), name="value-undo"),
    path("stacks/<uuid:public_id>/results.json", results.ResultsJson.as_view(), name="stack-json"),
    path("stacks/<uuid:public_id>/results.csv", results.ResultsCsv.as_view(), name="stack-csv"),
    path("stacks/<uuid:public_id>/results.xlsx", results.ResultsXlsx.as_view(), name="stack-xlsx"),
    path("stacks/<uuid:public_id>/webhook/", webhooks.WebhookAttempts.as_view(), name="stack-webhook"),
]
