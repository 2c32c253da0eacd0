import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { AccessTokens } from '@tenantry/tenant-service/identity/access-tokens.ts';
import { realmKeys } from '@tenantry/tenant-service/identity/realm-keys.ts';
import express, { type Request, type Response } from 'express';

/*
 * The reference: Express 5 as it comes, one route that checks the token with our own cached check (jose, realm keys) and answers `{ ok: true }`.
 * No body is read, no schema checked, no row touched, no line logged. Started by the bench: node reference-api.ts PORT ISSUER CA_FILE.
 */
const [port, issuer = '', caFile = ''] = process.argv.slice(2);
tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(caFile, 'utf8')]);
const tokens = new AccessTokens({ issuer, keys: realmKeys(issuer) });

async function empty(request: Request, response: Response): Promise<void> {
  const checked = tokens.check(request.headers.authorization);
  if (checked instanceof Promise) await checked;
  response.json({ ok: true });
}

const app = express();
app.get('/readyz', (_request, response) => void response.status(204).end());
app.post('/v1/customers', empty);
app.get('/v1/customers/:id', empty);
app.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
