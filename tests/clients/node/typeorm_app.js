// An application on TypeORM, with entities, schema synchronization and migrations.
require('reflect-metadata');
const { DataSource, EntitySchema, In, ILike, MoreThan, Table, TableColumn, TableIndex, TableForeignKey } = require('typeorm');
const { run, equal, fails, address } = require('./steps');

const Author = new EntitySchema({
  name: 'author', columns: { id: { type: 'int', primary: true, generated: true }, name: { type: 'varchar', length: 40, unique: true }, born: { type: 'int', default: 1900 },
    joined: { type: 'timestamptz', createDate: true } },
  relations: { books: { type: 'one-to-many', target: 'book', inverseSide: 'author' } },
});
const Book = new EntitySchema({
  name: 'book', columns: { id: { type: 'bigint', primary: true, generated: true }, title: { type: 'text' }, price: { type: 'numeric', precision: 10, scale: 2, nullable: true },
    data: { type: 'jsonb', nullable: true }, raw: { type: 'bytea', nullable: true }, at: { type: 'timestamptz', nullable: true } },
  relations: { author: { type: 'many-to-one', target: 'author', inverseSide: 'books', onDelete: 'CASCADE' } },
  indices: [{ columns: ['title'] }],
});
class Cities1700000000000 {
  async up(runner) {
    await runner.createTable(new Table({ name: 'city', columns: [{ name: 'id', type: 'int', isPrimary: true, isGenerated: true, generationStrategy: 'increment' }, { name: 'name', type: 'varchar(20)' }] }));
    await runner.addColumn('city', new TableColumn({ name: 'mayor', type: 'int', isNullable: true }));
    await runner.createForeignKey('city', new TableForeignKey({ name: 'city_mayor', columnNames: ['mayor'], referencedTableName: 'author', referencedColumnNames: ['id'] }));
    await runner.createIndex('city', new TableIndex({ name: 'city_name', columnNames: ['name'], isUnique: true }));
    await runner.renameColumn('city', 'name', 'title');
  }

  async down(runner) {
    await runner.dropForeignKey('city', 'city_mayor');
    await runner.dropTable('city');
  }
}
const options = { type: 'postgres', host: address.host, port: address.port, username: address.user, database: address.database, password: 'unused' };
const db = new DataSource({ ...options, entities: [Author, Book], migrations: [Cities1700000000000] });
const authors = () => db.getRepository('author');
const books = () => db.getRepository('book');

