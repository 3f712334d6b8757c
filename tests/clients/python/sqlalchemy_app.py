"""An application on SQLAlchemy's ORM, with Alembic's migrations and its comparison of the models with the database."""
import datetime as dt
import decimal
import os

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Session, declarative_base, relationship, selectinload

from steps import equal, finish, steps

engine = sa.create_engine("postgresql+psycopg2://allod@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**os.environ), future=True)
Base = declarative_base()
step = steps()


class Author(Base):
    __tablename__ = "author"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.String(40), nullable=False, unique=True)
    joined = sa.Column(sa.DateTime(timezone=True), server_default=sa.func.now())
    books = relationship("Book", back_populates="author", cascade="all, delete-orphan")


class Book(Base):
    __tablename__ = "book"
    id = sa.Column(sa.Integer, primary_key=True)
    title = sa.Column(sa.Text, nullable=False, index=True)
    price = sa.Column(sa.Numeric(10, 2), sa.CheckConstraint("price >= 0", name="book_price_positive"))
    data = sa.Column(pg.JSONB)
    raw = sa.Column(sa.LargeBinary)
    author_id = sa.Column(sa.ForeignKey("author.id", ondelete="CASCADE"))
    author = relationship("Author", back_populates="books")


@step
def create():
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        author = Author(name="Ann", books=[Book(title=f"Book {i:02}", price=decimal.Decimal(i)) for i in range(1, 21)])
        session.add_all([author, Author(name="Bob")])
        session.commit()
        equal((author.id, len(author.books), author.joined.tzinfo is not None), (1, 20, True))


@step
def read():
    with Session(engine) as session:
        authors = session.scalars(sa.select(Author).options(selectinload(Author.books)).order_by(Author.name)).all()
        equal([(a.name, len(a.books)) for a in authors], [("Ann", 20), ("Bob", 0)])
        query = sa.select(Author.name, sa.func.count(Book.id), sa.func.sum(Book.price)).outerjoin(Book).group_by(Author.name).order_by(Author.name)
        equal([tuple(row) for row in session.execute(query)], [("Ann", 20, decimal.Decimal("210.00")), ("Bob", 0, None)])
        window = sa.select(Book.id, sa.func.row_number().over(order_by=Book.price.desc())).order_by(Book.id).limit(1)
        equal(tuple(session.execute(window).one()), (1, 20))


@step
def update():
    with Session(engine) as session:
        book = session.get(Book, 1)
        book.title = "Renamed"
        session.commit()
        equal(session.get(Book, 1).title, "Renamed")
        equal(session.execute(sa.update(Book).where(Book.id > 18).values(price=Book.price * 2)).rowcount, 2)
        session.commit()


@step
def delete():
    with Session(engine) as session:
        session.delete(session.get(Book, 20))
        session.commit()
        equal(session.scalar(sa.select(sa.func.count()).select_from(Book)), 19)


@step
def transactions():
    with Session(engine) as session:
        with session.begin():
            session.add(Author(name="Cid"))
            try:
                with session.begin_nested():
                    session.add(Author(name="Cid"))
            except sa.exc.IntegrityError:
                pass
        equal(session.scalar(sa.select(sa.func.count()).select_from(Author)), 3)
        session.rollback()
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection:
        equal(connection.scalar(sa.text("SHOW transaction_isolation")), "serializable")


@step
def pagination():
    with Session(engine) as session:
        equal(session.scalars(sa.select(Book.id).order_by(Book.id).limit(3).offset(5)).all(), [6, 7, 8])
        streamed = session.scalars(sa.select(Book.id).order_by(Book.id).execution_options(yield_per=4))
        equal(streamed.all(), list(range(1, 20)))


@step
def upsert():
    with Session(engine) as session:
        for at in (dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc), dt.datetime(2024, 1, 2, tzinfo=dt.timezone.utc)):
            insert = pg.insert(Author).values(name="Dan", joined=at)
            session.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"joined": insert.excluded.joined}))
        equal(session.scalar(sa.select(Author.joined).where(Author.name == "Dan")), at)
        session.commit()


@step
def json():
    with Session(engine) as session:
        session.get(Book, 1).data = {"tags": ["a", "b"], "n": {"m": 1}}
        session.commit()
        equal(session.scalar(sa.select(Book.data["n"]["m"].as_integer()).where(Book.data.contains({"tags": ["a"]}))), 1)
        equal(session.scalar(sa.select(Book.data[("tags", "1")].astext).where(Book.id == 1)), "b")


@step
def array_parameters():
    with Session(engine) as session:
        equal(session.scalars(sa.select(Book.id).where(Book.id == sa.any_(sa.literal([2, 3], pg.ARRAY(sa.Integer)))).order_by(Book.id)).all(), [2, 3])
        equal(session.scalars(sa.select(Book.id).where(Book.id.in_([4, 5])).order_by(Book.id)).all(), [4, 5])
        equal(session.scalar(sa.select(sa.func.array_agg(pg.aggregate_order_by(Book.id, Book.id.desc()))).where(Book.id < 4)), [3, 2, 1])


