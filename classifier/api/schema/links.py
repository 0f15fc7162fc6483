"""Links from the ids in an answer to the operations that take them, for readers and for programs that try all."""

from typing import Any

OF_A_DIGIT = [
    *("digits_get", "digits_delete", "digits_correct", "digits_uncorrect", "digits_confirm", "digits_predictions"),
    *("digits_input", "digits_original", "numbers_correct", "numbers_uncorrect", "numbers_confirm"),
]
OF_A_BATCH = ["get", "delete", "cancel", "results_json", "results_csv", "table_csv", "table_xlsx"]
# Operation: the place of the id in its answer, and the operations that take this id.
LINKS = {
    "digits_send": ("/id", OF_A_DIGIT),
    "digits_list": ("/results/0/id", OF_A_DIGIT),
    "models_list": ("/results/0/id", ["models_get"]),
    "batches_list": ("/results/0/id", [f"batches_{name}" for name in OF_A_BATCH]),
    "batches_send": ("/id", [f"batches_{name}" for name in OF_A_BATCH]),
}


def add_links(operation: dict[str, Any]) -> None:
    """Adds the links to the successful answers of an operation."""
    pointer, targets = LINKS.get(operation["operationId"], ("", []))
    links = {name: {"operationId": name, "parameters": {"public_id": f"$response.body#{pointer}"}} for name in targets}
    for status in ("200", "201", "202"):
        if links and status in operation["responses"]:
            operation["responses"][status]["links"] = links
