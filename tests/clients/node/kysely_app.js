// An application on Kysely, with its schema builder, migrator and introspection.
const { Kysely, Migrator, PostgresDialect, sql } = require('kysely');
const { Pool } = require('pg');
const { run, equal, fails, address } = require('./steps');

const db = new Kysely({ dialect: new PostgresDialect({ pool: new Pool({ ...address, max: 4 }) }) });
const migrator = new Migrator({
  db,
  provider: {
    getMigrations: async () => ({
      '1 tables': {
        up: async (k) => {
          await k.schema.createTable('author').addColumn('id', 'serial', (c) => c.primaryKey()).addColumn('name', 'varchar(40)', (c) => c.notNull().unique()).execute();
          await k.schema.createTable('book').addColumn('id', 'integer', (c) => c.generatedAlwaysAsIdentity().primaryKey()).addColumn('title', 'text', (c) => c.notNull())
            .addColumn('price', 'numeric(10, 2)').addColumn('data', 'jsonb').addColumn('raw', 'bytea').addColumn('at', 'timestamptz', (c) => c.defaultTo(sql`now()`))
            .addColumn('author_id', 'integer', (c) => c.references('author.id').onDelete('cascade')).execute();
          await k.schema.createIndex('book_title').on('book').column('title').execute();
        },
        down: async (k) => { await k.schema.dropTable('book').execute(); await k.schema.dropTable('author').execute(); },
      },
      '2 changes': {
        up: async (k) => {
          await k.schema.alterTable('author').addColumn('born', 'integer', (c) => c.defaultTo(1900)).execute();
          await k.schema.alterTable('author').alterColumn('name', (c) => c.setDataType('text')).execute();
        },
        down: (k) => k.schema.alterTable('author').dropColumn('born').execute(),
      },
    }),
  },
});

