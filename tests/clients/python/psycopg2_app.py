"""An application on psycopg2."""
import datetime as dt
import decimal
import io
import uuid

import psycopg2
import psycopg2.errors
import psycopg2.extras
from psycopg2 import sql

from steps import equal, finish, steps

db = psycopg2.connect("")
step = steps(lambda: db.rollback())


def rows(text, parameters=None):
    with db.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()


def do(text, parameters=None):
    with db.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.rowcount


@step
def create():
    do("""CREATE TABLE item (id serial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea,
                             at timestamptz DEFAULT now(), day date, key uuid, active boolean NOT NULL DEFAULT true)""")
    equal(rows("INSERT INTO item (name, price) VALUES (%s, %s) RETURNING id, active", ("first", decimal.Decimal("1.10"))), [(1, True)])
    with db.cursor() as cursor:
        psycopg2.extras.execute_values(cursor, "INSERT INTO item (name, price) VALUES %s", [(f"item {i}", i) for i in range(2, 31)])
        equal(cursor.rowcount, 29)
    db.commit()


@step
def read():
    with db.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute("SELECT id, name, price FROM item WHERE id = %s", (1,))
        equal(dict(cursor.fetchone()), {"id": 1, "name": "first", "price": decimal.Decimal("1.10")})
    equal(rows("SELECT count(*), sum(price), avg(id) FROM item"), [(30, decimal.Decimal("465.10"), decimal.Decimal("15.5000000000000000"))])
    db.commit()


@step
def update():
    equal(do("UPDATE item SET price = price * 2 WHERE id BETWEEN %s AND %s", (2, 4)), 3)
    equal(rows("SELECT price FROM item WHERE id = 3"), [(decimal.Decimal("6.00"),)])
    db.commit()


@step
def delete():
    equal(do("DELETE FROM item WHERE id > 25"), 5)
    equal(rows("SELECT count(*) FROM item"), [(25,)])
    db.commit()


@step
def transactions():
    with db:
        do("UPDATE item SET name = 'renamed' WHERE id = 2")
    try:
        with db:
            do("DELETE FROM item")
            raise KeyError
    except KeyError:
        pass
    equal(rows("SELECT count(*) FROM item WHERE name = 'renamed' OR id = 1"), [(2,)])
    do("SAVEPOINT one")
    do("DELETE FROM item")
    do("ROLLBACK TO SAVEPOINT one")
    equal(rows("SELECT count(*) FROM item"), [(25,)])
    db.commit()
    db.set_session(isolation_level="SERIALIZABLE", readonly=True)
    equal(rows("SHOW transaction_isolation"), [("serializable",)])
    try:
        do("DELETE FROM item")
        raise AssertionError("a write in a read-only transaction")
    except psycopg2.errors.ReadOnlySqlTransaction:
        db.rollback()
    db.set_session(isolation_level="DEFAULT", readonly=False)


@step
def pagination():
    equal(rows("SELECT id FROM item ORDER BY id LIMIT %s OFFSET %s", (3, 10)), [(11,), (12,), (13,)])
    with db.cursor(name="pages") as cursor:
        cursor.itersize = 7
        cursor.execute("SELECT id FROM item ORDER BY id")
        equal([row[0] for row in cursor], list(range(1, 26)))
    with db.cursor(name="scrolls", scrollable=True) as cursor:
        cursor.execute("SELECT id FROM item ORDER BY id")
        cursor.scroll(4)
        equal(cursor.fetchone(), (5,))
    db.commit()


@step
def upsert():
    for price in (5, 6):
        do("INSERT INTO item (name, price) VALUES ('upserted', %s) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price", (price,))
    equal(rows("SELECT price FROM item WHERE name = 'upserted'"), [(decimal.Decimal("6.00"),)])
    equal(do("INSERT INTO item (name) VALUES ('upserted') ON CONFLICT DO NOTHING"), 0)
    db.commit()


@step
def json():
    do("UPDATE item SET data = %s WHERE id = 1", (psycopg2.extras.Json({"tags": ["a", "b"], "n": 1.5, "none": None}),))
    equal(rows("SELECT data, data->'tags'->>1, data @> '{\"n\": 1.5}' FROM item WHERE id = 1"),
          [({"tags": ["a", "b"], "n": 1.5, "none": None}, "b", True)])
    db.commit()


@step
def array_parameters():
    equal(rows("SELECT id FROM item WHERE id = ANY(%s) ORDER BY id", ([3, 1, 99],)), [(1,), (3,)])
    equal(rows("SELECT %s::text[], %s", (["a,b", 'c"d', None], [1, 2])), [(["a,b", 'c"d', None], [1, 2])])
    equal(rows("SELECT id FROM item WHERE name IN %s", (("first", "none"),)), [(1,)])
    db.commit()


