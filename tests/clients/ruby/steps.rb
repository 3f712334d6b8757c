# What the Ruby applications share: one line per capability, with values asserted.
$failed = 0

def equal(got, wanted)
  raise "#{got.inspect}, not #{wanted.inspect}" unless got == wanted
end

def step(name)
  yield
  puts "ok #{name}"
rescue StandardError => e
  $failed += 1
  puts "FAILED #{name}: #{e.class}: #{e.message.gsub(/\s+/, ' ')[0, 300]}"
ensure
  $stdout.flush
end

def finish
  exit($failed.zero? ? 0 : 1)
end
