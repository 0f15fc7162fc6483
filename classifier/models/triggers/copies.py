"""The triggers that copy fields of drawings, predictions and corrections into their digits.

A history of 100,000 digits is filtered, sorted and counted by columns of four tables. A digit's row has copies of
them (see models.Digit), which the database itself writes in the statement that writes the original. So no copy is
forgotten, in bulk statements, plain SQL or other processes, and no further statement is sent.

A trigger locks the digit's row, and before it the row of the drawing's first digit: what is copied of a whole number
has to be written after the last of its digits. A transaction that changes several of these rows has to change
predictions first, then corrections, then drawings and digits; otherwise two transactions could wait for each other.
Only the lock that such a transaction begins with may come before, see DrawingQuerySet.locked.
"""

# ruff: noqa: S608 - every word of these statements is our own

from classifier.recognition.classes import NOT_A_DIGIT

from ..digits import NO_CONFIDENCE, NO_VALUE, NOT_READ, VALUE_NOT_READ

_READ = (
    "CASE WHEN {0}.status <> 'done' OR {0}.label IS NULL THEN " + str(NOT_READ) + " "
    "WHEN {0}.verdict = 'not_a_digit' THEN " + str(NOT_A_DIGIT) + " ELSE {0}.label END"
)
_CONFIDENCE = (
    f"CASE WHEN {{0}}.status = 'done' THEN COALESCE({{0}}.confidence, {NO_CONFIDENCE}) ELSE {NO_CONFIDENCE} END"
)
_SAID = f"COALESCE({{0}}.label, {NOT_A_DIGIT})"
# The answer that counts is the first to the newest revision; the answers of re-readings have greater ids.
_FIRST = (
    "SELECT MIN(p.id) FROM classifier_prediction p JOIN classifier_drawing d ON d.id = classifier_digit.drawing_id "
    "WHERE p.digit_id = classifier_digit.id AND p.revision = d.revision"
)

# See Drawing.label_at.
_TRUE_LABEL = (
    "CASE WHEN {0}.true_number = '' THEN {0}.true_label "
    "WHEN classifier_digit.position < LENGTH({0}.true_number) AND LENGTH({0}.true_number) = "
    "(SELECT COUNT(*) FROM classifier_digit n WHERE n.drawing_id = {0}.id) "
    "THEN CAST(SUBSTR({0}.true_number, classifier_digit.position + 1, 1) AS INTEGER) END"
)
# What is copied of a drawing as a whole, see models.Digit. STRING_AGG is called GROUP_CONCAT in SQLite before 3.44.
_SAID_NUMBER = "(SELECT c.number FROM classifier_numbercorrection c WHERE c.drawing_id = {0})"
# The figures that the owner says, or else the label of a picture in a batch; NULL without one.
_KNOWN_NUMBER = (
    f"COALESCE({_SAID_NUMBER}, (SELECT NULLIF(d.true_number, '') FROM classifier_drawing d WHERE d.id = {{0}}))"
)
_OF_READING = (
    "(SELECT r.confidence FROM classifier_numberreading r WHERE r.drawing_id = {0} AND r.verdict <> 'not_a_number')"
)
_FIGURE = "COALESCE(s.said, s.read)"
_SIGN = f"CASE WHEN {_FIGURE} < {NOT_A_DIGIT} THEN CAST({_FIGURE} AS VARCHAR) ELSE '-' END"
_WHOLE = (
    f"SELECT COALESCE({_SAID_NUMBER}, CASE WHEN MAX(f.figure) < {NOT_READ} THEN STRING_AGG(f.sign, '') ELSE '' END) "
    f"AS number, CASE WHEN MAX(f.read) < {NOT_A_DIGIT} "
    "THEN CAST(STRING_AGG(CAST(f.read AS VARCHAR), '') AS DOUBLE PRECISION) "
    f"WHEN MAX(f.read) = {NOT_A_DIGIT} THEN {NO_VALUE} ELSE {VALUE_NOT_READ} END AS value, "
    f"COALESCE(CASE WHEN MIN(f.confidence) >= 0 THEN {_OF_READING} END, MIN(f.confidence)) AS sureness, "
    f"COALESCE(LENGTH({_KNOWN_NUMBER}) <> COUNT(*), FALSE) AS miscounted "
    f"FROM (SELECT s.read, s.confidence, {_FIGURE} AS figure, {_SIGN} AS sign "
    "FROM classifier_digit s WHERE s.drawing_id = {0} ORDER BY s.position) f"
)
_OF_WHOLE = ("number", "value", "sureness", "miscounted")


def _copy_whole(drawing: str, where: str) -> str:
    """Copies the number of a drawing into all of its digits."""
    whole = _WHOLE.format(drawing)
    same = " AND ".join(f'w."{column}" = classifier_digit."{column}"' for column in _OF_WHOLE)
    return (
        f"UPDATE classifier_digit SET ({', '.join(_OF_WHOLE)}) = (SELECT {', '.join(_OF_WHOLE)} FROM ({whole}) w) "
        f"WHERE {where} AND NOT EXISTS (SELECT 1 FROM ({whole}) w WHERE {same})"
    )