run({
  async connect() {
    await db.initialize();
    await db.synchronize();
  },
  async create() {
    equal((await authors().save([{ name: 'Ann' }, { name: 'Bob' }])).map((a) => [a.id, a.born]), [[1, 1900], [2, 1900]]);
    await books().save(Array.from({ length: 20 }, (_, i) => ({ title: `Book ${i + 1}`, price: i + 1, author: { id: 1 } })));
    equal(await books().count(), 20);
  },
  async read() {
    const found = await authors().find({ relations: { books: true }, order: { id: 'ASC', books: { id: 'DESC' } } });
    equal(found.map((a) => [a.name, a.books.length, a.books[0]?.id ?? null]), [['Ann', 20, '20'], ['Bob', 0, null]]);
    equal(await books().createQueryBuilder('b').select('COUNT(*)', 'n').addSelect('SUM(b.price)', 'total').groupBy('b.authorId').getRawMany(), [{ n: '20', total: '210.00' }]);
    equal((await books().find({ where: { title: ILike('book 1%'), price: MoreThan(17) }, order: { id: 'ASC' } })).map((b) => b.id), ['18', '19']);
  },
  async update() {
    equal((await books().update({ id: MoreThan(18) }, { price: () => 'price * 2' })).affected, 2);
    const book = await books().findOneBy({ id: 1 });
    book.title = 'Renamed';
    await books().save(book);
    equal((await books().findOneBy({ id: 1 })).title, 'Renamed');
  },
  async delete() {
    equal((await books().delete(20)).affected, 1);
  },
  async transactions() {
    await fails(db.transaction('SERIALIZABLE', async (m) => {
      await m.delete('book', { id: MoreThan(0) });
      throw new Error('back');
    }), (e) => equal(e.message, 'back'));
    await db.transaction(async (m) => {
      await m.transaction((n) => n.insert('author', { name: 'Ann' })).catch((e) => equal(e.code, '23505'));
      equal((await m.findOne('author', { where: { id: 1 }, lock: { mode: 'pessimistic_write' } })).name, 'Ann');
    });
    equal(await books().count(), 19);
  },
  async pagination() {
    const [rows, total] = await books().findAndCount({ relations: { author: true }, order: { id: 'ASC' }, take: 3, skip: 10 });
    equal([rows.map((b) => b.id), total], [['11', '12', '13'], 19]);
  },
  async upsert() {
    for (const born of [1, 2]) await authors().upsert({ name: 'Cid', born }, ['name']);
    equal((await authors().findOneBy({ name: 'Cid' })).born, 2);
  },
  async json() {
    const data = { tags: ['a', 'b'], n: { m: 1 } };
    await books().update(1, { data });
    equal((await books().createQueryBuilder('b').where('b.data @> :d', { d: { n: { m: 1 } } }).andWhere("b.data->'tags'->>1 = :t", { t: 'b' }).getOne()).data, data);
  },
  async array_parameters() {
    equal((await books().find({ where: { id: In([3, 1]) }, order: { id: 'ASC' } })).map((b) => b.id), ['1', '3']);
    equal((await books().createQueryBuilder('b').where('b.id = ANY(:ids)', { ids: [3, 1] }).orderBy('b.id').getMany()).map((b) => b.id), ['1', '3']);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await books().update(1, { at });
    equal((await books().findOneBy({ at })).at, at);
    equal((await authors().findOneBy({ id: 1 })).joined instanceof Date, true);
  },
  async decimals() {
    equal([await books().sum('price', { id: In([1, 2]) }), (await books().findOneBy({ id: 2 })).price], [3, '2.00']);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await books().update(1, { raw });
    equal((await books().findOneBy({ id: 1 })).raw, raw);
  },
  async migrations() {
    equal((await db.runMigrations()).length, 1);
    const runner = db.createQueryRunner();
    const city = await runner.getTable('city');
    equal([city.columns.map((c) => [c.name, c.type, c.isNullable]), city.foreignKeys.map((k) => k.referencedTableName), city.indices.map((i) => [i.name, i.isUnique])],
      [[['id', 'integer', false], ['title', 'character varying', false], ['mayor', 'integer', true]], ['author'], [['city_name', true]]]);
    await db.undoLastMigration();
    equal(await runner.hasTable('city'), false);
    await runner.release();
  },
  async introspection() {
    // What synchronize() would still change: nothing.
    equal((await db.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query), []);
  },
  async unique_violation() {
    await fails(authors().insert({ name: 'Ann' }), (e) => equal([e.name, e.code, e.driverError.table], ['QueryFailedError', '23505', 'author']));
  },
  async enum() {
    const Person = new EntitySchema({ name: 'person', columns: { name: { type: 'text', primary: true }, mood: { type: 'enum', enum: ['sad', 'ok', 'happy'] } } });
    const other = await new DataSource({ ...options, entities: [Person], synchronize: true }).initialize();
    await other.getRepository('person').save([{ name: 'a', mood: 'sad' }, { name: 'b', mood: 'happy' }]);
    equal((await other.getRepository('person').findBy({ mood: MoreThan('ok') })).map((p) => p.name), ['b']);
    equal((await other.driver.createSchemaBuilder().log()).upQueries.length, 0);
    await other.destroy();
  },
  async array_columns() {
    const Tagged = new EntitySchema({ name: 'tagged', columns: { id: { type: 'int', primary: true }, tags: { type: 'text', array: true } } });
    const other = await new DataSource({ ...options, entities: [Tagged], synchronize: true }).initialize();
    await other.getRepository('tagged').save({ id: 1, tags: ['x', 'y z'] });
    equal((await other.getRepository('tagged').findOneBy({ id: 1 })).tags, ['x', 'y z']);
    await other.destroy();
  },
}, () => db.isInitialized && db.destroy());
