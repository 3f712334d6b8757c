// An application on Sequelize.
const { Sequelize, DataTypes, Op, QueryTypes, Transaction } = require('sequelize');
const { run, equal, fails, address } = require('./steps');

const db = new Sequelize({ dialect: 'postgres', host: address.host, port: address.port, username: address.user, database: address.database, password: 'unused', logging: false });
const Author = db.define('Author', { name: { type: DataTypes.STRING(40), allowNull: false, unique: true }, born: { type: DataTypes.INTEGER, defaultValue: 1900 } });
const Book = db.define('Book', {
  title: { type: DataTypes.TEXT, allowNull: false }, price: DataTypes.DECIMAL(10, 2), data: DataTypes.JSONB, raw: DataTypes.BLOB, at: DataTypes.DATE, key: DataTypes.UUID,
}, { indexes: [{ fields: ['title'] }] });
Author.hasMany(Book, { as: 'books', onDelete: 'CASCADE' });
Book.belongsTo(Author);

run({
  async create() {
    await db.authenticate();
    await db.sync();
    const ann = await Author.create({ name: 'Ann' });
    await Author.create({ name: 'Bob' });
    equal([ann.id, ann.born], [1, 1900]);
    const books = await Book.bulkCreate(Array.from({ length: 20 }, (_, i) => ({ title: `Book ${i + 1}`, price: i + 1, AuthorId: 1 })));
    equal(books.map((b) => b.id), Array.from({ length: 20 }, (_, i) => i + 1));
  },
  async read() {
    const found = await Author.findAll({ include: 'books', order: [['id', 'ASC'], ['books', 'id', 'DESC']] });
    equal(found.map((a) => [a.name, a.books.length, a.books[0]?.id ?? null]), [['Ann', 20, 20], ['Bob', 0, null]]);
    equal(await Book.findAll({ attributes: ['AuthorId', [db.fn('COUNT', db.col('id')), 'n'], [db.fn('SUM', db.col('price')), 'total']], group: 'AuthorId', raw: true }),
      [{ AuthorId: 1, n: '20', total: '210.00' }]);
    equal((await Book.findAll({ where: { title: { [Op.iLike]: 'book 1%' }, price: { [Op.between]: [16, 18] } }, order: ['id'] })).map((b) => b.id), [16, 17, 18]);
  },
  async update() {
    equal(await Book.update({ price: db.literal('price * 2') }, { where: { id: { [Op.gt]: 18 } } }), [2]);
    const book = await Book.findByPk(1);
    await book.update({ title: 'Renamed' });
    await Author.increment('born', { where: { id: 1 } });
    equal([(await Book.findByPk(1)).title, (await Author.findByPk(1)).born], ['Renamed', 1901]);
  },
  async delete() {
    equal(await Book.destroy({ where: { id: 20 } }), 1);
  },
  async transactions() {
    await fails(db.transaction({ isolationLevel: Transaction.ISOLATION_LEVELS.REPEATABLE_READ }, async (transaction) => {
      await Book.destroy({ where: {}, transaction });
      throw new Error('back');
    }), (e) => equal(e.message, 'back'));
    equal(await Book.count(), 19);
    await db.transaction(async (transaction) => {
      await fails(db.transaction({ transaction }, (t) => Author.create({ name: 'Ann' }, { transaction: t })), (e) => equal(e.name, 'SequelizeUniqueConstraintError'));
      equal((await Author.findByPk(1, { transaction, lock: true })).name, 'Ann');
    });
  },
  async pagination() {
    const page = await Book.findAndCountAll({ order: ['id'], limit: 3, offset: 10 });
    equal([page.count, page.rows.map((b) => b.id)], [19, [11, 12, 13]]);
  },
  async upsert() {
    for (const born of [1, 2]) await Author.upsert({ name: 'Cid', born });
    equal((await Author.findOne({ where: { name: 'Cid' } })).born, 2);
    await Author.bulkCreate([{ name: 'Cid', born: 3 }], { updateOnDuplicate: ['born'], conflictAttributes: ['name'] });
    await Author.bulkCreate([{ name: 'Cid', born: 4 }], { ignoreDuplicates: true });
    equal((await Author.findOne({ where: { name: 'Cid' } })).born, 3);
  },
  async find_or_create() {
    equal((await Author.findOrCreate({ where: { name: 'Cid' } }))[1], false);
    equal((await Author.findOrCreate({ where: { name: 'Dan' }, defaults: { born: 5 } }))[1], true);
  },
  async json() {
    await Book.update({ data: { tags: ['a', 'b'], n: { m: 1 } } }, { where: { id: 1 } });
    equal((await Book.findOne({ where: { data: { n: { m: 1 } } } })).data, { tags: ['a', 'b'], n: { m: 1 } });
    equal(await Book.count({ where: { data: { [Op.contains]: { tags: ['b'] } } } }), 1);
  },
  async array_parameters() {
    equal((await db.query('SELECT id FROM "Books" WHERE id = ANY($ids) ORDER BY id', { bind: { ids: [3, 1] }, type: QueryTypes.SELECT })).map((r) => r.id), [1, 3]);
    equal((await Book.findAll({ where: { id: [3, 1, 99] }, order: ['id'] })).map((b) => b.id), [1, 3]);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await Book.update({ at, key: '00000000-0000-0000-0000-000000000007' }, { where: { id: 1 } });
    const book = await Book.findOne({ where: { at } });
    equal([book.at, book.key], [at, '00000000-0000-0000-0000-000000000007']);
  },
  async decimals() {
    equal(await Book.sum('price', { where: { id: [1, 2] } }), 3);
    equal((await Book.findByPk(2)).price, '2.00');
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await Book.update({ raw }, { where: { id: 1 } });
    equal((await Book.findByPk(1)).raw, raw);
  },
  async introspection() {
    const queries = db.getQueryInterface();
    equal((await queries.showAllTables()).sort(), ['Authors', 'Books']);
    const table = await queries.describeTable('Books');
    equal([table.id.primaryKey, table.title.allowNull, table.price.type, table.at.type, table.id.defaultValue],
      [true, false, 'NUMERIC', 'TIMESTAMP WITH TIME ZONE', 'nextval("Books_id_seq"::regclass)']);
    equal((await queries.showIndex('Books')).map((i) => [i.name, i.unique, i.fields.map((f) => f.attribute)]), [['Books_pkey', true, ['id']], ['books_title', false, ['title']]]);
    equal((await queries.getForeignKeyReferencesForTable('Books')).map((k) => [k.columnName, k.referencedTableName]), [['AuthorId', 'Authors']]);
  },
  async migrations() {
    const queries = db.getQueryInterface();
    await queries.addColumn('Authors', 'city', { type: DataTypes.STRING(10), allowNull: false, defaultValue: 'x' });
    await queries.changeColumn('Authors', 'city', { type: DataTypes.TEXT, allowNull: true });
    await queries.renameColumn('Authors', 'city', 'town');
    await queries.addIndex('Authors', ['town'], { name: 'town', unique: false });
    await queries.addConstraint('Authors', { type: 'check', fields: ['born'], name: 'born_positive', where: { born: { [Op.gt]: 0 } } });
    await queries.removeConstraint('Authors', 'born_positive');
    await queries.removeIndex('Authors', 'town');
    await queries.removeColumn('Authors', 'town');
    await db.sync({ alter: true });
    equal(Object.keys(await queries.describeTable('Authors')), ['id', 'name', 'born', 'createdAt', 'updatedAt']);
  },
  async unique_violation() {
    await fails(Author.create({ name: 'Ann' }), (e) => equal([e.name, e.parent.code, e.parent.constraint], ['SequelizeUniqueConstraintError', '23505', 'Authors_name_key']));
  },
  async unique_violation_values() {
    await fails(Author.create({ name: 'Ann' }), (e) => equal(e.fields, { name: 'Ann' }));
  },
  async foreign_key_violation() {
    await fails(Book.create({ title: 'x', AuthorId: 99 }), (e) => equal([e.name, e.index, e.table], ['SequelizeForeignKeyConstraintError', 'Books_AuthorId_fkey', 'Books']));
  },
  async enum() {
    const Person = db.define('Person', { name: DataTypes.TEXT, mood: DataTypes.ENUM('sad', 'ok', 'happy') });
    await Person.sync();
    await Person.bulkCreate([{ name: 'a', mood: 'sad' }, { name: 'b', mood: 'happy' }]);
    equal((await Person.findAll({ where: { mood: { [Op.gt]: 'ok' } } })).map((p) => p.name), ['b']);
  },
  async array_columns() {
    const Tagged = db.define('Tagged', { tags: DataTypes.ARRAY(DataTypes.TEXT) });
    await Tagged.sync();
    await Tagged.create({ tags: ['x', 'y z'] });
    equal((await Tagged.findOne({ where: { tags: { [Op.contains]: ['x'] } } })).tags, ['x', 'y z']);
  },
}, () => db.close());