def _same(column: str, value: str) -> str:
    """The condition that a column has a value already, which may be NULL: an update would only cost time."""
    return f'COALESCE(classifier_digit."{column}", -9) = COALESCE({value}, -9)'


def _of_answer(answer: str) -> dict[str, str]:
    return {
        "read": _READ.format(answer),
        "confidence": _CONFIDENCE.format(answer),
        "version_id": f"{answer}.model_version_id",
        "foreign_version_id": f"{answer}.foreign_version_id",
    }


def _texts_of_answer(answer: str) -> dict[str, str]:
    return {"status": f"{answer}.status", "verdict": f"{answer}.verdict"}


def _copy_answer() -> str:
    numbers, texts = _of_answer("NEW"), _texts_of_answer("NEW")
    setting = ", ".join(f'"{column}" = {value}' for column, value in (texts | numbers).items())
    same = [_same(*pair) for pair in numbers.items()] + [f'"{column}" = {value}' for column, value in texts.items()]
    return (
        f"UPDATE classifier_digit SET {setting} WHERE id = NEW.digit_id AND NEW.id = ({_FIRST}) "
        f"AND NOT ({' AND '.join(same)})"
    )


def _numbers_of_drawing(drawing: str) -> dict[str, str]:
    return {
        "owner_id": f"CASE WHEN {drawing}.deleted IS NULL THEN {drawing}.owner_id END",
        "true_label": _TRUE_LABEL.format(drawing),
        "batch_id": f"{drawing}.batch_id",
    }


def _texts_of_drawing(drawing: str) -> dict[str, str]:
    return {"source": f"{drawing}.source", "created": f"{drawing}.created"}


def _copy_drawing(where: str) -> str:
    """Copies the fields of drawings into digits."""
    values = _texts_of_drawing("d") | _numbers_of_drawing("d")
    return (
        f"UPDATE classifier_digit SET ({', '.join(values)}) = (SELECT {', '.join(values.values())} "
        f"FROM classifier_drawing d WHERE d.id = classifier_digit.drawing_id) WHERE {where}"
    )


def _ask_anew(where: str) -> str:
    """Copies the fields of the answers that count into digits."""
    values = _texts_of_answer("a") | _of_answer("a")
    empty = {"status": "'queued'", "verdict": "''", "read": str(NOT_READ), "confidence": str(NO_CONFIDENCE)}
    chosen = ", ".join(
        f"CASE WHEN a.id IS NULL THEN {empty.get(name, 'NULL')} ELSE {value} END" for name, value in values.items()
    )
    columns = ", ".join(f'"{name}"' for name in values)
    return (
        f"UPDATE classifier_digit SET ({columns}) = (SELECT {chosen} FROM (SELECT 1 AS one) always "
        f"LEFT JOIN classifier_prediction a ON a.id = ({_FIRST})) WHERE {where}"
    )


