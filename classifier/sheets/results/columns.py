"""The columns of a stack's table, in the order of its sheet's fields."""

from dataclasses import dataclass

from classifier.sheets.fields.description import Column, Description, Field, Kind, Rules

DIGITS_EXACT = 15  # that spreadsheets keep of a number


@dataclass(frozen=True)
class ValueColumn:
    """A single field, or a column of a table on the sheet."""

    name: str  # unlike that of any other column
    key: str  # of the field, or of the column
    table: str  # key of its table; empty for a single field
    kind: Kind
    rules: Rules

    def key_in(self, row: int) -> str:
        """The key of its value. row: of the table, from 1."""
        return f"{self.table}.{row}.{self.key}" if self.table else self.key

    def cell(self, text: str) -> str | float:
        """A text as a spreadsheet has it: as a number if people calculate with it, else as it is written.

        A field with decimals or a range is a quantity. Others may be marks of identity, whose leading zeros count.
        """
        rules = self.rules
        is_quantity = rules.decimals > 0 or rules.lowest is not None or rules.highest is not None
        whole = text.partition(".")[0]
        has_zeros = len(whole) > 1 and whole.startswith("0")
        is_text = self.kind is Kind.CHECK or not text or not is_quantity or rules.allowed or rules.checksum
        return text if is_text or has_zeros or len(text) > DIGITS_EXACT else float(text)


def value_columns(description: Description) -> list[ValueColumn]:
    """The single fields, then the columns of each table."""
    singles = [_single(field) for field in description.single]
    taken = {column.name for column in singles}
    is_only = len(description.tables) == 1
    columns = [
        _of_table(table.key, "" if is_only and column.name not in taken else f"{table.name}: ", column)
        for table in description.tables
        for column in table.columns
    ]
    return [*singles, *columns]


def _single(field: Field) -> ValueColumn:
    return ValueColumn(field.name, field.key, "", field.kind, field.rules)


def _of_table(table: str, before: str, column: Column) -> ValueColumn:
    return ValueColumn(f"{before}{column.name}", column.key, table, column.kind, column.rules)
