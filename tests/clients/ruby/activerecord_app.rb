# An application on ActiveRecord, with migrations.
require 'active_record'
require_relative 'steps'

ActiveRecord::Base.establish_connection(adapter: 'postgresql', host: ENV['PGHOST'], port: ENV['PGPORT'], username: ENV['PGUSER'], database: ENV['PGDATABASE'], password: 'unused')
ActiveRecord::Migration.verbose = false
class Author < ActiveRecord::Base
  has_many :books, dependent: :destroy
  validates :name, presence: true
end
class Book < ActiveRecord::Base
  belongs_to :author
end
class Tables < ActiveRecord::Migration[6.1]
  def change
    create_table(:authors) { |t| t.string :name, limit: 40, null: false, index: { unique: true }; t.timestamps }
    create_table(:books) do |t|
      t.text :title, index: true
      t.decimal :price, precision: 10, scale: 2
      t.jsonb :data
      t.binary :raw
      t.datetime :at
      t.uuid :key
      t.references :author, foreign_key: { on_delete: :cascade }
    end
  end
end
class Changes < ActiveRecord::Migration[6.1]
  def up
    add_column :authors, :born, :integer, default: 1900, null: false
    rename_column :authors, :born, :birth
    change_column :authors, :birth, :bigint
    add_check_constraint :authors, 'birth > 0', name: 'authors_birth'
    add_index :authors, %i[birth name], where: 'birth > 1000', name: 'authors_late'
  end

  def down
    remove_index :authors, name: 'authors_late'
    remove_check_constraint :authors, name: 'authors_birth'
    remove_column :authors, :birth
  end
end
def migrate(direction, *migrations)
  list = migrations.map { |m, v| m.new(m.name, v) }
  ActiveRecord::Migrator.new(direction, list, ActiveRecord::SchemaMigration, direction == :up ? nil : 1).migrate
end
ALL = [[Tables, 1], [Changes, 2]].freeze

step('migrations') do
  ActiveRecord::SchemaMigration.create_table
  ActiveRecord::InternalMetadata.create_table
  migrate(:up, *ALL)
  migrate(:down, *ALL)
  migrate(:up, *ALL)
  equal(ActiveRecord::SchemaMigration.all_versions.map(&:to_i).sort, [1, 2])
end
step('create') do
  ann = Author.create!(name: 'Ann')
  Author.create!(name: 'Bob')
  Book.insert_all((1..20).map { |i| { title: "Book #{i}", price: i, author_id: ann.id } })
  equal([ann.id, Author.find(1).birth, Book.count], [1, 1900, 20])
end
step('read') do
  equal(Author.left_joins(:books).group(:name).order(:name).count('books.id'), { 'Ann' => 20, 'Bob' => 0 })
  equal(Author.includes(:books).order(:id).map { |a| a.books.size }, [20, 0])
  equal(Book.where(author: Author.where(name: 'Ann')).where('title ILIKE ?', 'book 1%').where(price: 16..18).order(:id).pluck(:id), [16, 17, 18])
  equal(Book.sum(:price), BigDecimal('210'))
end
step('update') do
  equal(Book.where('id > ?', 18).update_all('price = price * 2'), 2)
  Book.find(1).update!(title: 'Renamed')
  equal(Book.find_by(title: 'Renamed').id, 1)
end
step('delete') { equal(Book.find(20).destroy.destroyed?, true) }
step('transactions') do
  Author.transaction do
    Author.create!(name: 'out')
    begin
      Author.transaction(requires_new: true) { Author.create!(name: 'out') }
    rescue ActiveRecord::RecordNotUnique
    end
    raise ActiveRecord::Rollback
  end
  equal([Author.count, Author.lock.find(1).name], [2, 'Ann'])
end
step('pagination') do
  equal(Book.order(:id).limit(3).offset(10).pluck(:id), [11, 12, 13])
  equal(Book.in_batches(of: 7).map(&:count), [7, 7, 5])
end
step('upsert') do
  2.times { Author.upsert({ name: 'Cid', created_at: Time.now, updated_at: Time.now }, unique_by: :name) }
  equal(Author.where(name: 'Cid').count, 1)
end
step('json') do
  Book.find(1).update!(data: { 'tags' => %w[a b] })
  equal(Book.where('data @> ?', '{"tags": ["a"]}').pluck(:data), [{ 'tags' => %w[a b] }])
end
step('timestamps') do
  at = Time.utc(2024, 2, 29, 10, 30, 15.125r)
  Book.find(1).update!(at: at, key: '00000000-0000-0000-0000-000000000007')
  equal(Book.where(at: at).pluck(:at, :key), [[at, '00000000-0000-0000-0000-000000000007']])
end
step('binary') do
  raw = (0..255).map(&:chr).join.b
  Book.find(1).update!(raw: raw)
  equal(Book.find(1).raw, raw)
end
step('introspection') do
  c = ActiveRecord::Base.connection
  equal(c.tables.sort - %w[ar_internal_metadata schema_migrations], %w[authors books])
  equal(Book.columns.first(3).map { |k| [k.name, k.sql_type, k.null] }, [['id', 'bigint', false], ['title', 'text', true], ['price', 'numeric(10,2)', true]])
  equal(c.indexes('authors').map { |i| [i.name, i.unique, i.columns, i.where] }.sort_by(&:first), [['authors_late', false, %w[birth name], '(birth > 1000)'], ['index_authors_on_name', true, ['name'], nil]])
  equal(c.foreign_keys('books').map { |k| [k.to_table, k.column, k.on_delete] }, [['authors', 'author_id', :cascade]])
  equal([c.primary_key('books'), c.check_constraints('authors').map(&:name)], ['id', ['authors_birth']])
end
step('advisory_lock') do
  c = ActiveRecord::Base.connection
  equal([c.get_advisory_lock(7), c.release_advisory_lock(7)], [true, true])
end
step('unique_violation') do
  begin
    Author.create!(name: 'Ann')
    raise 'no error'
  rescue ActiveRecord::RecordNotUnique => e
    equal(e.cause.result.error_field(PG::PG_DIAG_SQLSTATE), '23505')
  end
end
finish
