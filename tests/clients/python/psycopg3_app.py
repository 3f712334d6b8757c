"""An application on psycopg 3: parameters in the extended protocol, binary where it can be, prepared statements, a pipeline."""
import datetime as dt
import decimal
import uuid

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from steps import equal, finish, steps

db = psycopg.connect("")
step = steps(lambda: db.rollback())


def rows(text, parameters=None, **options):
    return db.execute(text, parameters, **options).fetchall()


@step
def create():
    db.execute("""CREATE TABLE item (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea,
                                     at timestamptz, local timestamp, day date, clock time, span interval, key uuid, ratio float8)""")
    equal(rows("INSERT INTO item (name, price) VALUES (%s, %s) RETURNING id", ("first", decimal.Decimal("1.10"))), [(1,)])
    with db.cursor() as cursor:
        cursor.executemany("INSERT INTO item (name, price) VALUES (%s, %s)", [(f"item {i}", decimal.Decimal(i)) for i in range(2, 31)])
    db.commit()


@step
def read():
    with db.cursor(row_factory=dict_row) as cursor:
        equal(cursor.execute("SELECT id, name, price FROM item WHERE id = %s", (1,)).fetchone(),
              {"id": 1, "name": "first", "price": decimal.Decimal("1.10")})
    for binary in (False, True):
        with db.cursor(binary=binary) as cursor:
            cursor.execute("SELECT count(*), sum(price), max(name), bool_and(id > 0), min(id)::int2 FROM item")
            equal(cursor.fetchall(), [(30, decimal.Decimal("465.10"), "item 9", True, 1)])
    db.commit()


@step
def update():
    equal(db.execute("UPDATE item SET price = price + %s WHERE id = %s", (decimal.Decimal("0.5"), 3)).rowcount, 1)
    equal(rows("SELECT price FROM item WHERE id = 3"), [(decimal.Decimal("3.50"),)])
    db.commit()


@step
def delete():
    equal(db.execute("DELETE FROM item WHERE id > %s", (25,)).rowcount, 5)
    db.commit()


@step
def transactions():
    with db.transaction():
        try:
            with db.transaction():
                db.execute("DELETE FROM item")
                raise KeyError
        except KeyError:
            pass
        equal(rows("SELECT count(*) FROM item"), [(25,)])
        with db.transaction():
            db.execute("UPDATE item SET name = 'renamed' WHERE id = 2")
    equal(rows("SELECT name FROM item WHERE id = 2"), [("renamed",)])
    db.commit()


@step
def prepared():
    for i in range(1, 9):
        equal(rows("SELECT name FROM item WHERE id = %s AND id < %s", (1, i + 1), prepare=True), [("first",)])
    db.commit()


@step
def pipeline():
    with db.pipeline():
        cursors = [db.execute("SELECT id FROM item WHERE id = %s", (i,)) for i in range(1, 6)]
        equal([c.fetchone()[0] for c in cursors], [1, 2, 3, 4, 5])
    db.commit()


@step
def pagination():
    equal(rows("SELECT id FROM item ORDER BY id LIMIT %s OFFSET %s", (3, 10)), [(11,), (12,), (13,)])
    with db.cursor(name="pages", binary=True) as cursor:
        cursor.itersize = 7
        equal([row[0] for row in cursor.execute("SELECT id FROM item ORDER BY id")], list(range(1, 26)))
    db.commit()


@step
def upsert():
    for price in (5, 6):
        db.execute("INSERT INTO item (name, price) VALUES ('upserted', %s) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price", (price,))
    equal(rows("SELECT price FROM item WHERE name = 'upserted'"), [(decimal.Decimal("6.00"),)])
    db.commit()


@step
def json():
    value = {"tags": ["a", "b"], "n": 1, "ü": None}
    db.execute("UPDATE item SET data = %s WHERE id = 1", (Jsonb(value),))
    for binary in (False, True):
        equal(db.cursor(binary=binary).execute("SELECT data, data->'tags' FROM item WHERE id = 1").fetchall(), [(value, ["a", "b"])])
    db.commit()


