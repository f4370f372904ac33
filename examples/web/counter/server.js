// Tells each visitor how many there were before. The number is kept in the unit's StateDirectory.
const { readFileSync, writeFileSync } = require('node:fs');
const { createServer } = require('node:http');
const { join } = require('node:path');

const file = join(process.env.STATE_DIRECTORY, 'visits');

function visits() {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return 0;
    throw error;
  }
}

createServer((request, response) => {
  const before = visits();
  writeFileSync(file, String(before + 1));
  response.end(`${request.headers['x-forwarded-proto']} visit ${before + 1} to ${request.headers.host}\n`);
}).listen(Number(process.env.PORT), '127.0.0.1');
