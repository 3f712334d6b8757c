"""An application on Django: migrations of its own, of admin, auth and sessions; the ORM; a login; a page of the admin."""
import datetime as dt
import decimal
import io
import os
import pathlib
import shutil
import sys
import uuid

import django
from django.conf import settings

from steps import equal, finish, steps

# makemigrations writes into the package of models.py: a copy.
work = pathlib.Path(os.environ["CLIENT_WORK"])
for package in ("shop", "shop/migrations"):
    (work / package).mkdir()
    (work / package / "__init__.py").touch()
shutil.copy(pathlib.Path(__file__).parent / "django_shop/models.py", work / "shop/models.py")
sys.path.insert(0, str(work))

settings.configure(
    SECRET_KEY="of a test", USE_TZ=True, TIME_ZONE="UTC", DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"], PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], STATIC_URL="/static/",
    DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "allod",
                           "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"]}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
                    "django.contrib.messages", "shop"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {"context_processors": [
        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages"]}}])
django.setup()

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.paginator import Paginator
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery, Sum, Window
from django.db.models.functions import Lower, RowNumber, TruncMonth
from django.test import Client
from django.urls import path
from shop.models import Author, Book, Label

admin.site.register([Author, Book])
urlpatterns = [path("admin/", admin.site.urls)]
step = steps(lambda: connection.close())


def field_of(field, model, name):
    field.set_attributes_from_name(name)
    field.model = model
    return field


@step
def migrations():
    call_command("makemigrations", "shop", verbosity=0)
    call_command("migrate", verbosity=0)
    out = io.StringIO()
    call_command("showmigrations", stdout=out)
    equal(("[ ]" in out.getvalue(), out.getvalue().count("[X]") > 18), (False, True))
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@step
def alter_schema():
    with connection.schema_editor() as editor:
        editor.alter_field(Label, Label._meta.get_field("word"), field_of(models.CharField(max_length=99, null=True), Label, "word"))
        editor.alter_field(Label, field_of(models.CharField(max_length=99, null=True), Label, "word"), field_of(models.TextField(default="x"), Label, "word"))
        added = field_of(models.IntegerField(default=7), Label, "weight")
        editor.add_field(Label, added)
        editor.remove_field(Label, added)
    equal(Label.objects.create(word="first").word, "first")


@step
def create():
    ann = Author.objects.create(name="Ann")
    Author.objects.create(name="bob")
    made = Book.objects.bulk_create([Book(title=f"Book {i:02}", price=decimal.Decimal(i), author=ann) for i in range(1, 21)])
    equal([b.pk for b in made], list(range(1, 21)))
    made[0].labels.set([Label.objects.create(word="a"), Label.objects.create(word="b")])


@step
def read():
    equal(list(Author.objects.annotate(n=Count("books"), total=Sum("books__price")).order_by("name").values_list("name", "n", "total")),
          [("Ann", 20, decimal.Decimal("210.00")), ("bob", 0, None)])
    equal([b.pk for b in Book.objects.filter(Q(title__icontains="BOOK 1"), ~Q(pk=12), author__name__startswith="A").order_by("-pk")[:3]], [19, 18, 17])
    newest = Book.objects.filter(author=OuterRef("pk")).order_by("-pk")
    equal(list(Author.objects.annotate(last=Subquery(newest.values("title")[:1])).order_by("pk").values_list("last", flat=True)), ["Book 20", None])
    equal(Book.objects.annotate(n=Window(RowNumber(), order_by=F("price").desc())).order_by("pk")[0].n, 20)
    equal([len(a.books.all()) for a in Author.objects.prefetch_related(Prefetch("books")).order_by("pk")], [20, 0])
    equal(list(Author.objects.annotate(l=Lower("name")).order_by("l").values_list("l", flat=True)), ["ann", "bob"])
    equal(Book.objects.filter(pk__in=Book.objects.filter(price__gt=18).values("pk")).count(), 2)
    equal(sorted(Book.objects.get(pk=1).labels.values_list("word", flat=True)), ["a", "b"])
    equal(Book.objects.select_related("author").get(pk=3).author.name, "Ann")


@step
def update():
    equal(Book.objects.filter(pk__gte=19).update(price=F("price") * 2), 2)
    book = Book.objects.get(pk=19)
    equal(book.price, decimal.Decimal("38.00"))
    book.title = "Renamed"
    book.save()
    equal(Book.objects.get(title="Renamed").pk, 19)
    Book.objects.bulk_update([Book(pk=1, title="One"), Book(pk=2, title="Two")], ["title"])
    equal(list(Book.objects.filter(pk__lte=2).order_by("pk").values_list("title", flat=True)), ["One", "Two"])


@step
def delete():
    equal(Book.objects.get(pk=20).delete()[0], 1)
    author = Author.objects.create(name="gone")
    Book.objects.create(title="t", author=author)
    equal(author.delete()[0], 2)


@step
def transactions():
    try:
        with transaction.atomic():
            Author.objects.create(name="in")
            try:
                with transaction.atomic():
                    Author.objects.create(name="in")
            except IntegrityError:
                pass
            equal(Author.objects.count(), 3)
            raise KeyError
    except KeyError:
        equal(Author.objects.count(), 2)
    with transaction.atomic():
        equal(Author.objects.select_for_update().get(pk=1).name, "Ann")


@step
def pagination():
    pages = Paginator(Book.objects.order_by("pk"), 5)
    equal((pages.num_pages, [b.pk for b in pages.page(2)]), (4, [6, 7, 8, 9, 10]))
    equal(len(list(Book.objects.order_by("pk").iterator(chunk_size=3))), 19)


@step
def upsert():
    equal(Author.objects.update_or_create(name="Ann", defaults={"name": "Ann"})[1], False)
    equal(Author.objects.get_or_create(name="Eve")[1], True)
    Author.objects.bulk_create([Author(name="Eve"), Author(name="Fay")], ignore_conflicts=True)
    equal(Author.objects.count(), 4)


@step
def json():
    Book.objects.filter(pk=1).update(data={"tags": ["a", "b"], "n": {"m": 1}})
    equal(Book.objects.get(data__n__m=1).data, {"tags": ["a", "b"], "n": {"m": 1}})
    equal([Book.objects.filter(data__contains={"tags": ["b"]}).count(), Book.objects.filter(data__has_key="n").count(),
           Book.objects.filter(data__tags__0="a").count()], [1, 1, 1])


@step
def timestamps():
    at = dt.datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    Book.objects.filter(pk=1).update(at=at, length=dt.timedelta(days=3, seconds=4), key=uuid.UUID(int=7))
    book = Book.objects.get(at__year=2024, at__month=2)
    equal((book.at, book.length, book.key), (at, dt.timedelta(days=3, seconds=4), uuid.UUID(int=7)))
    equal(Book.objects.filter(pk=1).annotate(m=TruncMonth("at")).values_list("m", flat=True)[0], dt.datetime(2024, 2, 1, tzinfo=dt.timezone.utc))
    equal(list(Book.objects.filter(at__isnull=False).datetimes("at", "day")), [dt.datetime(2024, 2, 29, tzinfo=dt.timezone.utc)])


@step
def decimals():
    equal(Book.objects.filter(pk__lte=2).aggregate(s=Sum("price"))["s"], decimal.Decimal("3.00"))


@step
def binary():
    Book.objects.filter(pk=1).update(raw=bytes(range(256)))
    equal(bytes(Book.objects.get(pk=1).raw), bytes(range(256)))


@step
def introspection():
    out = io.StringIO()
    call_command("inspectdb", "shop_book", stdout=out)
    for line in ("price = models.DecimalField(max_digits=10, decimal_places=2, blank=True, null=True)", "data = models.JSONField()",
                 "author = models.ForeignKey('ShopAuthor'", "unique_together = (('author', 'title'),)"):
        equal(line in out.getvalue() or out.getvalue(), True)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "shop_book")
    equal(sorted(n for n, c in found.items() if c["check"]), ["book_price_positive"])
    equal(found["book_author_title"]["columns"], ["author_id", "title"])


@step
def unique_violation():
    try:
        with transaction.atomic():
            Author.objects.create(name="Ann")
        raise AssertionError("no error")
    except IntegrityError as error:
        equal((error.__cause__.pgcode, error.__cause__.diag.constraint_name), ("23505", "shop_author_name_key"))


@step
def auth():
    user = User.objects.create_superuser("root", "root@example.com", "secret")
    user.groups.add(Group.objects.create(name="editors"))
    equal(user.has_perm("shop.add_book"), True)
    equal(User.objects.filter(groups__name="editors").count(), 1)


@step
def sessions_and_admin():
    client = Client()
    equal(client.login(username="root", password="secret"), True)
    page = client.get("/admin/shop/author/")
    equal((page.status_code, b"4 authors" in page.content), (200, True))
    equal(client.post("/admin/shop/author/add/", {"name": "By admin"}).status_code, 302)
    equal(Author.objects.filter(name="By admin").count(), 1)
    author = Author.objects.get(name="By admin")
    equal(client.post(f"/admin/shop/author/{author.pk}/delete/", {"post": "yes"}).status_code, 302)
    equal(b"Author object" in client.get("/admin/").content, True)  # its log of actions


@step
def flush():
    call_command("flush", "--no-input", verbosity=0)
    equal((Author.objects.count(), Author.objects.create(name="again").pk), (0, 1))


finish()
