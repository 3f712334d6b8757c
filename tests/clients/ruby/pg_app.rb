# An application on ruby-pg.
require 'json'
require 'pg'
require 'time'
require_relative 'steps'

DB = PG.connect
step('type_maps') do
  DB.type_map_for_results = PG::BasicTypeMapForResults.new(DB)
  DB.type_map_for_queries = PG::BasicTypeMapForQueries.new(DB)
end
finish if $failed.positive? # all that follows needs them
rows = ->(text, values = []) { DB.exec_params(text, values).values }

step('create') do
  DB.exec('CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), data jsonb, raw bytea, at timestamptz)')
  equal(rows.('INSERT INTO item (name, price) VALUES ($1, $2) RETURNING id', ['first', 1.1]), [[1]])
  equal(DB.exec("INSERT INTO item (name, price) SELECT 'item ' || i, i FROM generate_series(2, 30) i").cmd_tuples, 29)
end
step('read') { equal(rows.('SELECT count(*), sum(price)::text, max(name) FROM item WHERE id > $1', [0]), [[30, '465.10', 'item 9']]) }
step('update') { equal(DB.exec_params('UPDATE item SET price = price * 2 WHERE id = $1', [3]).cmd_status, 'UPDATE 1') }
step('delete') { equal(DB.exec_params('DELETE FROM item WHERE id > $1', [25]).cmd_tuples, 5) }
step('transactions') do
  begin
    DB.transaction { DB.exec('DELETE FROM item'); raise IndexError }
  rescue IndexError
  end
  equal(rows.('SELECT count(*) FROM item'), [[25]])
end
step('prepared') do
  DB.prepare('by id', 'SELECT name FROM item WHERE id = $1')
  3.times { equal(DB.exec_prepared('by id', [1]).values, [['first']]) }
  equal(DB.describe_prepared('by id').paramtype(0), 23)
end
step('pagination') do
  equal(rows.('SELECT id FROM item ORDER BY id LIMIT $1 OFFSET $2', [2, 10]), [[11], [12]])
  DB.send_query('SELECT id FROM item ORDER BY id')
  DB.set_single_row_mode
  equal(DB.get_result.stream_each_row.map(&:first), (1..25).to_a)
  DB.get_result
end
step('upsert') do
  [5, 6].each { |n| DB.exec_params("INSERT INTO item (name, price) VALUES ('up', $1) ON CONFLICT (name) DO UPDATE SET price = EXCLUDED.price", [n]) }
  equal(rows.("SELECT price::text FROM item WHERE name = 'up'"), [['6.00']])
end
step('json') do
  DB.exec_params('UPDATE item SET data = $1 WHERE id = 1', [JSON.generate({ tags: %w[a b] })])
  equal(rows.("SELECT data->'tags'->>1 FROM item WHERE id = 1"), [['b']])
end
step('array_parameters') { equal(rows.('SELECT id FROM item WHERE id = ANY($1) ORDER BY id', [[3, 1, 99]]), [[1], [3]]) }
step('timestamps') do
  at = Time.new(2024, 2, 29, 12, 30, 15 + Rational(123_456, 1_000_000), '+02:00')
  DB.exec_params('UPDATE item SET at = $1 WHERE id = 1', [at.iso8601(6)])
  equal(rows.('SELECT at FROM item WHERE id = 1')[0][0].to_r, at.to_r)
end
step('binary') do
  raw = (0..255).map(&:chr).join.b
  DB.exec_params('UPDATE item SET raw = $1 WHERE id = 1', [{ value: raw, format: 1, type: 17 }], 0, PG::TypeMapAllStrings.new)
  equal(DB.exec_params('SELECT raw FROM item WHERE id = 1', [], 1).getvalue(0, 0).b, raw)
end
step('introspection') { equal(DB.exec('SELECT id, name, price FROM item LIMIT 0').then { |r| [r.fields, r.ftype(2), r.fmod(2)] }, [%w[id name price], 1700, 655366]) }
step('unique_violation') do
  begin
    DB.exec_params('INSERT INTO item (name) VALUES ($1)', ['first'])
    raise 'no error'
  rescue PG::UniqueViolation => e
    equal([e.result.error_field(PG::PG_DIAG_SQLSTATE), e.result.error_field(PG::PG_DIAG_CONSTRAINT_NAME)], %w[23505 item_name_key])
  end
end
step('copy') do
  DB.copy_data('COPY item (id, name) FROM STDIN') { DB.put_copy_data("100\tcopied\n") }
  equal(rows.('SELECT name FROM item WHERE id = 100'), [['copied']])
end
step('notifications') do
  DB.exec('LISTEN jobs')
  DB.exec("NOTIFY jobs, 'ready'")
  DB.wait_for_notify(5) { |channel, _, payload| equal([channel, payload], %w[jobs ready]) } || raise('none came')
end
finish
