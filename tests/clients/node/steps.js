// What the applications share: one line per capability, with values asserted.
const assert = require('node:assert/strict');

const limit = (promise) => {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error('no answer after 20 s')), 20000); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

// steps: {name: async function}, run in their order; `end` closes the connections.
exports.run = async (steps, end) => {
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    try {
      await limit(step());
      console.log(`ok ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}: ${String(error.message || error).replace(/\s+/g, ' ').slice(0, 300)}`);
      console.error(error);
    }
  }
  await limit(Promise.resolve(end && end())).catch(console.error);
  process.exit(failed ? 1 : 0);
};

exports.equal = (got, wanted) => assert.deepStrictEqual(JSON.parse(JSON.stringify(got ?? null)), JSON.parse(JSON.stringify(wanted ?? null)));

exports.fails = async (promise, check) => {
  let error;
  try {
    await promise;
  } catch (caught) {
    error = caught;
  }
  assert.ok(error, 'no error');
  check(error);
};

exports.address = {
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, database: process.env.PGDATABASE, password: 'unused',
};
