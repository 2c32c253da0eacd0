import { randomUUID } from 'node:crypto';
import type { Customer } from '@tenantry/contracts';
import { machineToken } from '@tenantry/stack/keycloak/tokens.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type WrittenRows, waitingEvents, writtenRows } from './support/cell-eye.ts';
import { localPlatform } from './support/local-platform.ts';
import { type ApiAnswer, type CallOptions, ifMatch, TenantApi } from './support/tenant-api.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const name = freshName('strict');
let tenant: TestTenant;
let customer: Customer;

beforeAll(async () => {
  tenant = await onboard(name);
  customer = await tenant.api.create({ name: 'Already here', email: 'taken@example.org' });
  customer = await tenant.api.update(customer, { segment: 'second version' });
  await eventually(async () => expect(await waitingEvents(name)).toBe(0));
});
afterAll(() => removeCompletely(name));

describe('the API answers with its documented problem and writes nothing for', () => {
  interface Wrong extends CallOptions {
    readonly what: string;
    readonly method: string;
    readonly path: () => string;
    readonly status: number;
    readonly code: string;
    /** Place named in `errors[].pointer`. */
    readonly pointer?: string;
    readonly token?: () => Promise<string>;
  }
  const customers = (): string => '/v1/customers';
  const theCustomer = (): string => `/v1/customers/${customer.id}`;
  const goodToken = (): Promise<string> => tokenForMachine(name, tenant.secret.clientSecret);
  const keyed = { 'idempotency-key': randomUUID() };

  const wrong: readonly Wrong[] = [
    {
      what: 'a body that is no JSON',
      method: 'POST',
      path: customers,
      rawBody: '{"name": ',
      headers: keyed,
      status: 400,
      code: 'malformed-json',
    },
    {
      what: 'a body without its required field',
      method: 'POST',
      path: customers,
      body: {},
      headers: keyed,
      status: 400,
      code: 'invalid-request',
      pointer: '/name',
    },
    {
      what: 'a property it does not know',
      method: 'POST',
      path: customers,
      body: { name: 'x', nickname: 'y' },
      headers: keyed,
      status: 400,
      code: 'invalid-request',
      pointer: '/nickname',
    },
    {
      what: 'a field of another type',
      method: 'POST',
      path: customers,
      body: { name: 7 },
      status: 400,
      code: 'invalid-request',
      pointer: '/name',
    },
    {
      what: 'a text that cannot be stored',
      method: 'POST',
      path: customers,
      body: { name: 'a\u0000b' },
      status: 400,
      code: 'invalid-request',
      pointer: '/name',
    },
    {
      what: 'a body of another media type',
      method: 'POST',
      path: customers,
      rawBody: 'name=x',
      headers: { 'content-type': 'text/plain' },
      status: 415,
      code: 'unsupported-media-type',
    },
    {
      what: 'a body that is too large',
      method: 'POST',
      path: customers,
      body: { name: 'x', attributes: { a: 'y'.repeat(2_000_000) } },
      status: 413,
      code: 'body-too-large',
    },
    {
      what: 'an email address somebody has',
      method: 'POST',
      path: customers,
      body: { name: 'x', email: 'Taken@example.org' },
      status: 409,
      code: 'customer-email-taken',
    },
    { what: 'an empty patch', method: 'PATCH', path: theCustomer, body: {}, headers: ifMatch(2), status: 400, code: 'invalid-request' },
    {
      what: 'a stale If-Match',
      method: 'PATCH',
      path: theCustomer,
      body: { name: 'stale' },
      headers: ifMatch(1),
      status: 412,
      code: 'version-stale',
    },
    {
      what: 'a change without If-Match',
      method: 'PATCH',
      path: theCustomer,
      body: { name: 'blind' },
      status: 428,
      code: 'if-match-missing',
    },
    {
      what: 'a deletion with a stale If-Match',
      method: 'DELETE',
      path: theCustomer,
      headers: ifMatch(1),
      status: 412,
      code: 'version-stale',
    },
    { what: 'a deletion without If-Match', method: 'DELETE', path: theCustomer, status: 428, code: 'if-match-missing' },
    {
      what: 'an id that is none',
      method: 'GET',
      path: () => '/v1/customers/not-an-id',
      status: 400,
      code: 'invalid-request',
      pointer: '/path/id',
    },
    { what: 'a cursor it never gave out', method: 'GET', path: () => '/v1/customers?cursor=abc', status: 400, code: 'invalid-cursor' },
    {
      what: 'a limit out of range',
      method: 'GET',
      path: () => '/v1/customers?limit=0',
      status: 400,
      code: 'invalid-request',
      pointer: '/query/limit',
    },
    {
      what: 'a method the address does not take',
      method: 'POST',
      path: theCustomer,
      body: { name: 'x' },
      status: 405,
      code: 'method-not-allowed',
    },
    { what: 'an address that is none', method: 'GET', path: () => '/v1/nothing-here', status: 404, code: 'not-found' },
    {
      what: 'a token that is none',
      method: 'POST',
      path: customers,
      body: { name: 'x' },
      token: async () => 'not-a-token',
      status: 401,
      code: 'token-invalid',
    },
    {
      what: 'a token with another signature',
      method: 'POST',
      path: customers,
      body: { name: 'x' },
      token: async () => (await goodToken()).replace(/\.[^.]+$/, `.${'A'.repeat(342)}`),
      status: 401,
      code: 'token-invalid',
    },
    {
      what: 'a token whose claims were changed',
      method: 'POST',
      path: customers,
      body: { name: 'x' },
      token: async () => {
        const [header, claims = '', signature] = (await goodToken()).split('.');
        const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), sub: randomUUID() };
        return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.');
      },
      status: 401,
      code: 'token-invalid',
    },
    {
      what: 'a good token that is for somebody else',
      method: 'POST',
      path: customers,
      body: { name: 'x' },
      token: async () => {
        const { keycloak, secret } = localPlatform();
        return (await machineToken(keycloak.tenants, { id: 'tenantry-operator', secret: secret('keycloak-operator-secret') })).accessToken;
      },
      status: 401,
      code: 'token-invalid',
    },
  ];

  it.each(wrong)('$what', async ({ method, path, status, code, pointer, token, ...options }) => {
    const before: WrittenRows = await writtenRows(name);
    const api = token === undefined ? tenant.api : new TenantApi(tenant.url, token);
    expectProblem(await api.call(method, path(), options), status, code, pointer);
    expect(await writtenRows(name)).toEqual(before);
  });

  it('no token at all', async () => {
    const before = await writtenRows(name);
    const answer = await tenant.api.anonymously('POST', '/v1/customers', { body: { name: 'x' } });
    expectProblem(answer, 401, 'token-missing');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(await writtenRows(name)).toEqual(before);
  });
});

it('keeps its promises about what was written', () => verify(tenant));

function expectProblem(answer: ApiAnswer, status: number, code: string, pointer?: string): void {
  expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
    status,
    type: expect.stringContaining('application/problem+json'),
  });
  expect(answer.body).toMatchObject({
    code,
    status,
    type: `https://tenantry.dev/problems/${code}`,
    title: expect.any(String),
    instance: expect.any(String),
  });
  if (pointer !== undefined)
    expect((answer.body as { errors: readonly { pointer: string }[] }).errors.map((place) => place.pointer)).toContain(pointer);
}
