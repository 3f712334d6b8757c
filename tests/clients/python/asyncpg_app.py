"""An application on asyncpg: the extended protocol in binary alone, and its own look-up of types."""
import asyncio
import datetime as dt
import decimal
import json as json_module
import uuid

import asyncpg

from steps import equal, finish, run_async

db = None


async def create():
    await db.execute("""CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea,
                                           at timestamptz, day date, span interval, key uuid)""")
    equal(await db.fetchval("INSERT INTO item (name, price) VALUES ($1, $2) RETURNING id", "first", decimal.Decimal("1.10")), 1)
    await db.executemany("INSERT INTO item (name, price) VALUES ($1, $2)", [(f"item {i}", decimal.Decimal(i)) for i in range(2, 31)])


async def read():
    row = await db.fetchrow("SELECT count(*) AS n, sum(price) AS total, max(name) AS last FROM item WHERE id > $1", 0)
    equal(dict(row), {"n": 30, "total": decimal.Decimal("465.10"), "last": "item 9"})


async def update():
    equal(await db.execute("UPDATE item SET price = price * $1 WHERE id = $2", decimal.Decimal(2), 3), "UPDATE 1")
    equal(await db.fetchval("SELECT price FROM item WHERE id = 3"), decimal.Decimal("6.00"))


async def delete():
    equal(await db.execute("DELETE FROM item WHERE id > $1", 25), "DELETE 5")


async def transactions():
    try:
        async with db.transaction(isolation="repeatable_read"):
            await db.execute("DELETE FROM item WHERE id = 1")
            async with db.transaction():
                await db.execute("DELETE FROM item")
            raise KeyError
    except KeyError:
        pass
    equal(await db.fetchval("SELECT count(*) FROM item"), 25)


async def pagination():
    equal([r[0] for r in await db.fetch("SELECT id FROM item ORDER BY id LIMIT $1 OFFSET $2", 3, 10)], [11, 12, 13])
    async with db.transaction():
        equal([r[0] async for r in db.cursor("SELECT id FROM item ORDER BY id", prefetch=7)], list(range(1, 26)))
        cursor = await db.cursor("SELECT id FROM item ORDER BY id")
        await cursor.forward(4)
        equal((await cursor.fetchrow())[0], 5)


async def upsert():
    for price in (5, 6):
        await db.execute("INSERT INTO item (name, price) VALUES ('up', $1) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price",
                         decimal.Decimal(price))
    equal(await db.fetchval("SELECT price FROM item WHERE name = 'up'"), decimal.Decimal("6.00"))


async def json():
    value = {"tags": ["a", "b"], "n": 1}
    await db.set_type_codec("jsonb", encoder=json_module.dumps, decoder=json_module.loads, schema="pg_catalog")
    await db.execute("UPDATE item SET data = $1 WHERE id = 1", value)
    equal(await db.fetchval("SELECT data FROM item WHERE id = 1"), value)


async def array_parameters():
    equal([r[0] for r in await db.fetch("SELECT id FROM item WHERE id = ANY($1::int[]) ORDER BY id", [3, 1, 99])], [1, 3])
    row = await db.fetchrow("SELECT $1::text[], $2::numeric[], $3::timestamptz[]", ["a,b", None], [decimal.Decimal("1.5")], [])
    equal(tuple(row), (["a,b", None], [decimal.Decimal("1.5")], []))
    equal(tuple(await db.fetchrow("SELECT sum(x), count(*) FROM unnest($1::int[], $2::text[]) AS u(x, y)", [1, 2], ["a", "b"])), (3, 2))


async def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    span = dt.timedelta(days=3, seconds=4)
    await db.execute("UPDATE item SET at = $1, day = $2, span = $3 WHERE id = 1", at, at.date(), span)
    equal(tuple(await db.fetchrow("SELECT at, day, span FROM item WHERE id = 1")), (at, at.date(), span))


async def decimals():
    for text in ("12345678901234567890.123456789", "-0.01", "0.0000000001"):
        equal(await db.fetchval("SELECT $1::numeric", decimal.Decimal(text)), decimal.Decimal(text))


async def binary():
    raw = bytes(range(256))
    await db.execute("UPDATE item SET raw = $1, key = $2 WHERE id = 1", raw, uuid.UUID(int=7))
    equal(tuple(await db.fetchrow("SELECT raw, key FROM item WHERE id = 1")), (raw, uuid.UUID(int=7)))


async def introspection():
    statement = await db.prepare("SELECT id, name, price FROM item WHERE id = $1 AND name = $2 AND at > $3")
    equal([t.name for t in statement.get_parameters()], ["int4", "text", "timestamptz"])
    equal([(a.name, a.type.name) for a in statement.get_attributes()], [("id", "int4"), ("name", "text"), ("price", "numeric")])
    equal(db.get_server_version().major, 15)


async def unique_violation():
    try:
        await db.execute("INSERT INTO item (name) VALUES ($1)", "first")
        raise AssertionError("no error")
    except asyncpg.UniqueViolationError as error:
        equal((error.sqlstate, error.table_name, error.constraint_name), ("23505", "item", "item_name_key"))


async def copy():
    equal(await db.copy_records_to_table("item", records=[(100, "copied")], columns=["id", "name"]), "COPY 1")
    equal(await db.fetchval("SELECT name FROM item WHERE id = 100"), "copied")


async def notifications():
    got = asyncio.Queue()
    await db.add_listener("jobs", lambda connection, pid, channel, payload: got.put_nowait((channel, payload)))
    await db.execute("SELECT pg_notify('jobs', 'ready')")
    equal(await asyncio.wait_for(got.get(), 5), ("jobs", "ready"))
    await db.reset()


async def pool():
    async with asyncpg.create_pool(min_size=2, max_size=4) as connections:
        async def one(i):
            async with connections.acquire() as c:
                return await c.fetchval("SELECT $1::int * 2", i)
        equal(await asyncio.gather(*(one(i) for i in range(12))), [i * 2 for i in range(12)])


async def enum():
    await db.execute("CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    await db.execute("CREATE TABLE person (name text, mood mood)")
    await db.execute("INSERT INTO person VALUES ($1, $2)", "b", "happy")
    equal(await db.fetchval("SELECT mood FROM person WHERE mood > $1", "ok"), "happy")


async def array_columns():
    await db.execute("CREATE TABLE tagged (id int PRIMARY KEY, tags text[])")
    await db.execute("INSERT INTO tagged VALUES (1, $1)", ["x", "y z"])
    equal(await db.fetchval("SELECT tags FROM tagged WHERE 'x' = ANY(tags)"), ["x", "y z"])


async def main():
    global db
    db = await asyncpg.connect()
    await run_async([create, read, update, delete, transactions, pagination, upsert, json, array_parameters, timestamps, decimals, binary,
                     introspection, unique_violation, copy, notifications, pool, enum, array_columns])
    await db.close()


asyncio.run(main())
finish()