@step
def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    with Session(engine) as session:
        session.get(Author, 1).joined = at
        session.commit()
        equal(session.get(Author, 1).joined, at)
        equal(session.scalar(sa.select(sa.extract("year", Author.joined)).where(Author.id == 1)), decimal.Decimal(2024))


@step
def decimals():
    with Session(engine) as session:
        equal(session.scalar(sa.select(sa.func.sum(sa.cast("0.1", sa.Numeric)) * 3)), decimal.Decimal("0.3"))
        equal(session.get(Book, 2).price, decimal.Decimal("2.00"))


@step
def binary():
    with Session(engine) as session:
        session.get(Book, 1).raw = bytes(range(256))
        session.commit()
        equal(session.get(Book, 1).raw, bytes(range(256)))


@step
def introspection():
    inspector = sa.inspect(engine)
    equal(sorted(inspector.get_table_names()), ["author", "book"])
    equal([(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns("book")],
          [("id", "INTEGER", False), ("title", "TEXT", False), ("price", "NUMERIC(10, 2)", True), ("data", "JSONB", True),
           ("raw", "BYTEA", True), ("author_id", "INTEGER", True)])
    equal(inspector.get_columns("author")[0]["default"], "nextval('author_id_seq'::regclass)")
    equal(inspector.get_pk_constraint("book"), {"constrained_columns": ["id"], "name": "book_pkey"})
    key = inspector.get_foreign_keys("book")[0]
    equal((key["name"], key["referred_table"], key["options"]), ("book_author_id_fkey", "author", {"ondelete": "CASCADE"}))
    equal([(i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes("book")], [("ix_book_title", ["title"], False)])
    equal([u["name"] for u in inspector.get_unique_constraints("author")], ["author_name_key"])
    equal([c["name"] for c in inspector.get_check_constraints("book")], ["book_price_positive"])
    equal(inspector.get_table_comment("book"), {"text": None})
    equal((inspector.get_view_names(), inspector.get_schema_names()), ([], ["information_schema", "public"]))
    reflected = sa.MetaData()
    reflected.reflect(engine)
    equal(sorted(reflected.tables), ["author", "book"])


@step
def unique_violation():
    with Session(engine) as session:
        session.add(Author(name="Ann"))
        try:
            session.commit()
            raise AssertionError("no error")
        except sa.exc.IntegrityError as error:
            equal((error.orig.pgcode, error.orig.diag.constraint_name), ("23505", "author_name_key"))


@step
def migrations():
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        equal(compare_metadata(context, Base.metadata), [])
        operations = Operations(context)
        operations.create_table("label", sa.Column("id", sa.Integer, primary_key=True), sa.Column("word", sa.String(10), nullable=False))
        operations.add_column("label", sa.Column("weight", sa.Integer, server_default="1", nullable=False))
        operations.alter_column("label", "word", new_column_name="text", type_=sa.Text(), existing_type=sa.String(10))
        operations.create_index("label_text", "label", ["text"], unique=True)
        operations.create_foreign_key("label_book", "label", "book", ["weight"], ["id"])
        operations.alter_column("label", "weight", nullable=True, server_default=None)
        operations.create_check_constraint("label_weight", "label", "weight > 0")
        operations.bulk_insert(sa.table("label", sa.column("text")), [{"text": "x"}, {"text": "y"}])
        equal([tuple(r) for r in connection.execute(sa.text("SELECT text, weight FROM label ORDER BY id"))], [("x", None), ("y", None)])
        equal([d[0] for d in compare_metadata(context, Base.metadata) if d[0] == "remove_table"], ["remove_table"])
        operations.drop_constraint("label_book", "label")
        operations.rename_table("label", "labels")
        operations.drop_column("labels", "weight")
        operations.drop_table("labels")
        equal(compare_metadata(context, Base.metadata), [])


@step
def enum():
    meta = sa.MetaData()
    people = sa.Table("person", meta, sa.Column("name", sa.Text), sa.Column("mood", sa.Enum("sad", "ok", "happy", name="mood")))
    meta.create_all(engine)
    with engine.begin() as connection:
        connection.execute(people.insert(), [{"name": "a", "mood": "sad"}, {"name": "b", "mood": "happy"}])
        equal(connection.scalars(sa.select(people.c.name).where(people.c.mood > "ok")).all(), ["b"])
    equal([e["labels"] for e in sa.inspect(engine).get_enums()], [["sad", "ok", "happy"]])
    meta.drop_all(engine)


@step
def array_columns():
    meta = sa.MetaData()
    tagged = sa.Table("tagged", meta, sa.Column("id", sa.Integer, primary_key=True), sa.Column("tags", pg.ARRAY(sa.Text)))
    meta.create_all(engine)
    with engine.begin() as connection:
        connection.execute(tagged.insert(), {"tags": ["x", "y z"]})
        equal(connection.scalars(sa.select(tagged.c.tags[2]).where(tagged.c.tags.contains(["x"]))).all(), ["y z"])
    meta.drop_all(engine)


finish()