run({
  async migrations() {
    const up = await migrator.migrateToLatest();
    equal([up.error?.message ?? null, up.results.map((r) => r.status)], [null, ['Success', 'Success']]);
    equal((await migrator.migrateDown()).results.map((r) => [r.migrationName, r.status]), [['2 changes', 'Success']]);
    equal((await migrator.migrateToLatest()).results.map((r) => r.status), ['Success']);
  },
  async create() {
    equal(await db.insertInto('author').values([{ name: 'Ann' }, { name: 'Bob' }]).returning(['id', 'born']).execute(), [{ id: 1, born: 1900 }, { id: 2, born: 1900 }]);
    const books = Array.from({ length: 20 }, (_, i) => ({ title: `Book ${i + 1}`, price: i + 1, author_id: 1 }));
    equal((await db.insertInto('book').values(books).executeTakeFirst()).numInsertedOrUpdatedRows.toString(), '20');
  },
  async read() {
    equal(await db.selectFrom('author').leftJoin('book', 'book.author_id', 'author.id').groupBy('author.name').orderBy('author.name')
      .select((e) => ['author.name', e.fn.count('book.id').as('n'), e.fn.sum('price').as('total')]).execute(),
    [{ name: 'Ann', n: '20', total: '210.00' }, { name: 'Bob', n: '0', total: null }]);
    equal((await db.with('dear', (q) => q.selectFrom('book').selectAll().where('price', '>', 18)).selectFrom('dear').select('id').orderBy('id', 'desc').execute()).map((r) => r.id), [20, 19]);
  },
  async update() {
    equal((await db.updateTable('book').set((e) => ({ price: e('price', '*', 2) })).where('id', '>', 18).executeTakeFirst()).numUpdatedRows.toString(), '2');
    equal(await db.updateTable('book').set({ title: 'Renamed' }).where('id', '=', 1).returning('title').execute(), [{ title: 'Renamed' }]);
  },
  async delete() {
    equal((await db.deleteFrom('book').where('id', '=', 20).executeTakeFirst()).numDeletedRows.toString(), '1');
  },
  async transactions() {
    await fails(db.transaction().setIsolationLevel('repeatable read').execute(async (t) => {
      await t.deleteFrom('book').execute();
      throw new Error('back');
    }), (e) => equal(e.message, 'back'));
    equal(await db.selectFrom('book').select((e) => e.fn.countAll().as('n')).execute(), [{ n: '19' }]);
    const t = await db.startTransaction().execute();
    const s = await t.savepoint('one').execute();
    await s.deleteFrom('book').execute();
    await (await s.rollbackToSavepoint('one').execute()).commit().execute();
    equal(await db.selectFrom('book').select((e) => e.fn.countAll().as('n')).execute(), [{ n: '19' }]);
  },
  async pagination() {
    equal((await db.selectFrom('book').select('id').orderBy('id').limit(3).offset(10).execute()).map((r) => r.id), [11, 12, 13]);
  },
  async upsert() {
    for (const born of [1, 2]) {
      await db.insertInto('author').values({ name: 'Cid', born }).onConflict((c) => c.column('name').doUpdateSet((e) => ({ born: e.ref('excluded.born') }))).execute();
    }
    equal(await db.selectFrom('author').where('name', '=', 'Cid').select('born').execute(), [{ born: 2 }]);
  },
  async json() {
    const value = { tags: ['a', 'b'], n: { m: 1 } };
    await db.updateTable('book').set({ data: JSON.stringify(value) }).where('id', '=', 1).execute();
    equal(await db.selectFrom('book').select((e) => ['data', e.ref('data', '->').key('tags').at(1).as('tag')]).where('id', '=', 1).execute(), [{ data: value, tag: 'b' }]);
  },
  async json_aggregates() {
    const { jsonArrayFrom } = require('kysely/helpers/postgres');
    equal(await db.selectFrom('author').where('id', '=', 1).select((e) => ['name',
      jsonArrayFrom(e.selectFrom('book').select(['book.id', 'title']).whereRef('book.author_id', '=', 'author.id').where('book.id', '<', 3).orderBy('book.id')).as('books')]).execute(),
    [{ name: 'Ann', books: [{ id: 1, title: 'Renamed' }, { id: 2, title: 'Book 2' }] }]);
  },
  async array_parameters() {
    equal((await db.selectFrom('book').select('id').where((e) => e('id', '=', e.fn.any(e.val([3, 1])))).orderBy('id').execute()).map((r) => r.id), [1, 3]);
    equal((await db.selectFrom('book').select('id').where('id', 'in', [3, 1, 99]).orderBy('id').execute()).map((r) => r.id), [1, 3]);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await db.updateTable('book').set({ at }).where('id', '=', 1).execute();
    equal(await db.selectFrom('book').select('at').where('id', '=', 1).execute(), [{ at }]);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await db.updateTable('book').set({ raw }).where('id', '=', 1).execute();
    equal(await db.selectFrom('book').select('raw').where('id', '=', 1).execute(), [{ raw }]);
  },
  async decimals() {
    equal(await db.selectFrom('book').where('id', '<', 3).select((e) => e.fn.sum('price').as('s')).execute(), [{ s: '3.00' }]);
  },
  async introspection() {
    const tables = await db.introspection.getTables();
    const book = tables.find((t) => t.name === 'book');
    equal(tables.map((t) => t.name).sort(), ['author', 'book']);
    equal(book.columns.slice(0, 3).map((c) => [c.name, c.dataType, c.isNullable, c.isAutoIncrementing]),
      [['id', 'int4', false, true], ['title', 'text', false, false], ['price', 'numeric', true, false]]);
  },
  async unique_violation() {
    await fails(db.insertInto('author').values({ name: 'Ann' }).execute(), (e) => equal([e.code, e.constraint], ['23505', 'author_name_key']));
  },
  async enum() {
    await db.schema.createType('mood').asEnum(['sad', 'ok', 'happy']).execute();
    await db.schema.createTable('person').addColumn('name', 'text').addColumn('mood', sql`mood`).execute();
    await db.insertInto('person').values([{ name: 'a', mood: 'sad' }, { name: 'b', mood: 'happy' }]).execute();
    equal(await db.selectFrom('person').where('mood', '>', 'ok').select('name').execute(), [{ name: 'b' }]);
  },
}, () => db.destroy());
