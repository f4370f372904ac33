// Tells each visitor how many there were before. The visits are rows of a table in PostgreSQL.
const { createServer } = require('node:http');
const { Pool } = require('pg');

// As the user that runs this: the socket is in /run/postgresql, and the server knows whose process connects.
const database = new Pool({ host: '/run/postgresql', database: 'counter' });

async function visit(host) {
  await database.query('INSERT INTO visits (host) VALUES ($1)', [host]);
  const { rows } = await database.query('SELECT count(*) FROM visits');
  return rows[0].count;
}

async function respond({ headers }, response) {
  try {
    response.end(`${headers['x-forwarded-proto']} visit ${await visit(headers.host)} to ${headers.host}\n`);
  } catch (error) {
    console.error(error);
    response.writeHead(503).end('The database does not respond.\n');
  }
}

async function start() {
  await database.query('CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now(), host text)');
  createServer(respond).listen(Number(process.env.PORT), '127.0.0.1');
}

start();
