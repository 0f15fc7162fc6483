"""The rows of sheets in the Django admin, to look at. Pictures of pages are not shown there."""

from django.contrib import admin

from classifier.admin.read_only import ReadOnlyAdmin

from .models import Sheet, SheetPage, SheetShare, Stack, StackPage, Value, WebhookAttempt


@admin.register(Sheet)
class SheetAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "name", "owner", "is_printed", "created", "changed", "deleted"]
    list_filter = ["is_printed", "created", ("deleted", admin.EmptyFieldListFilter)]
    list_select_related = ["owner"]
    search_fields = ["public_id", "name", "owner__username"]
    exclude = ["roster"]  # names of people


@admin.register(SheetPage)
class SheetPageAdmin(ReadOnlyAdmin):
    list_display = ["sheet", "number", "width", "height"]
    list_select_related = ["sheet"]
    search_fields = ["sheet__public_id", "sheet__owner__username"]
    exclude = ["file"]
    readonly_fields = ["stored"]

    @admin.display(description="file")
    def stored(self, page: SheetPage) -> str:
        return page.file.name or "–"


@admin.register(SheetShare)
class SheetShareAdmin(ReadOnlyAdmin):
    list_display = ["sheet", "user", "level", "created"]
    list_filter = ["level"]
    list_select_related = ["sheet", "user"]
    search_fields = ["sheet__public_id", "sheet__owner__username", "user__username"]


@admin.register(Stack)
class StackAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "name", "sheet", "sent_by", "status", "total", "one_in", "created", "deleted"]
    list_filter = ["status", "created", ("deleted", admin.EmptyFieldListFilter)]
    list_select_related = ["sheet", "sent_by"]
    search_fields = ["public_id", "name", "sheet__public_id", "sheet__owner__username", "sent_by__username"]
    exclude = ["file", "webhook", "webhook_secret"]
    readonly_fields = ["stored", "message_to"]

    @admin.display(description="webhook")
    def message_to(self, stack: Stack) -> str:
        return stack.webhook or "–"

    @admin.display(description="file")
    def stored(self, stack: Stack) -> str:
        return stack.file.name or "–"


@admin.register(StackPage)
class StackPageAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "stack", "number", "status", "reason", "sheet_page", "copy"]
    list_filter = ["status", "reason"]
    list_select_related = ["stack"]
    search_fields = ["public_id", "stack__public_id", "stack__sheet__owner__username"]
    exclude = ["file", "label"]  # label: a line of the roster
    readonly_fields = ["stored"]

    @admin.display(description="file")
    def stored(self, page: StackPage) -> str:
        return page.file.name or "–"


@admin.register(Value)
class ValueAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "stack", "key", "kind", "confidence", "risk", "reason", "is_check", "decided"]
    list_filter = ["kind", "reason", "is_check", ("decided", admin.EmptyFieldListFilter)]
    list_select_related = ["stack"]
    search_fields = ["public_id", "stack__public_id", "stack__sheet__owner__username"]


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    list_display = ["stack", "number", "due", "sent", "status", "sentence"]
    list_filter = ["status"]
    list_select_related = ["stack"]
    search_fields = ["stack__public_id", "stack__sheet__owner__username"]
