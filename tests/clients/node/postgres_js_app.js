// An application on postgres.js.
const postgres = require('postgres');
const { run, equal, fails, address } = require('./steps');

const sql = postgres({ ...address, max: 4, onnotice: () => {} });

run({
  async create() {
    await sql`CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea, at timestamptz)`;
    equal(await sql`INSERT INTO item ${sql({ name: 'first', price: 1.1 }, 'name', 'price')} RETURNING id`, [{ id: 1 }]);
    const many = Array.from({ length: 29 }, (_, i) => ({ name: `item ${i + 2}`, price: i + 2 }));
    equal((await sql`INSERT INTO item ${sql(many, 'name', 'price')}`).count, 29);
  },
  async read() {
    equal(await sql`SELECT count(*)::int AS n, sum(price) AS total FROM item WHERE id > ${0}`, [{ n: 30, total: '465.10' }]);
    equal(await sql`SELECT ${sql(['id', 'name'])} FROM ${sql('item')} WHERE id = ${1}`, [{ id: 1, name: 'first' }]);
  },
  async update() {
    equal((await sql`UPDATE item SET ${sql({ name: 'renamed', price: 9 }, 'name', 'price')} WHERE id = ${2}`).count, 1);
    equal(await sql`SELECT name, price FROM item WHERE id = 2`, [{ name: 'renamed', price: '9.00' }]);
  },
  async delete() {
    equal((await sql`DELETE FROM item WHERE id > ${25}`).count, 5);
  },
  async transactions() {
    await fails(sql.begin(async (t) => {
      await t`DELETE FROM item WHERE id = 1`;
      await t.savepoint((s) => s`INSERT INTO item (name) VALUES ('renamed')`).catch((e) => equal(e.code, '23505'));
      equal(await t`SELECT count(*)::int AS n FROM item`, [{ n: 24 }]);
      throw new Error('back');
    }), (e) => equal(e.message, 'back'));
    equal(await sql`SELECT count(*)::int AS n FROM item`, [{ n: 25 }]);
  },
  async pipeline() {
    equal((await Promise.all(Array.from({ length: 30 }, (_, i) => sql`SELECT ${i}::int AS i`))).map((r) => r[0].i), Array.from({ length: 30 }, (_, i) => i));
  },
  async pagination() {
    equal((await sql`SELECT id FROM item ORDER BY id LIMIT ${3} OFFSET ${10}`).map((r) => r.id), [11, 12, 13]);
    const pages = [];
    await sql`SELECT id FROM item ORDER BY id`.cursor(10, (page) => { pages.push(page.length); });
    equal(pages, [10, 10, 5]);
  },
  async upsert() {
    for (const price of [5, 6]) {
      await sql`INSERT INTO item (name, price) VALUES ('up', ${price}) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price`;
    }
    equal(await sql`SELECT price FROM item WHERE name = 'up'`, [{ price: '6.00' }]);
  },
  async json() {
    const value = { tags: ['a', 'b'], n: { m: 1 } };
    await sql`UPDATE item SET data = ${sql.json(value)} WHERE id = 1`;
    equal(await sql`SELECT data FROM item WHERE data @> ${sql.json({ n: { m: 1 } })}`, [{ data: value }]);
  },
  async array_parameters() {
    equal((await sql`SELECT id FROM item WHERE id = ANY(${[3, 1, 99]}) ORDER BY id`).map((r) => r.id), [1, 3]);
    equal((await sql`SELECT id FROM item WHERE id IN ${sql([3, 1, 99])} ORDER BY id`).map((r) => r.id), [1, 3]);
    equal(await sql`SELECT ${sql.array(['a,b', 'c"d'])}::text[] AS t`, [{ t: ['a,b', 'c"d'] }]);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await sql`UPDATE item SET at = ${at} WHERE id = 1`;
    equal(await sql`SELECT at FROM item WHERE id = 1`, [{ at }]);
  },
  async decimals() {
    equal(await sql`SELECT ${'12345678901234567890.1'}::numeric + 0.1 AS n`, [{ n: '12345678901234567890.2' }]);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await sql`UPDATE item SET raw = ${raw} WHERE id = 1`;
    equal((await sql`SELECT raw FROM item WHERE id = 1`)[0].raw, raw);
  },
  async introspection() {
    const statement = await sql`SELECT id, name, price FROM item WHERE id = ${1}`.describe();
    equal([statement.types, statement.columns.map((c) => [c.name, c.type])], [[23], [['id', 23], ['name', 25], ['price', 1700]]]);
  },
  async unique_violation() {
    await fails(sql`INSERT INTO item (name) VALUES ('first')`,
      (e) => equal([e.code, e.table_name, e.constraint_name], ['23505', 'item', 'item_name_key']));
  },
  async copy() {
    const { pipeline } = require('node:stream/promises');
    const { Readable } = require('node:stream');
    await pipeline(Readable.from(['100\tcopied\n', '101\tmore\n']), await sql`COPY item (id, name) FROM STDIN`.writable());
    equal(await sql`SELECT name FROM item WHERE id >= 100 ORDER BY id`, [{ name: 'copied' }, { name: 'more' }]);
  },
  async notifications() {
    const got = new Promise((resolve) => { sql.listen('jobs', resolve).then(() => sql.notify('jobs', 'ready')); });
    equal(await got, 'ready');
  },
  async enum() {
    await sql`CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')`;
    await sql`CREATE TABLE person (name text, mood mood)`;
    await sql`INSERT INTO person VALUES ('b', ${'happy'})`;
    equal(await sql`SELECT mood FROM person WHERE mood > ${'ok'}`, [{ mood: 'happy' }]);
  },
  async array_columns() {
    await sql`CREATE TABLE tagged (id int PRIMARY KEY, tags text[])`;
    await sql`INSERT INTO tagged ${sql({ id: 1, tags: ['x', 'y z'] })}`;
    equal(await sql`SELECT tags FROM tagged WHERE ${'x'} = ANY(tags)`, [{ tags: ['x', 'y z'] }]);
  },
}, () => sql.end({ timeout: 5 }));