@step
def array_parameters():
    equal(rows("SELECT id FROM item WHERE id = ANY(%s) ORDER BY id", ([3, 1, 99],)), [(1,), (3,)])
    for binary in (False, True):
        equal(db.cursor(binary=binary).execute("SELECT %b::int4[], %s::text[], %s::numeric[]",
                                               ([1, 2], ["a,b", None], [decimal.Decimal("1.5")])).fetchall(),
              [([1, 2], ["a,b", None], [decimal.Decimal("1.5")])])
    db.commit()


@step
def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone.utc)
    span = dt.timedelta(days=3, hours=4, microseconds=5)
    db.execute("UPDATE item SET at = %b, local = %b, day = %b, clock = %b, span = %b WHERE id = 1",
               (at, at.replace(tzinfo=None), at.date(), at.time(), span))
    for binary in (False, True):
        equal(db.cursor(binary=binary).execute("SELECT at, local, day, clock, span FROM item WHERE id = 1").fetchall(),
              [(at, at.replace(tzinfo=None), at.date(), at.time(), span)])
    db.commit()


@step
def decimals():
    for text in ("12345678901234567890.123456789", "-0.01", "0.0000000001", "NaN"):
        for binary in (False, True):
            got = db.cursor(binary=binary).execute("SELECT %b::numeric", (decimal.Decimal(text),)).fetchone()[0]
            equal(str(got), str(decimal.Decimal(text)))
    equal(db.cursor(binary=True).execute("SELECT 1.5::float8, %b::float8", (0.1,)).fetchone(), (1.5, 0.1))
    db.commit()


@step
def binary():
    raw = bytes(range(256))
    db.execute("UPDATE item SET raw = %s WHERE id = 1", (raw,))
    for binary in (False, True):
        equal(db.cursor(binary=binary).execute("SELECT raw FROM item WHERE id = 1").fetchone(), (raw,))
    db.commit()


@step
def uuids():
    key = uuid.uuid4()
    db.execute("UPDATE item SET key = %b WHERE id = 1", (key,))
    equal(db.cursor(binary=True).execute("SELECT key FROM item WHERE id = 1").fetchone(), (key,))
    db.commit()


@step
def introspection():
    cursor = db.execute("SELECT id, name, price FROM item LIMIT 0")
    equal([(c.name, c.type_code, c.precision, c.scale) for c in cursor.description],
          [("id", 20, None, None), ("name", 25, None, None), ("price", 1700, 10, 2)])
    info = psycopg.types.TypeInfo.fetch(db, "timestamptz")
    equal((info.oid, info.array_oid), (1184, 1185))
    db.commit()


@step
def unique_violation():
    try:
        db.execute("INSERT INTO item (name) VALUES (%s)", ("first",))
        raise AssertionError("no error")
    except psycopg.errors.UniqueViolation as error:
        equal((error.sqlstate, error.diag.table_name, error.diag.constraint_name), ("23505", "item", "item_name_key"))
    db.rollback()


@step
def copy():
    with db.cursor() as cursor:
        with cursor.copy("COPY item (id, name, price) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "text", "numeric"])
            copy.write_row((100, "copied", decimal.Decimal("2.5")))
        with cursor.copy("COPY (SELECT id, name, price FROM item WHERE id = 100) TO STDOUT") as copy:
            equal(b"".join(bytes(part) for part in copy), b"100\tcopied\t2.50\n")
    db.rollback()


@step
def enum():
    db.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    info = psycopg.types.enum.EnumInfo.fetch(db, "mood")
    equal(list(info.labels), ["sad", "ok", "happy"])
    db.execute("CREATE TABLE person (name text, mood mood)")
    db.execute("INSERT INTO person VALUES ('a', %s), ('b', 'happy')", ("sad",))
    equal(rows("SELECT name, mood FROM person WHERE mood > 'ok'"), [("b", "happy")])
    db.commit()


@step
def array_columns():
    db.execute("CREATE TABLE tagged (id int PRIMARY KEY, tags text[])")
    db.execute("INSERT INTO tagged VALUES (1, %s)", (["x", "y z"],))
    equal(rows("SELECT tags, tags[2] FROM tagged WHERE 'x' = ANY(tags)"), [(["x", "y z"], "y z")])
    db.commit()


finish()
