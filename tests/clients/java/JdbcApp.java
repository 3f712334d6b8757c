// An application on PostgreSQL's JDBC driver.
import java.math.BigDecimal;
import java.sql.*;
import java.time.OffsetDateTime;
import java.util.*;

public class JdbcApp {
  interface Step { void run() throws Exception; }
  static Connection db;
  static int failed;

  static void step(String name, Step step) throws SQLException {
    try {
      step.run();
      System.out.println("ok " + name);
    } catch (Throwable e) {
      failed++;
      String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
      System.out.println("FAILED " + name + ": " + text.substring(0, Math.min(300, text.length())));
      if (!db.getAutoCommit()) { db.rollback(); db.setAutoCommit(true); }
    }
  }
  static void equal(Object got, Object wanted) {
    if (!Objects.deepEquals(got, wanted)) throw new AssertionError(got + ", not " + wanted);
  }
  static List<List<Object>> rows(String text, Object... values) throws SQLException {
    try (PreparedStatement s = db.prepareStatement(text)) {
      for (int i = 0; i < values.length; i++) s.setObject(i + 1, values[i]);
      List<List<Object>> all = new ArrayList<>();
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          List<Object> row = new ArrayList<>();
          for (int i = 1; i <= r.getMetaData().getColumnCount(); i++) row.add(r.getObject(i));
          all.add(row);
        }
      }
      return all;
    }
  }
  static int run(String text, Object... values) throws SQLException {
    try (PreparedStatement s = db.prepareStatement(text)) {
      for (int i = 0; i < values.length; i++) s.setObject(i + 1, values[i]);
      return s.executeUpdate();
    }
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> env = System.getenv();
    db = DriverManager.getConnection("jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"), env.get("PGUSER"), "unused");
    step("create", () -> {
      run("CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea, at timestamptz)");
      try (PreparedStatement s = db.prepareStatement("INSERT INTO item (name, price) VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
        s.setString(1, "first");
        s.setBigDecimal(2, new BigDecimal("1.10"));
        s.executeUpdate();
        try (ResultSet keys = s.getGeneratedKeys()) { keys.next(); equal(keys.getInt("id"), 1); }
      }
      try (PreparedStatement s = db.prepareStatement("INSERT INTO item (name, price) VALUES (?, ?)")) {
        for (int i = 2; i <= 30; i++) { s.setString(1, "item " + i); s.setInt(2, i); s.addBatch(); }
        equal(s.executeBatch().length, 29);
      }
    });
    step("read", () -> {
      for (int i = 0; i < 8; i++) {  // from the sixth on in binary
        equal(rows("SELECT count(*), sum(price), max(name), true, 1.5::float8 FROM item WHERE id > ?", 0), List.of(List.of(30L, new BigDecimal("465.10"), "item 9", true, 1.5)));
      }
    });
    step("update", () -> equal(run("UPDATE item SET price = price * 2 WHERE id BETWEEN ? AND ?", 2, 4), 3));
    step("delete", () -> equal(run("DELETE FROM item WHERE id > ?", 25), 5));
    step("transactions", () -> {
      db.setAutoCommit(false);
      db.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      run("DELETE FROM item WHERE id = 1");
      Savepoint savepoint = db.setSavepoint("one");
      run("DELETE FROM item");
      db.rollback(savepoint);
      equal(rows("SELECT count(*) FROM item"), List.of(List.of(24L)));
      db.rollback();
      db.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      db.setAutoCommit(true);
      equal(rows("SELECT count(*) FROM item"), List.of(List.of(25L)));
    });
    step("pagination", () -> {
      db.setAutoCommit(false);
      try (PreparedStatement s = db.prepareStatement("SELECT id FROM item ORDER BY id")) {
        s.setFetchSize(7);
        int n = 0;
        try (ResultSet r = s.executeQuery()) { while (r.next()) equal(r.getInt(1), ++n); }
        equal(n, 25);
      }
      db.commit();
      db.setAutoCommit(true);
      equal(rows("SELECT id FROM item ORDER BY id LIMIT ? OFFSET ?", 2, 10), List.of(List.of(11), List.of(12)));
    });
    step("upsert", () -> {
      for (int n : new int[] {5, 6}) run("INSERT INTO item (name, price) VALUES ('up', ?) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price", n);
      equal(rows("SELECT price FROM item WHERE name = 'up'"), List.of(List.of(new BigDecimal("6.00"))));
    });
    step("json", () -> {
      run("UPDATE item SET data = ?::jsonb WHERE id = 1", "{\"tags\": [\"a\", \"b\"]}");
      equal(rows("SELECT data->'tags'->>1 FROM item WHERE data @> ?::jsonb", "{\"tags\": [\"a\"]}"), List.of(List.of("b")));
    });
    step("array_parameters", () -> {
      try (PreparedStatement s = db.prepareStatement("SELECT id, ?::text[] FROM item WHERE id = ANY(?) ORDER BY id")) {
        s.setArray(1, db.createArrayOf("text", new String[] {"a,b", null}));
        s.setArray(2, db.createArrayOf("int4", new Integer[] {3, 1, 99}));
        try (ResultSet r = s.executeQuery()) {
          r.next();
          equal(r.getInt(1), 1);
          equal(r.getArray(2).getArray(), new String[] {"a,b", null});
        }
      }
    });
    step("timestamps", () -> {
      OffsetDateTime at = OffsetDateTime.parse("2024-02-29T12:30:15.123456+02:00");
      run("UPDATE item SET at = ? WHERE id = 1", at);
      try (ResultSet r = db.createStatement().executeQuery("SELECT at FROM item WHERE id = 1")) { r.next(); equal(r.getObject(1, OffsetDateTime.class).toInstant(), at.toInstant()); }
    });
    step("binary", () -> {
      byte[] raw = new byte[256];
      for (int i = 0; i < 256; i++) raw[i] = (byte) i;
      run("UPDATE item SET raw = ? WHERE id = 1", (Object) raw);
      equal(rows("SELECT raw FROM item WHERE id = 1").get(0).get(0), raw);
    });
    step("introspection", () -> {
      DatabaseMetaData meta = db.getMetaData();
      List<String> columns = new ArrayList<>();
      try (ResultSet r = meta.getColumns(null, "public", "item", null)) { while (r.next()) columns.add(r.getString("COLUMN_NAME") + " " + r.getString("TYPE_NAME") + " " + r.getInt("COLUMN_SIZE") + " " + r.getString("IS_NULLABLE")); }
      equal(columns.subList(0, 3), List.of("id serial 10 NO", "name text 2147483647 NO", "price numeric 10 YES"));
      try (ResultSet r = meta.getPrimaryKeys(null, "public", "item")) { r.next(); equal(r.getString("PK_NAME"), "item_pkey"); }
      List<String> indexes = new ArrayList<>();
      try (ResultSet r = meta.getIndexInfo(null, "public", "item", true, false)) { while (r.next()) indexes.add(r.getString("INDEX_NAME") + " " + r.getString("COLUMN_NAME")); }
      equal(new TreeSet<>(indexes), new TreeSet<>(List.of("item_name_key name", "item_pkey id")));
      try (ResultSet r = meta.getTables(null, "public", "%", new String[] {"TABLE"})) { r.next(); equal(r.getString("TABLE_NAME"), "item"); }
    });
    step("unique_violation", () -> {
      try {
        run("INSERT INTO item (name) VALUES (?)", "first");
        throw new AssertionError("no error");
      } catch (org.postgresql.util.PSQLException e) {
        equal(List.of(e.getSQLState(), e.getServerErrorMessage().getTable(), e.getServerErrorMessage().getConstraint()), List.of("23505", "item", "item_name_key"));
      }
    });
    db.close();
    System.exit(failed == 0 ? 0 : 1);
  }
}
