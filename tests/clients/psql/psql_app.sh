# psql: what its commands show of the catalogue, \copy, \gset, \gexec, \crosstabview, a script in one transaction.
ask() { psql -X -A -v ON_ERROR_STOP=1 "$@" 2>&1; }
step() { # NAME WANTED OPTIONS...: what psql answers must be this
  local name=$1 wanted=$2 got
  shift 2
  got=$(ask -t "$@")
  if [ "$got" = "$wanted" ]; then
    echo "ok $name"
  else
    echo "FAILED $name: got $(head -c 300 <<<"$got" | tr '\n' ' '), not $(tr '\n' ' ' <<<"$wanted")"
  fi
}
has() { # NAME WANTED OPTIONS...: what psql answers must have this line in it
  local name=$1 wanted=$2 got
  shift 2
  got=$(ask "$@")
  if grep -qF "$wanted" <<<"$got"; then
    echo "ok $name"
  else
    echo "FAILED $name: no $wanted in $(head -c 300 <<<"$got" | tr '\n' ' ')"
  fi
}

step create '' -q -c "CREATE TABLE author (id serial PRIMARY KEY, name text NOT NULL UNIQUE)" \
  -c "CREATE TABLE book (id int PRIMARY KEY, title varchar(40) DEFAULT 'none', price numeric(10,2) CHECK (price > 0), author int REFERENCES author ON DELETE CASCADE)" \
  -c "CREATE INDEX book_title ON book (title)" -c "CREATE VIEW dear AS SELECT id FROM book WHERE price > 10"
step insert '1' -q -c "INSERT INTO author (name) VALUES ('Ann') RETURNING id"
printf '1,First,1.5,1\n2,Second,20,1\n' >"$CLIENT_WORK/books.csv"
step copy 'COPY 2' -c "\\copy book FROM '$CLIENT_WORK/books.csv' CSV"
step copy_out $'2,Second,20.00,1' -c "\\copy (SELECT * FROM book WHERE id = 2) TO STDOUT CSV"
printf '%s\n' '\set t First' "SELECT id AS found FROM book WHERE title = :'t' \\gset" '\echo :found' >"$CLIENT_WORK/gset.sql"
step gset '1' -f "$CLIENT_WORK/gset.sql"
printf '%s\n' "SELECT 'SELECT ' || id || ' * 2' FROM book ORDER BY id \\gexec" >"$CLIENT_WORK/gexec.sql"
step gexec $'2\n4' -f "$CLIENT_WORK/gexec.sql"
printf '%s\n' 'SELECT author, id, price FROM book \crosstabview' >"$CLIENT_WORK/cross.sql"
has crosstab '1|1.50|20.00' -f "$CLIENT_WORK/cross.sql"
printf '%s\n' "INSERT INTO author (name) VALUES ('Bob');" 'SELECT 1/0;' >"$CLIENT_WORK/fails.sql"
has single_transaction 'division by zero' -1 -f "$CLIENT_WORK/fails.sql"
step rolled_back '1' -c 'SELECT count(*) FROM author'
has error_verbosity '23505: duplicate key value violates unique constraint "author_name_key"' -v VERBOSITY=verbose -c "INSERT INTO author (name) VALUES ('Ann')"
has list_tables 'public|author|table|allod' -c '\dt'
has list_indexes 'public|book_title|index|allod|book' -c '\di'
has list_views 'public|dear|view|allod' -c '\dv'
has list_sequences 'public|author_id_seq|sequence|allod' -c '\ds'
has list_schemas 'public|' -c '\dn'
has list_databases "$PGDATABASE|allod|UTF8" -c '\l'
has list_roles 'allod|' -c '\du'
has list_functions '|count|bigint|"any"|agg' -c '\df pg_catalog.count'
has list_types 'integer|' -c '\dT+ pg_catalog.int4'
has list_settings 'TimeZone|' -c '\dconfig timezone'
has describe_column 'price|numeric(10,2)|||' -c '\d book'
has describe_default "title|character varying(40)|||'none'::character varying" -c '\d book'
has describe_index '"book_title" btree (title)' -c '\d book'
has describe_check '"book_price_check" CHECK (price > 0::numeric)' -c '\d book'
has describe_key '"book_author_fkey" FOREIGN KEY (author) REFERENCES author(id) ON DELETE CASCADE' -c '\d book'
has described_by 'TABLE "book" CONSTRAINT "book_author_fkey" FOREIGN KEY (author) REFERENCES author(id) ON DELETE CASCADE' -c '\d author'
has describe_view 'WHERE book.price > 10::numeric;' -c '\d+ dear'
has describe_sequence 'integer|1|1|2147483647|1|no|1' -c '\d author_id_seq'
has view_source 'FROM book' -c '\sv dear'
has connection "You are connected to database \"$PGDATABASE\" as user \"allod\"" -c '\conninfo'
