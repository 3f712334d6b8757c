from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=40, unique=True)
    joined = models.DateTimeField(auto_now_add=True)


class Book(models.Model):
    title = models.TextField(db_index=True)
    price = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    data = models.JSONField(default=dict)
    raw = models.BinaryField(null=True)
    at = models.DateTimeField(null=True)
    length = models.DurationField(null=True)
    key = models.UUIDField(null=True)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    labels = models.ManyToManyField("Label")

    class Meta:
        constraints = [models.CheckConstraint(check=models.Q(price__gte=0), name="book_price_positive"),
                       models.UniqueConstraint(fields=["author", "title"], name="book_author_title")]


class Label(models.Model):
    word = models.SlugField()