@step
def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    do("UPDATE item SET at = %s, day = %s WHERE id = 1", (at, at.date()))
    equal(rows("SELECT at, day, at + %s FROM item WHERE id = 1", (dt.timedelta(days=1, seconds=2),)),
          [(at, at.date(), at + dt.timedelta(days=1, seconds=2))])
    do("SET TIME ZONE 'Europe/Berlin'")
    equal(rows("SELECT at::text FROM item WHERE id = 1"), [("2024-02-29 11:30:15.123456+01",)])
    db.rollback()


@step
def decimals():
    for text in ("12345678901234567890.123456789", "-0.00", "1E-10"):
        equal(rows("SELECT %s + 0", (decimal.Decimal(text),))[0][0], decimal.Decimal(text))
    equal(rows("SELECT 1.0/3, 'NaN'::numeric::text"), [(decimal.Decimal("0.33333333333333333333"), "NaN")])
    db.commit()


@step
def binary():
    raw = bytes(range(256))
    do("UPDATE item SET raw = %s WHERE id = 1", (psycopg2.Binary(raw),))
    equal(bytes(rows("SELECT raw FROM item WHERE id = 1")[0][0]), raw)
    equal(rows("SELECT length(raw) FROM item WHERE id = 1"), [(256,)])
    db.commit()


@step
def uuids():
    psycopg2.extras.register_uuid()
    key = uuid.uuid4()
    do("UPDATE item SET key = %s WHERE id = 1", (key,))
    equal(rows("SELECT key FROM item WHERE id = 1"), [(key,)])
    db.commit()


@step
def introspection():
    equal(rows("""SELECT column_name, data_type, is_nullable, character_maximum_length, numeric_precision, numeric_scale, udt_name
                    FROM information_schema.columns WHERE table_name = 'item' AND ordinal_position <= 4 ORDER BY ordinal_position"""),
          [("id", "integer", "NO", None, 32, 0, "int4"), ("name", "character varying", "NO", 40, None, None, "varchar"),
           ("price", "numeric", "YES", None, 10, 2, "numeric"), ("data", "jsonb", "YES", None, None, None, "jsonb")])
    with db.cursor() as cursor:
        cursor.execute("SELECT id, name, price FROM item LIMIT 0")
        equal([(c.name, c.type_code, c.precision, c.scale) for c in cursor.description],
              [("id", 23, None, None), ("name", 1043, None, None), ("price", 1700, 10, 2)])
    db.commit()


@step
def unique_violation():
    try:
        do("INSERT INTO item (name) VALUES ('first')")
        raise AssertionError("no error")
    except psycopg2.errors.UniqueViolation as error:
        equal((error.pgcode, error.diag.table_name, error.diag.schema_name, error.diag.constraint_name),
              ("23505", "item", "public", "item_name_key"))
    try:
        do("SELECT 1")
        raise AssertionError("a statement in a failed transaction")
    except psycopg2.errors.InFailedSqlTransaction:
        db.rollback()


@step
def copy():
    with db.cursor() as cursor:
        cursor.copy_from(io.StringIO("100\tcopied\n101\twith \\\\ backslash\n"), "item", columns=("id", "name"))
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT id, name FROM item WHERE id >= 100 ORDER BY id) TO STDOUT WITH CSV HEADER", out)
        equal(out.getvalue(), "id,name\n100,copied\n101,with \\ backslash\n")
    db.rollback()


@step
def identifiers():
    with db.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE TABLE {} ({} int)").format(sql.Identifier('Odd "name"'), sql.Identifier("select")))
        cursor.execute(sql.SQL("SELECT {} FROM {}").format(sql.Identifier("select"), sql.Identifier('Odd "name"')))
        equal(cursor.fetchall(), [])
    db.rollback()


@step
def notifications():
    db.autocommit = True
    do("LISTEN jobs")
    do("NOTIFY jobs, 'ready'")
    do("SELECT 1")
    equal([(n.channel, n.payload) for n in db.notifies], [("jobs", "ready")])
    db.autocommit = False


@step
def enum():
    do("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    do("CREATE TABLE person (name text, mood mood)")
    do("INSERT INTO person VALUES ('a', %s), ('b', 'happy')", ("sad",))
    equal(rows("SELECT name, mood FROM person WHERE mood > 'ok' ORDER BY mood"), [("b", "happy")])
    db.commit()


@step
def array_columns():
    do("CREATE TABLE tagged (id int PRIMARY KEY, tags text[])")
    do("INSERT INTO tagged VALUES (1, %s)", (["x", "y z"],))
    equal(rows("SELECT tags, tags[2] FROM tagged WHERE 'x' = ANY(tags)"), [(["x", "y z"], "y z")])
    db.commit()


finish()
