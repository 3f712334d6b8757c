// An application on Knex, with its schema builder and migrations.
const { run, equal, fails, address } = require('./steps');

const db = require('knex')({ client: 'pg', connection: address, pool: { min: 0, max: 4 } });
const migrations = {
  migrations: {
    migrationSource: {
      getMigrations: async () => ['1 tables', '2 changes'],
      getMigrationName: (name) => name,
      getMigration: (name) => ({
        '1 tables': {
          up: async (k) => {
            await k.schema.createTable('author', (t) => { t.increments(); t.string('name', 40).notNullable().unique(); t.timestamps(true, true); });
            await k.schema.createTable('book', (t) => {
              t.bigIncrements();
              t.text('title').index();
              t.decimal('price', 10, 2);
              t.jsonb('data');
              t.binary('raw');
              t.timestamp('at');
              t.uuid('key');
              t.integer('author_id').references('author.id').onDelete('CASCADE');
            });
          },
          down: (k) => k.schema.dropTable('book').dropTable('author'),
        },
        '2 changes': {
          up: (k) => k.schema.alterTable('author', (t) => {
            t.integer('born').defaultTo(1900);
            t.string('name', 60).notNullable().alter();
            t.index(['born', 'name'], 'author_born');
          }),
          down: (k) => k.schema.alterTable('author', (t) => { t.dropIndex([], 'author_born'); t.dropColumn('born'); }),
        },
      })[name],
    },
  },
}.migrations;

run({
  async migrations() {
    equal((await db.migrate.latest(migrations))[1].length, 2);
    equal((await db.migrate.rollback(migrations))[1].length, 2);
    equal((await db.migrate.latest(migrations))[1].length, 2);
    equal((await db.migrate.list(migrations))[0].length, 2);
  },
  async create() {
    equal(await db('author').insert([{ name: 'Ann' }, { name: 'Bob' }]).returning(['id', 'born']), [{ id: 1, born: 1900 }, { id: 2, born: 1900 }]);
    await db.batchInsert('book', Array.from({ length: 20 }, (_, i) => ({ title: `Book ${i + 1}`, price: i + 1, author_id: 1 })), 7);
  },
  async read() {
    equal(await db('author').leftJoin('book', 'author.id', 'book.author_id').groupBy('author.name').orderBy('author.name')
      .select('author.name').count('book.id as n').sum('price as total'), [{ name: 'Ann', n: '20', total: '210.00' }, { name: 'Bob', n: '0', total: null }]);
    equal(await db('book').whereILike('title', 'book 1%').andWhere('price', '>', 15).orderBy('id').pluck('id'), ['16', '17', '18', '19']);
    equal(await db.with('dear', db('book').where('price', '>', 18)).from('dear').orderBy('id', 'desc', 'last').pluck('id'), ['20', '19']);
  },
  async update() {
    equal(await db('book').where('id', '>', 18).increment('price', 1), 2);
    equal(await db('book').where({ id: 1 }).update({ title: 'Renamed' }, ['title']), [{ title: 'Renamed' }]);
  },
  async delete() {
    equal(await db('book').where('id', 20).del(), 1);
  },
  async transactions() {
    await fails(db.transaction(async (t) => {
      await t('book').del();
      await t.transaction((s) => s('author').insert({ name: 'Ann' })).catch((e) => equal(e.code, '23505'));
      equal(await t('book').count('* as n').first(), { n: '0' });
      throw new Error('back');
    }), (e) => equal(e.message, 'back'));
    equal(await db('book').count('* as n').first(), { n: '19' });
    equal(await db.transaction((t) => t('author').where('id', 1).forUpdate().first('name'), { isolationLevel: 'repeatable read' }), { name: 'Ann' });
  },
  async pagination() {
    equal(await db('book').orderBy('id').limit(3).offset(10).pluck('id'), ['11', '12', '13']);
  },
  async upsert() {
    for (const born of [1, 2]) await db('author').insert({ name: 'Cid', born }).onConflict('name').merge();
    await db('author').insert({ name: 'Cid', born: 3 }).onConflict('name').ignore();
    equal(await db('author').where({ name: 'Cid' }).select('born'), [{ born: 2 }]);
  },
  async json() {
    await db('book').where('id', 1).update({ data: JSON.stringify({ tags: ['a', 'b'], n: { m: 1 } }) });
    equal(await db('book').whereJsonSupersetOf('data', { n: { m: 1 } }).pluck('data'), [{ tags: ['a', 'b'], n: { m: 1 } }]);
    equal(await db('book').where('id', 1).jsonExtract('data', '$.tags[1]', 'tag'), [{ tag: 'b' }]);
  },
  async array_parameters() {
    equal(await db('book').whereIn('id', [3, 1, 99]).orderBy('id').pluck('id'), ['1', '3']);
    equal(await db('book').whereRaw('id = ANY(?)', [[3, 1]]).orderBy('id').pluck('id'), ['1', '3']);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await db('book').where('id', 1).update({ at });
    equal(await db('book').where('id', 1).first('at'), { at });
    equal(Math.abs(Date.now() - (await db('author').first('created_at')).created_at) < 60000, true);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await db('book').where('id', 1).update({ raw, key: '00000000-0000-0000-0000-000000000007' });
    equal(await db('book').where('id', 1).first('raw', 'key'), { raw, key: '00000000-0000-0000-0000-000000000007' });
  },
  async decimals() {
    equal(await db('book').where('id', '<', 3).sum('price as s').first(), { s: '3.00' });
  },
  async introspection() {
    equal([await db.schema.hasTable('book'), await db.schema.hasTable('none'), await db.schema.hasColumn('book', 'raw')], [true, false, true]);
    equal((await db('book').columnInfo()).price, { type: 'numeric', maxLength: null, nullable: true, defaultValue: null });
  },
  async unique_violation() {
    await fails(db('author').insert({ name: 'Ann' }), (e) => equal([e.code, e.table, e.constraint], ['23505', 'author', 'author_name_unique']));
  },
  async enum() {
    await db.schema.createTable('person', (t) => { t.text('name'); t.enu('mood', ['sad', 'ok', 'happy'], { useNative: true, enumName: 'mood' }); });
    await db('person').insert([{ name: 'a', mood: 'sad' }, { name: 'b', mood: 'happy' }]);
    equal(await db('person').where('mood', '>', 'ok').pluck('name'), ['b']);
  },
  async check_enum() {
    await db.schema.createTable('light', (t) => { t.enu('colour', ['red', 'green']); });
    await db('light').insert({ colour: 'red' });
    await fails(db('light').insert({ colour: 'blue' }), (e) => equal([e.code, e.constraint], ['23514', 'light_colour_check']));
  },
}, () => db.destroy());
