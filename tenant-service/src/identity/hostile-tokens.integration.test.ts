import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningApi, type ServiceWorld, serviceWorld, type TestTenant } from '../../testing/service-world.ts';

let world: ServiceWorld;
let acme: TestTenant;
let globex: TestTenant;
let api: RunningApi;

beforeAll(async () => {
  world = await serviceWorld();
  [acme, globex] = [await world.addTenant('acme'), await world.addTenant('globex')];
  api = await world.startApi();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
const header = (changes: object = {}): object => ({ alg: 'RS256', typ: 'at+jwt', kid: world.issuer.kid, ...changes });
const seconds = (): number => Math.floor(Date.now() / 1000);

/** Sent as it is: fetch refuses some of what an attacker would send. */
function send(path: string, headers: Record<string, string>): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${api.url}${path}`, { headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, code: (JSON.parse(text) as { code?: string }).code ?? 'accepted' }));
    });
    asked.on('error', reject);
    asked.end();
  });
}
const ask = (token: string, path = '/v1/me') => send(path, { authorization: `Bearer ${token}` });

async function signedBy(algorithm: string, changes: { payload?: object; header?: object } = {}): Promise<string> {
  const { privateKey } = await generateKeyPair(algorithm);
  const payload = { ...claimsOf(await world.token(acme)), ...changes.payload };
  return new SignJWT(payload)
    .setProtectedHeader({ ...header({ alg: algorithm, ...changes.header }), alg: algorithm } as never)
    .sign(privateKey);
}

/** The public key is no secret: whoever took it for one would accept this. */
async function hmacOfPublicKey(algorithm: 'HS256' | 'HS512'): Promise<string> {
  const pem = await exportSPKI((await importJWK(world.issuer.publicKey(), 'RS256', { extractable: true })) as never);
  const signed = `${part(header({ alg: algorithm }))}.${part(claimsOf(await world.token(acme)))}`;
  const mac = createHmac(algorithm === 'HS256' ? 'sha256' : 'sha512', pem).update(signed);
  return `${signed}.${mac.digest('base64url')}`;
}

describe('a hostile token', () => {
  const hostile: [string, () => Promise<string>][] = [
    ['H1 unsigned, alg none', async () => `${part(header({ alg: 'none' }))}.${part(claimsOf(await world.token(acme)))}.AA`],
    ['H1 unsigned, alg NoNe', async () => `${part(header({ alg: 'NoNe' }))}.${part(claimsOf(await world.token(acme)))}.AA`],
    ['H2 HS256 with the public key as its secret', () => hmacOfPublicKey('HS256')],
    ['H2 HS512 with the public key as its secret', () => hmacOfPublicKey('HS512')],
    ['H3 signed with ES256 under the RSA key’s id', () => signedBy('ES256')],
    [
      'H3 an ES256 signature called RS256',
      async () => {
        const [, payload, signature] = (await signedBy('ES256')).split('.');
        return `${part(header())}.${payload}.${signature}`;
      },
    ],
    ['H3 signed with PS256', () => signedBy('PS256')],
    ['H3 another RSA key under the known key’s id', () => signedBy('RS256')],
    [
      'H3 a key of its own in the header (jwk)',
      async () => signedBy('RS256', { header: { jwk: { ...world.issuer.publicKey(), n: 'AQAB' } } }),
    ],
    ['H3 a key set of its own in the header (jku)', async () => signedBy('RS256', { header: { jku: 'http://127.0.0.1:1/keys' } })],
    ['H5 expired', () => world.token(acme, { expiresIn: -60 })],
    ['H5 not valid yet', () => world.token(acme, { claims: { nbf: seconds() + 600 } })],
    ['H5 issued in the future', () => world.token(acme, { claims: { iat: seconds() + 600 } })],
    [
      'H5 issued two hours ago and good for a year',
      () => world.token(acme, { claims: { iat: seconds() - 7200, exp: seconds() + 31_536_000 } }),
    ],
    ['H5 without exp', () => world.token(acme, { claims: { exp: undefined } })],
    ['H5 without iat', () => world.token(acme, { claims: { iat: undefined } })],
    ['H5 exp as text', () => world.token(acme, { claims: { exp: 'tomorrow' } })],
    ['H5 without sub', () => world.token(acme, { claims: { sub: undefined } })],
    ['H5 a sub of 10 KB', () => world.token(acme, { subject: 'x'.repeat(5000) })],
    ['H6 for kubernetes', () => world.token(acme, { claims: { aud: 'kubernetes' } })],
    ['H6 for nobody', () => world.token(acme, { claims: { aud: undefined } })],
    ['H6 for an audience that begins like ours', () => world.token(acme, { claims: { aud: 'tenantry-api.example.test' } })],
    ['H7 an ID token', () => world.token(acme, { header: { typ: 'JWT' }, claims: { typ: 'ID', aud: 'tenantry-desktop' } })],
    ['H7 an ID token for our audience', () => world.token(acme, { header: { typ: 'JWT' }, claims: { typ: 'ID' } })],
    ['H7 a refresh token', () => world.token(acme, { header: { typ: 'JWT' }, claims: { typ: 'Refresh', aud: world.issuer.url } })],
    ['H7 without a header type', () => world.token(acme, { header: { typ: undefined as never } })],
    ['H8 of the other realm, same key id', () => world.token(acme, { claims: { iss: world.issuer.url.replace('tenantry', 'platform') } })],
    ['H8 of an issuer that begins like ours', () => world.token(acme, { claims: { iss: `${world.issuer.url}.example.test` } })],
    [
      'two organizations',
      () => world.token(acme, { claims: { organization: { a: { id: acme.organizationId }, b: { id: globex.organizationId } } } }),
    ],
    ['no organization', () => world.token(acme, { claims: { organization: {} } })],
    ['noise', async () => `${'a'.repeat(40)}.${'b'.repeat(40)}.${'c'.repeat(40)}`],
    ['H12 10 KB', () => world.token(acme, { claims: { padding: 'x'.repeat(8000) } })],
  ];

  it.each(hostile)('%s is refused with 401', async (_, make) => {
    expect(await ask(await make())).toEqual({ status: 401, code: 'token-invalid' });
  });

  it.each([
    ['1 MB', () => world.token(acme, { claims: { padding: 'x'.repeat(1_000_000) } })],
    ['10,000 claims', () => world.token(acme, { claims: Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`c${at}`, at])) })],
  ])('H12 of %s is refused before anybody looks at it, and the next request is served', async (_, make) => {
    const token = await make();
    expect(await ask(token)).toEqual({ status: 431, code: 'headers-too-large' });
    expect((await ask(await world.token(acme))).status).toBe(200);
  });

  it('is not made better by a good neighbour in the same header', async () => {
    const good = await world.token(acme);
    for (const authorization of [`Bearer ${good}, Bearer ${good}`, `Bearer  ${good}`, `Bearer ${good} x`, `Basic ${good}`, good]) {
      expect((await send('/v1/me', { authorization })).status).toBe(401);
    }
    // The scheme's case is free (RFC 9110).
    expect((await send('/v1/me', { authorization: `bearer ${good}` })).status).toBe(200);
  });
});

describe('H9: a good token of one tenant', () => {
  it.each([
    ['X-Tenant-Id', () => ({ 'x-tenant-id': globex.tenantId })],
    ['X-Tenant', () => ({ 'x-tenant': 'globex' })],
    ['X-Forwarded-Host', () => ({ 'x-forwarded-host': 'globex.example.test' })],
    ['X-Original-URL', () => ({ 'x-original-url': '/v1/users' })],
    ['X-HTTP-Method-Override', () => ({ 'x-http-method-override': 'DELETE' })],
    ['Host', () => ({ host: 'globex.example.test' })],
    ['a cookie', () => ({ cookie: `tenant=${globex.tenantId}` })],
  ])('says the tenant, not %s', async (_, headers) => {
    const answer = await fetch(`${api.url}/v1/me`, { headers: { authorization: `Bearer ${await world.token(acme)}`, ...headers() } });
    expect((await answer.json()) as object).toMatchObject({ tenant: { slug: 'acme' } });
  });

  it('is refused when the query or the body names a tenant', async () => {
    const token = await world.token(acme);
    for (const query of ['tenant=globex', `tenantId=${globex.tenantId}`, `access_token=${await world.token(globex)}`]) {
      expect(await ask(token, `/v1/me?${query}`)).toEqual({ status: 400, code: 'invalid-request' });
    }
    // RFC 6750 allows it, we do not: an address ends in logs.
    expect(await send(`/v1/me?access_token=${token}`, {})).toEqual({ status: 401, code: 'token-missing' });
    const answer = await fetch(`${api.url}/v1/customers`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'X', tenantId: globex.tenantId }),
    });
    expect(answer.status).toBe(400);
  });

  it('finds of another tenant’s things what it finds of things that never were', async () => {
    const other = api.client(await world.token(globex));
    const { data } = await other.createCustomer({ body: { name: 'Theirs' } });
    const own = await world.token(acme);
    const [theirs, nothing] = [await ask(own, `/v1/customers/${data.id}`), await ask(own, `/v1/customers/${randomUUID()}`)];
    expect(theirs).toEqual({ status: 404, code: 'not-found' });
    expect(theirs).toEqual(nothing);
  });
});

it('H13: a flood of a thousand key ids makes the api ask for the keys once', async () => {
  const fresh = await world.startApi();
  const before = world.issuer.fetches();
  const flood = await Promise.all(Array.from({ length: 1000 }, (_, at) => world.token(acme, { header: { kid: `flood-${at}` } })));
  const outcomes = await Promise.all(
    flood.map(async (token) => (await fetch(`${fresh.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status),
  );
  expect(new Set(outcomes)).toEqual(new Set([401]));
  expect(world.issuer.fetches() - before).toBe(1);
});
