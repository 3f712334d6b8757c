"""An application on peewee, with its playhouse for PostgreSQL and its migrations."""
import datetime as dt
import decimal
import os
import uuid

from peewee import (BigAutoField, BlobField, CharField, DateTimeField, DecimalField, ForeignKeyField, IntegerField, IntegrityError, Model,
                    TextField, UUIDField, chunked, fn)
from playhouse.migrate import PostgresqlMigrator, migrate
from playhouse.postgres_ext import ArrayField, BinaryJSONField, DateTimeTZField, PostgresqlExtDatabase
from playhouse.reflection import Introspector

from steps import equal, finish, steps

db = PostgresqlExtDatabase(os.environ["PGDATABASE"], user="allod", host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]))
step = steps(lambda: db.close())


class Author(Model):
    name = CharField(40, unique=True)

    class Meta:
        database = db


class Book(Model):
    id = BigAutoField()
    title = TextField(index=True)
    price = DecimalField(10, 2, null=True)
    data = BinaryJSONField(null=True, index=False)
    raw = BlobField(null=True)
    at = DateTimeTZField(null=True)
    key = UUIDField(null=True)
    author = ForeignKeyField(Author, backref="books", on_delete="CASCADE")

    class Meta:
        database = db


@step
def create():
    db.create_tables([Author, Book])
    ann = Author.create(name="Ann")
    Author.create(name="Bob")
    with db.atomic():
        for rows in chunked([{"title": f"Book {i:02}", "price": i, "author": ann} for i in range(1, 21)], 7):
            Book.insert_many(rows).execute()
    equal((ann.id, Book.select().count()), (1, 20))


@step
def read():
    query = Author.select(Author.name, fn.COUNT(Book.id).alias("n"), fn.SUM(Book.price)).left_outer_join(Book).group_by(Author.name).order_by(Author.name)
    equal(list(query.tuples()), [("Ann", 20, decimal.Decimal("210.00")), ("Bob", 0, None)])
    equal(Book.get(Book.title == "Book 03").author.name, "Ann")
    equal([b.id for b in Book.select().where(Book.title.contains("book 1") & (Book.price > 15)).order_by(Book.id)], [16, 17, 18, 19])
    equal(len(Author.get(name="Ann").books), 20)


@step
def update():
    equal(Book.update(price=Book.price * 2).where(Book.id > 18).execute(), 2)
    book = Book.get_by_id(1)
    book.title = "Renamed"
    equal((book.save(), Book.get_by_id(1).title), (1, "Renamed"))
    equal([b.id for b in Book.update(title="x").where(Book.id == 2).returning(Book)], [2])


@step
def delete():
    equal(Book.get_by_id(20).delete_instance(), 1)
    equal(Book.delete().where(Book.id == 19).execute(), 1)


@step
def transactions():
    with db.atomic() as transaction:
        Author.create(name="out")
        with db.atomic() as savepoint:
            Author.create(name="in")
            savepoint.rollback()
        equal(Author.select().count(), 3)
        transaction.rollback()
    equal(Author.select().count(), 2)


@step
def pagination():
    equal([b.id for b in Book.select().order_by(Book.id).paginate(2, 5)], [6, 7, 8, 9, 10])


@step
def upsert():
    for name in ("Cid", "Cid"):
        Author.insert(name=name).on_conflict(conflict_target=[Author.name], update={Author.name: "Cid"}).execute()
    Author.insert(name="Cid").on_conflict_ignore().execute()
    equal((Author.select().count(), Author.get_or_create(name="Cid")[1]), (3, False))


@step
def json():
    Book.update(data={"tags": ["a", "b"], "n": {"m": 1}}).where(Book.id == 1).execute()
    equal(Book.get(Book.data.contains({"tags": ["a"]})).data, {"tags": ["a", "b"], "n": {"m": 1}})
    equal(Book.select(Book.data["n"]["m"]).where(Book.id == 1).scalar(), "1")


@step
def array_parameters():
    equal([b.id for b in Book.select().where(Book.id.in_([3, 1])).order_by(Book.id)], [1, 3])
    equal([r[0] for r in db.execute_sql("SELECT id FROM book WHERE id = ANY(%s) ORDER BY id", ([3, 1],))], [1, 3])


@step
def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    Book.update(at=at, key=uuid.UUID(int=7)).where(Book.id == 1).execute()
    book = Book.get((Book.at.year == 2024) & (Book.at.month == 2))
    equal((book.at, book.key), (at, uuid.UUID(int=7)))


@step
def decimals():
    equal(Book.select(fn.SUM(Book.price)).where(Book.id < 3).scalar(), decimal.Decimal("3.00"))


@step
def binary():
    Book.update(raw=bytes(range(256))).where(Book.id == 1).execute()
    equal(bytes(Book.get_by_id(1).raw), bytes(range(256)))


@step
def introspection():
    equal(db.get_tables(), ["author", "book"])
    equal([(c.name, c.data_type, c.null, c.primary_key) for c in db.get_columns("book")][:3],
          [("id", "bigint", False, True), ("title", "text", False, False), ("price", "numeric", True, False)])
    equal([(i.name, i.columns, i.unique) for i in db.get_indexes("author")], [("author_name", ["name"], True), ("author_pkey", ["id"], True)])
    equal([(k.column, k.dest_table, k.dest_column) for k in db.get_foreign_keys("book")], [("author_id", "author", "id")])
    models = Introspector.from_database(db).generate_models()
    equal(type(models["book"].author_id).__name__, "ForeignKeyField")
    equal((db.table_exists("book"), db.sequence_exists("book_id_seq"), db.get_primary_keys("book")), (True, True, ["id"]))


@step
def unique_violation():
    try:
        Author.create(name="Ann")
        raise AssertionError("no error")
    except IntegrityError as error:
        equal((error.orig.pgcode, error.orig.diag.constraint_name), ("23505", "author_name"))
        db.rollback()


@step
def migrations():
    migrator = PostgresqlMigrator(db)
    with db.atomic():
        migrate(migrator.add_column("author", "born", IntegerField(default=1900)), migrator.rename_column("author", "born", "birth"),
                migrator.drop_not_null("author", "birth"), migrator.add_index("author", ("birth", "name"), True),
                migrator.alter_column_type("author", "birth", TextField(null=True)))
    equal(db.execute_sql("SELECT birth FROM author WHERE id = 1").fetchone(), ("1900",))
    migrate(migrator.drop_index("author", "author_birth_name"), migrator.drop_column("author", "birth"), migrator.rename_table("author", "writer"),
            migrator.rename_table("writer", "author"))
    equal([c.name for c in db.get_columns("author")], ["id", "name"])


@step
def array_columns():
    class Tagged(Model):
        tags = ArrayField(TextField, index=False)

        class Meta:
            database = db

    db.create_tables([Tagged])
    Tagged.create(tags=["x", "y z"])
    equal(Tagged.get(Tagged.tags.contains("x")).tags, ["x", "y z"])
    db.drop_tables([Tagged])


finish()
