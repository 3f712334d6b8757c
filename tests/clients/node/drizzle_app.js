// An application on Drizzle, over node-postgres, with its migrator.
const fs = require('node:fs');
const path = require('node:path');
const { Pool } = require('pg');
const { drizzle } = require('drizzle-orm/node-postgres');
const { migrate } = require('drizzle-orm/node-postgres/migrator');
const { pgTable, pgEnum, serial, text, varchar, integer, numeric, jsonb, timestamp, bigserial, customType } = require('drizzle-orm/pg-core');
const { eq, gt, inArray, sql, count, sum, relations, asc, desc, arrayContains } = require('drizzle-orm');
const { run, equal, fails, address } = require('./steps');

const bytea = customType({ dataType: () => 'bytea' });
const author = pgTable('author', { id: serial('id').primaryKey(), name: varchar('name', { length: 40 }).notNull().unique(), born: integer('born').default(1900) });
const book = pgTable('book', {
  id: bigserial('id', { mode: 'number' }).primaryKey(), title: text('title').notNull(), price: numeric('price', { precision: 10, scale: 2 }), data: jsonb('data'),
  raw: bytea('raw'), at: timestamp('at', { withTimezone: true }).defaultNow(), authorId: integer('author_id').references(() => author.id, { onDelete: 'cascade' }),
});
const authorBooks = relations(author, ({ many }) => ({ books: many(book) }));
const bookAuthor = relations(book, ({ one }) => ({ author: one(author, { fields: [book.authorId], references: [author.id] }) }));
const mood = pgEnum('mood', ['sad', 'ok', 'happy']);
const person = pgTable('person', { name: text('name'), mood: mood('mood') });
const tagged = pgTable('tagged', { id: integer('id').primaryKey(), tags: text('tags').array() });

const pool = new Pool({ ...address, max: 4 });
const db = drizzle(pool, { schema: { author, book, authorBooks, bookAuthor } });

// What drizzle-kit writes.
const folder = path.join(process.env.CLIENT_WORK, 'drizzle');
fs.mkdirSync(path.join(folder, 'meta'), { recursive: true });
fs.writeFileSync(path.join(folder, '0000_tables.sql'), `CREATE TABLE IF NOT EXISTS "author" (
\t"id" serial PRIMARY KEY NOT NULL,
\t"name" varchar(40) NOT NULL,
\t"born" integer DEFAULT 1900,
\tCONSTRAINT "author_name_unique" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE IF NOT EXISTS "book" (
\t"id" bigserial PRIMARY KEY NOT NULL,
\t"title" text NOT NULL,
\t"price" numeric(10, 2),
\t"data" jsonb,
\t"raw" "bytea",
\t"at" timestamp with time zone DEFAULT now(),
\t"author_id" integer
);
--> statement-breakpoint
ALTER TABLE "book" ADD CONSTRAINT "book_author_id_author_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."author"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "title_index" ON "book" USING btree ("title");`);
fs.writeFileSync(path.join(folder, 'meta/_journal.json'),
  JSON.stringify({ version: '7', dialect: 'postgresql', entries: [{ idx: 0, version: '7', when: 1700000000000, tag: '0000_tables', breakpoints: true }] }));