# Name, event and statement, in SQL that both databases understand.
TRIGGERS = [
    (
        "digit_of_drawing",
        "AFTER INSERT ON classifier_digit FOR EACH ROW WHEN (NEW.owner_id IS NULL)",
        _copy_drawing("id = NEW.id"),
    ),
    (
        "digit_drawing_changed",
        "AFTER UPDATE OF owner_id, source, created, deleted, true_label, true_number, batch_id ON classifier_drawing "
        "FOR EACH ROW "
        "WHEN (NEW.owner_id <> OLD.owner_id OR NEW.source <> OLD.source OR NEW.created <> OLD.created "
        "OR (NEW.deleted IS NULL) <> (OLD.deleted IS NULL) "
        "OR COALESCE(NEW.true_label, -9) <> COALESCE(OLD.true_label, -9) OR NEW.true_number <> OLD.true_number "
        "OR COALESCE(NEW.batch_id, -9) <> COALESCE(OLD.batch_id, -9))",
        _copy_drawing("drawing_id = NEW.id"),
    ),
    (
        "digit_drawing_revised",
        "AFTER UPDATE OF revision ON classifier_drawing FOR EACH ROW WHEN (NEW.revision <> OLD.revision)",
        _ask_anew("drawing_id = NEW.id"),
    ),
    (
        "digit_answered_at_once",
        "AFTER INSERT ON classifier_prediction FOR EACH ROW WHEN (NEW.status <> 'queued')",
        _copy_answer(),
    ),
    (
        "digit_answered",
        "AFTER UPDATE OF status, verdict, label, confidence, model_version_id, foreign_version_id, revision "
        "ON classifier_prediction FOR EACH ROW",
        _copy_answer(),
    ),
    (
        "digit_corrected",
        "AFTER INSERT ON classifier_correction FOR EACH ROW",
        f"UPDATE classifier_digit SET said = {_SAID.format('NEW')} WHERE id = NEW.digit_id",
    ),
    (
        "digit_corrected_anew",
        "AFTER UPDATE OF label ON classifier_correction FOR EACH ROW",
        f"UPDATE classifier_digit SET said = {_SAID.format('NEW')} WHERE id = NEW.digit_id "
        f"AND NOT ({_same('said', _SAID.format('NEW'))})",
    ),
    (
        "digit_correction_taken_back",
        "AFTER DELETE ON classifier_correction FOR EACH ROW",
        "UPDATE classifier_digit SET said = NULL WHERE id = OLD.digit_id",
    ),
    (
        "number_of_digits",
        "AFTER UPDATE OF read, confidence, said ON classifier_digit FOR EACH ROW WHEN (NEW.read <> OLD.read "
        "OR NEW.confidence <> OLD.confidence OR COALESCE(NEW.said, -9) <> COALESCE(OLD.said, -9))",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_with_digit_added",
        "AFTER INSERT ON classifier_digit FOR EACH ROW WHEN (NEW.position > 0)",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_with_digit_removed",
        "AFTER DELETE ON classifier_digit FOR EACH ROW",
        _copy_whole("OLD.drawing_id", "drawing_id = OLD.drawing_id"),
    ),
    (
        "number_corrected",
        "AFTER INSERT ON classifier_numbercorrection FOR EACH ROW",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_corrected_anew",
        "AFTER UPDATE OF number ON classifier_numbercorrection FOR EACH ROW",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_correction_taken_back",
        "AFTER DELETE ON classifier_numbercorrection FOR EACH ROW",
        _copy_whole("OLD.drawing_id", "drawing_id = OLD.drawing_id"),
    ),
    (
        "number_read",
        "AFTER INSERT ON classifier_numberreading FOR EACH ROW",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_read_anew",
        "AFTER UPDATE OF confidence, verdict ON classifier_numberreading FOR EACH ROW",
        _copy_whole("NEW.drawing_id", "drawing_id = NEW.drawing_id"),
    ),
    (
        "number_reading_removed",
        "AFTER DELETE ON classifier_numberreading FOR EACH ROW",
        _copy_whole("OLD.drawing_id", "drawing_id = OLD.drawing_id"),
    ),
    (
        "number_labelled",
        "AFTER UPDATE OF true_number ON classifier_drawing FOR EACH ROW WHEN (NEW.true_number <> OLD.true_number)",
        _copy_whole("NEW.id", "drawing_id = NEW.id"),
    ),
]
NAMES = {name: when.partition(" ON ")[2].split()[0] for name, when, _statement in TRIGGERS}  # each with its table
TABLES = (
    *("classifier_digit", "classifier_drawing", "classifier_prediction"),
    *("classifier_correction", "classifier_numbercorrection", "classifier_numberreading"),
)
# In PostgreSQL two statements could each see the other's digit as not read yet. Writes of a drawing's digits therefore
# take turns. By the table that a trigger belongs to: the key of the drawing.
_TURNS = {
    "classifier_prediction": "(SELECT drawing_id FROM classifier_digit WHERE id = {0}.digit_id)",
    "classifier_correction": "(SELECT drawing_id FROM classifier_digit WHERE id = {0}.digit_id)",
    "classifier_numbercorrection": "{0}.drawing_id",
    "classifier_numberreading": "{0}.drawing_id",
}


def creating(vendor: str, name: str, when: str, statement: str) -> list[str]:
    if vendor == "sqlite":
        statement = in_dialect(vendor, statement)
        return [f"DROP TRIGGER IF EXISTS {name}", f"CREATE TRIGGER {name} {when} BEGIN {statement}; END"]
    table = NAMES[name]
    turn = ""
    if table in _TURNS:
        drawing = _TURNS[table].format("OLD" if "DELETE" in when else "NEW")
        first = f"SELECT 1 FROM classifier_digit WHERE drawing_id = {drawing} ORDER BY position LIMIT 1"
        turn = f"PERFORM 1 FROM ({first} FOR NO KEY UPDATE) first; "
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {turn}{statement}; RETURN NULL; END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()",
    ]


def in_dialect(vendor: str, statement: str) -> str:
    return statement.replace("STRING_AGG", "GROUP_CONCAT") if vendor == "sqlite" else statement


def refreshing() -> list[str]:
    """The statements that correct all copies that are wrong."""
    drawing = "SELECT 1 FROM classifier_drawing d WHERE d.id = classifier_digit.drawing_id"
    same_drawing = " AND ".join(
        [_same(*pair) for pair in _numbers_of_drawing("d").items()]
        + [f"{value} = classifier_digit.{column}" for column, value in _texts_of_drawing("d").items()]
    )
    first = f"SELECT 1 FROM classifier_prediction a WHERE a.id = ({_FIRST})"
    same_answer = " AND ".join(
        [_same(*pair) for pair in _of_answer("a").items()]
        + [f'classifier_digit."{column}" = {value}' for column, value in _texts_of_answer("a").items()]
    )
    said = f"(SELECT {_SAID.format('c')} FROM classifier_correction c WHERE c.digit_id = classifier_digit.id)"
    return [
        _copy_drawing(f"NOT EXISTS ({drawing} AND {same_drawing})"),
        _ask_anew(f"NOT EXISTS ({first} AND {same_answer})"),
        f"UPDATE classifier_digit SET said = {said} WHERE NOT ({_same('said', said)})",
        _copy_whole("classifier_digit.drawing_id", "TRUE"),
    ]
