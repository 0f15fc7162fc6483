"""The triggers that keep the audit log as it was written: entries are added, never changed or deleted.

One change is let through: in place of a person whose account is closed, an entry may name the former member, or nobody.
"""

# ruff: noqa: S608 - every word of these statements is our own

from ..accounts import FORMER_MEMBER

TABLE = "classifier_auditentry"
NAMES = {"audit_unchanged": TABLE, "audit_kept": TABLE}
TABLES = {TABLE, "classifier_closedaccount"}
REFUSED = "Entries of the audit log are never changed or deleted."

_AS_WRITTEN = " AND ".join(f"NEW.{column} = OLD.{column}" for column in ("id", "at", "act", "thing", "detail"))
_SAME = "COALESCE(NEW.{0}, {1}) = COALESCE(OLD.{0}, {1})"
_FORMER = f"COALESCE(NEW.{{0}} = (SELECT id FROM auth_user WHERE username = '{FORMER_MEMBER}'), NEW.{{0}} IS NULL)"
_IS_CLOSED = "EXISTS (SELECT 1 FROM classifier_closedaccount c WHERE c.account_id = OLD.{0})"


def creating(vendor: str) -> list[str]:
    """The statements that create the triggers."""
    create = _in_sqlite if vendor == "sqlite" else _in_postgresql
    return [*create("audit_unchanged", "UPDATE", _allowed(vendor)), *create("audit_kept", "DELETE", "")]


def _allowed(vendor: str) -> str:
    """The condition of an update that only replaces people whose accounts are closed."""
    people = [
        f"({_SAME.format(person, -1)} OR ({_FORMER.format(person)} AND {_IS_CLOSED.format(person)}))"
        for person in ("by_id", "about_id")
    ]
    none = "''" if vendor == "sqlite" else "'00000000-0000-0000-0000-000000000000'::uuid"
    return " AND ".join([_AS_WRITTEN, _SAME.format("public_id", none), *people])


def _in_sqlite(name: str, event: str, allowed: str) -> list[str]:
    unless = f" WHERE NOT ({allowed})" if allowed else ""
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'){unless}; END",
    ]


def _in_postgresql(name: str, event: str, allowed: str) -> list[str]:
    unless = f"IF {allowed} THEN RETURN NEW; END IF; " if allowed else ""
    refuse = f"RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation';"
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {unless}{refuse} END $$",
        f"DROP TRIGGER IF EXISTS {name} ON {TABLE}",
        f"CREATE TRIGGER {name} BEFORE {event} ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]