run({
  async migrations() {
    await migrate(db, { migrationsFolder: folder });
    await migrate(db, { migrationsFolder: folder });
    equal((await db.execute(sql`SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations`)).rows, [{ n: 1 }]);
  },
  async create() {
    equal(await db.insert(author).values([{ name: 'Ann' }, { name: 'Bob' }]).returning(), [{ id: 1, name: 'Ann', born: 1900 }, { id: 2, name: 'Bob', born: 1900 }]);
    await db.insert(book).values(Array.from({ length: 20 }, (_, i) => ({ title: `Book ${i + 1}`, price: String(i + 1), authorId: 1 })));
  },
  async read() {
    equal(await db.select({ name: author.name, n: count(book.id), total: sum(book.price) }).from(author).leftJoin(book, eq(book.authorId, author.id))
      .groupBy(author.name).orderBy(author.name), [{ name: 'Ann', n: 20, total: '210.00' }, { name: 'Bob', n: 0, total: null }]);
    const dear = db.$with('dear').as(db.select().from(book).where(gt(book.price, '18')));
    equal((await db.with(dear).select({ id: dear.id }).from(dear).orderBy(desc(dear.id))).map((r) => r.id), [20, 19]);
  },
  async relations() {
    const found = await db.query.author.findMany({ with: { books: { columns: { id: true }, limit: 2, orderBy: asc(book.id) } }, orderBy: asc(author.id) });
    equal(found, [{ id: 1, name: 'Ann', born: 1900, books: [{ id: 1 }, { id: 2 }] }, { id: 2, name: 'Bob', born: 1900, books: [] }]);
    equal((await db.query.book.findFirst({ with: { author: true }, where: eq(book.id, 3) })).author.name, 'Ann');
  },
  async update() {
    equal((await db.update(book).set({ price: sql`${book.price} * 2` }).where(gt(book.id, 18))).rowCount, 2);
    equal(await db.update(book).set({ title: 'Renamed' }).where(eq(book.id, 1)).returning({ title: book.title }), [{ title: 'Renamed' }]);
  },
  async delete() {
    equal((await db.delete(book).where(eq(book.id, 20))).rowCount, 1);
  },
  async transactions() {
    await fails(db.transaction(async (t) => {
      await t.delete(book);
      await t.transaction((s) => s.insert(author).values({ name: 'Ann' })).catch((e) => equal((e.cause ?? e).code, '23505'));
      throw new Error('back');
    }, { isolationLevel: 'repeatable read' }), (e) => equal(e.message, 'back'));
    equal(await db.$count(book), 19);
  },
  async pagination() {
    equal((await db.select({ id: book.id }).from(book).orderBy(book.id).limit(3).offset(10)).map((r) => r.id), [11, 12, 13]);
  },
  async upsert() {
    for (const born of [1, 2]) await db.insert(author).values({ name: 'Cid', born }).onConflictDoUpdate({ target: author.name, set: { born } });
    await db.insert(author).values({ name: 'Cid', born: 3 }).onConflictDoNothing();
    equal(await db.select({ born: author.born }).from(author).where(eq(author.name, 'Cid')), [{ born: 2 }]);
  },
  async json() {
    const value = { tags: ['a', 'b'], n: { m: 1 } };
    await db.update(book).set({ data: value }).where(eq(book.id, 1));
    equal(await db.select({ data: book.data }).from(book).where(sql`${book.data} @> ${JSON.stringify({ n: { m: 1 } })}`), [{ data: value }]);
  },
  async array_parameters() {
    equal((await db.select({ id: book.id }).from(book).where(inArray(book.id, [3, 1, 99])).orderBy(book.id)).map((r) => r.id), [1, 3]);
    equal((await db.select({ id: book.id }).from(book).where(sql`${book.id} = ANY(${sql.param([3, 1])})`).orderBy(book.id)).map((r) => r.id), [1, 3]);
  },
  async timestamps() {
    const at = new Date('2024-02-29T12:30:15.123+02:00');
    await db.update(book).set({ at }).where(eq(book.id, 1));
    equal(await db.select({ at: book.at }).from(book).where(eq(book.at, at)), [{ at }]);
  },
  async binary() {
    const raw = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    await db.update(book).set({ raw }).where(eq(book.id, 1));
    equal((await db.select({ raw: book.raw }).from(book).where(eq(book.id, 1)))[0].raw, raw);
  },
  async prepared() {
    const statement = db.select({ title: book.title }).from(book).where(eq(book.id, sql.placeholder('id'))).prepare('by id');
    for (const id of [1, 2, 1]) equal(await statement.execute({ id }), [{ title: id === 1 ? 'Renamed' : 'Book 2' }]);
  },
  async unique_violation() {
    await fails(db.insert(author).values({ name: 'Ann' }), (e) => equal([(e.cause ?? e).code, (e.cause ?? e).constraint], ['23505', 'author_name_unique']));
  },
  async enum() {
    await db.execute(sql`CREATE TYPE "public"."mood" AS ENUM('sad', 'ok', 'happy')`);
    await db.execute(sql`CREATE TABLE person (name text, mood mood)`);
    await db.insert(person).values([{ name: 'a', mood: 'sad' }, { name: 'b', mood: 'happy' }]);
    equal(await db.select().from(person).where(gt(person.mood, 'ok')), [{ name: 'b', mood: 'happy' }]);
  },
  async array_columns() {
    await db.execute(sql`CREATE TABLE tagged (id int PRIMARY KEY, tags text[])`);
    await db.insert(tagged).values({ id: 1, tags: ['x', 'y z'] });
    equal(await db.select().from(tagged).where(arrayContains(tagged.tags, ['x'])), [{ id: 1, tags: ['x', 'y z'] }]);
  },
}, () => pool.end());
