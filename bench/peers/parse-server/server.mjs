/*
 * parse-server as its guide starts it, over Express. Started by the bench: node server.mjs PORT CA_FILE, with DATABASE_URL. The class is made by the
 * first object. One row an object, no history, no event: what it would do for such a client.
 */
import { readFileSync } from 'node:fs';
import express from 'express';
import { ParseServer } from 'parse-server';

const [port, caFile] = process.argv.slice(2);
const server = new ParseServer({
  databaseURI: process.env.DATABASE_URL,
  databaseOptions: { ssl: { ca: readFileSync(caFile, 'utf8') } },
  appId: 'bench',
  masterKey: 'bench-master',
  serverURL: `http://127.0.0.1:${port}/parse`,
  allowClientClassCreation: true,
  logLevel: 'error',
  silent: true,
  logsFolder: null,
  verbose: false,
});
await server.start();
const app = express();
app.use('/parse', server.app);
app.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
