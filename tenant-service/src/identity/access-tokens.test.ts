import { randomUUID } from 'node:crypto';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalIssuer, localIssuer } from '../../testing/local-issuer.ts';
import { AccessTokens } from './access-tokens.ts';
import { realmKeys } from './realm-keys.ts';

let issuer: LocalIssuer;
let tokens: AccessTokens;
const organizationId = randomUUID();

beforeAll(async () => {
  issuer = await localIssuer();
  tokens = new AccessTokens({ issuer: issuer.url, keys: realmKeys(issuer.url) });
});
afterAll(() => issuer[Symbol.asyncDispose]());

const check = async (token: string, checker = tokens) => checker.check(`Bearer ${token}`);
const code = (token: string, checker = tokens) =>
  check(token, checker).then(
    () => 'accepted',
    (error: { code?: string }) => error.code,
  );

describe('an access token', () => {
  it('of the realm is accepted: subject, organization id and roles come out', async () => {
    const actor = await check(await issuer.token({ organizationId, groups: ['/editor', '/other'], subject: 'sub-1' }));
    expect(actor).toMatchObject({ subject: 'sub-1', organizationId, roles: new Set(['editor']), name: undefined, clientId: undefined });
    expect(actor.expiresAtMs - actor.issuedAtMs).toBe(300_000);
  });

  it('seen before is answered at once, until it expires', async () => {
    let now = Date.now();
    const outcomes: string[] = [];
    const checker = new AccessTokens({
      issuer: issuer.url,
      keys: realmKeys(issuer.url),
      now: () => now,
      onToken: (outcome) => outcomes.push(outcome),
    });
    const token = await issuer.token({ organizationId, expiresIn: 60 });
    await checker.check(`Bearer ${token}`);
    expect(checker.check(`Bearer ${token}`)).not.toBeInstanceOf(Promise);
    now += 70_000;
    expect(await code(token, checker)).toBe('token-invalid');
    expect(outcomes).toEqual(['verified', 'cached', 'refused']);
  });

  const hostile: [string, () => Promise<string>][] = [
    ['expired (H5)', () => issuer.token({ organizationId, expiresIn: -60 })],
    ['without exp (H5)', () => issuer.token({ organizationId, claims: { exp: undefined } })],
    ['not yet valid (H5)', () => issuer.token({ organizationId, claims: { nbf: Math.floor(Date.now() / 1000) + 600 } })],
    ['issued in the future (H5)', () => issuer.token({ organizationId, claims: { iat: Math.floor(Date.now() / 1000) + 600 } })],
    ['for another audience (H6)', () => issuer.token({ organizationId, claims: { aud: 'kubernetes' } })],
    ['without audience (H6)', () => issuer.token({ organizationId, claims: { aud: undefined } })],
    ['that is an ID token: header type JWT (H7)', () => issuer.token({ organizationId, header: { typ: 'JWT' }, claims: { typ: 'ID' } })],
    [
      'of another issuer with the same key id (H8)',
      () => issuer.token({ organizationId, claims: { iss: 'https://elsewhere.example.test/realms/tenantry' } }),
    ],
    ['with an unknown key id', () => issuer.token({ organizationId, header: { kid: 'nobody' } })],
    ['without an organization', () => issuer.token({ organizationId, claims: { organization: undefined } })],
    [
      'of two organizations',
      () => issuer.token({ organizationId, claims: { organization: { a: { id: randomUUID() }, b: { id: randomUUID() } } } }),
    ],
    [
      'with an organization that has no id',
      () => issuer.token({ organizationId, claims: { organization: { acme: { groups: ['/admin'] } } } }),
    ],
    ['with organizations as names only', () => issuer.token({ organizationId, claims: { organization: ['acme'] } })],
    ['changed after signing', async () => swapPayload(await issuer.token({ organizationId }), { sub: 'root' })],
    ['unsigned: alg none (H1)', async () => unsigned(await issuer.token({ organizationId }))],
    ['signed with the public key as an HMAC secret (H2)', () => hmacWithPublicKey()],
    ['signed by another RSA key under our key id', () => foreignKey()],
  ];
  it.each(hostile)('%s is refused', async (_, make) => {
    expect(await code(await make())).toBe('token-invalid');
  });

  it('that is no token is refused without looking at keys', async () => {
    for (const header of ['', 'Bearer', 'Bearer a.b', 'Basic YTpi', `Bearer ${'a'.repeat(9000)}.b.c`, 'Bearer a.b.c d']) {
      expect(() => tokens.check(header)).toThrow(expect.objectContaining({ code: 'token-invalid' }));
    }
    expect(() => tokens.check(undefined)).toThrow(expect.objectContaining({ code: 'token-missing' }));
  });

  it('flood with a thousand unknown key ids asks for the keys once (H13)', async () => {
    const own = await localIssuer();
    const checker = new AccessTokens({ issuer: own.url, keys: realmKeys(own.url) });
    const flood = await Promise.all(Array.from({ length: 200 }, (_, at) => own.token({ organizationId, header: { kid: `k${at}` } })));
    for (const token of flood) expect(await code(token, checker)).toBe('token-invalid');
    expect(own.fetches()).toBe(1);
    await own[Symbol.asyncDispose]();
  });

  it('cannot be judged while the identity provider is away: 503, not 401', async () => {
    const checker = new AccessTokens({ issuer: issuer.url, keys: realmKeys('http://127.0.0.1:1/realms/tenantry') });
    expect(await code(await issuer.token({ organizationId }), checker)).toBe('unavailable');
  });
});

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function swapPayload(token: string, claims: object): string {
  const [header, payload, signature] = token.split('.');
  return [header, part({ ...JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()), ...claims }), signature].join('.');
}

function unsigned(token: string): string {
  return `${part({ alg: 'none', typ: 'at+jwt', kid: issuer.kid })}.${token.split('.')[1]}.AA`;
}

async function hmacWithPublicKey(): Promise<string> {
  const keys = (await (await fetch(`${issuer.url}/protocol/openid-connect/certs`)).json()) as { keys: Record<string, string>[] };
  const { importJWK } = await import('jose');
  const pem = await exportSPKI((await importJWK({ ...keys.keys[0] } as never, 'RS256', { extractable: true })) as never);
  const payload = JSON.parse(Buffer.from((await issuer.token({ organizationId })).split('.')[1] ?? '', 'base64url').toString());
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: issuer.kid }).sign(Buffer.from(pem));
}

async function foreignKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256');
  const payload = JSON.parse(Buffer.from((await issuer.token({ organizationId })).split('.')[1] ?? '', 'base64url').toString());
  return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: issuer.kid }).sign(privateKey);
}
