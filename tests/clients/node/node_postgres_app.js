// An application on node-postgres (pg), with a pool.
const { Pool, Client } = require('pg');
const { run, equal, fails, address } = require('./steps');

const pool = new Pool({ ...address, max: 4 });
const rows = async (text, values) => (await pool.query(text, values)).rows;

run({
  async create() {
    await pool.query(`CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea,
                                         at timestamptz, day date, active boolean DEFAULT true)`);
    equal(await rows('INSERT INTO item (name, price) VALUES ($1, $2) RETURNING id, active', ['first', 1.1]), [{ id: 1, active: true }]);
    equal((await pool.query('INSERT INTO item (name, price) SELECT \'item \' || i, i FROM generate_series(2, $1::int) i', [30])).rowCount, 29);
  },
  async read() {
    equal(await rows('SELECT count(*) AS n, sum(price) AS total, avg(id)::float8 AS mean FROM item WHERE id > $1', [0]),
      [{ n: '30', total: '465.10', mean: 15.5 }]);
    const result = await pool.query({ text: 'SELECT id, name FROM item WHERE id = $1', values: [1], rowMode: 'array' });
    equal([result.rows, result.fields.map((f) => f.dataTypeID)], [[[1, 'first']], [23, 25]]);
  },
  async update() {
    const result = await pool.query('UPDATE item SET price = price * 2 WHERE id BETWEEN $1 AND $2', [2, 4]);
    equal([result.command, result.rowCount], ['UPDATE', 3]);
    equal(await rows('SELECT price FROM item WHERE id = 3'), [{ price: '6.00' }]);
  },
  async delete() {
    equal((await pool.query('DELETE FROM item WHERE id > $1', [25])).rowCount, 5);
  },
  async transactions() {
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('DELETE FROM item WHERE id = 1');
    await client.query('SAVEPOINT one');
    await fails(client.query('INSERT INTO item (name) VALUES (NULL)'), (e) => equal([e.code, e.column, e.table], ['23502', 'name', 'item']));
    await client.query('ROLLBACK TO SAVEPOINT one');
    equal((await client.query('SELECT count(*)::int AS n FROM item')).rows, [{ n: 24 }]);
    await client.query('ROLLBACK');
    client.release();
    equal(await rows('SELECT count(*)::int AS n FROM item'), [{ n: 25 }]);
  },
  async prepared() {
    for (let i = 1; i < 8; i++) {
      equal((await pool.query({ name: 'by id', text: 'SELECT id FROM item WHERE id = $1', values: [i] })).rows, [{ id: i }]);
    }
  },
  async concurrent() {
    await Promise.all(Array.from({ length: 20 }, (_, i) => pool.query('UPDATE item SET price = price + 1 WHERE id = $1', [5])));
    equal(await rows('SELECT price FROM item WHERE id = 5'), [{ price: '25.00' }]);
  },
  async pagination() {
    equal(await rows('SELECT id FROM item ORDER BY id LIMIT $1 OFFSET $2', [3, 10]), [{ id: 11 }, { id: 12 }, { id: 13 }]);
  },
  async upsert() {
    for (const price of [5, 6]) {
      await pool.query('INSERT INTO item (name, price) VALUES (\'up\', $1) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price', [price]);
    }
    equal(await rows('SELECT price FROM item WHERE name = \'up\''), [{ price: '6.00' }]);
  },
  async json() {
    const value = { tags: ['a', 'b'], n: { m: 1 } };
    await pool.query('UPDATE item SET data = $1 WHERE id = 1', [value]);
    equal(await rows('SELECT data, data->\'tags\'->>$1::int AS tag FROM item WHERE data @> $2', [1, { n: { m: 1 } }]), [{ data: value, tag: 'b' }]);
  },
  async array_parameters() {
    equal(await rows('SELECT id FROM item WHERE id = ANY($1) ORDER BY id', [[3, 1, 99]]), [{ id: 1 }, { id: 3 }]);
    equal(await rows('SELECT $1::text[] AS t, $2::int[] AS i', [['a,b', 'c"d', null], [1, 2]]), [{ t: ['a,b', 'c"d', null], i: [1, 2] }]);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await pool.query('UPDATE item SET at = $1, day = $2 WHERE id = 1', [at, '2024-02-29']);
    equal(await rows('SELECT at, day::text, extract(epoch FROM at)::float8 AS epoch FROM item WHERE id = 1'), [{ at, day: '2024-02-29', epoch: 1709202615.123 }]);
  },
  async decimals() {
    equal(await rows('SELECT $1::numeric + 0.1 AS n, 9223372036854775807 AS big', ['12345678901234567890.1']), [{ n: '12345678901234567890.2', big: '9223372036854775807' }]);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await pool.query('UPDATE item SET raw = $1 WHERE id = 1', [raw]);
    equal((await rows('SELECT raw FROM item WHERE id = 1'))[0].raw, raw);
    const result = await pool.query({ text: 'SELECT raw, 7 AS n FROM item WHERE id = 1', binary: true });
    equal([result.rows[0].raw, result.rows[0].n], [raw, 7]);
  },
  async introspection() {
    equal(await rows(`SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = $1 AND ordinal_position < 4
                      ORDER BY ordinal_position`, ['item']),
      [['id', 'integer', 'NO'], ['name', 'text', 'NO'], ['price', 'numeric', 'YES']].map(([column_name, data_type, is_nullable]) => ({ column_name, data_type, is_nullable })));
  },
  async unique_violation() {
    await fails(pool.query('INSERT INTO item (name) VALUES ($1)', ['first']),
      (e) => equal([e.code, e.schema, e.table, e.constraint], ['23505', 'public', 'item', 'item_name_key']));
  },
  async several_statements() {
    const results = await pool.query('SELECT 1 AS a; SELECT 2 AS b');
    equal(results.map((r) => r.rows[0]), [{ a: 1 }, { b: 2 }]);
  },
  async notifications() {
    const client = new Client(address);
    await client.connect();
    const got = new Promise((resolve) => client.on('notification', (n) => resolve([n.channel, n.payload])));
    await client.query('LISTEN jobs');
    await pool.query('SELECT pg_notify($1, $2)', ['jobs', 'ready']);
    equal(await got, ['jobs', 'ready']);
    await client.end();
  },
  async enum() {
    await pool.query('CREATE TYPE mood AS ENUM (\'sad\', \'ok\', \'happy\')');
    await pool.query('CREATE TABLE person (name text, mood mood)');
    await pool.query('INSERT INTO person VALUES ($1, $2), ($3, $4)', ['a', 'sad', 'b', 'happy']);
    equal(await rows('SELECT name, mood FROM person WHERE mood > $1', ['ok']), [{ name: 'b', mood: 'happy' }]);
  },
  async array_columns() {
    await pool.query('CREATE TABLE tagged (id int PRIMARY KEY, tags text[])');
    await pool.query('INSERT INTO tagged VALUES (1, $1)', [['x', 'y z']]);
    equal(await rows('SELECT tags FROM tagged WHERE $1 = ANY(tags)', ['x']), [{ tags: ['x', 'y z'] }]);
  },
}, () => pool.end());
