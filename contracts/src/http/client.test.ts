import { describe, expect, it } from 'vitest';
import { ProblemError, tenantryClient } from './client.ts';

const id = '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22';

function clientWith(answer: () => Response) {
  const seen: { url: string; init: RequestInit }[] = [];
  const client = tenantryClient({
    baseUrl: 'https://acme.example.test',
    token: () => 'tok',
    fetch: async (url, init) => {
      seen.push({ url: String(url), init: init ?? {} });
      return answer();
    },
  });
  return { client, seen };
}

describe('the client', () => {
  it('fills path, query, body and headers from the operation', async () => {
    const { client, seen } = clientWith(() => Response.json({ id }, { status: 200, headers: { etag: '"2"' } }));
    const answer = await client.updateCustomer({ params: { id }, ifMatch: '"1"', body: { segment: null } });
    expect(answer.etag).toBe('"2"');
    expect(seen[0]?.url).toBe(`https://acme.example.test/v1/customers/${id}`);
    const headers = new Headers(seen[0]?.init.headers);
    expect(Object.fromEntries(headers)).toMatchObject({
      authorization: 'Bearer tok',
      'content-type': 'application/merge-patch+json',
      'if-match': '"1"',
    });
    await client.listCustomers({ query: { search: 'a&b', limit: 5 } });
    expect(seen[1]?.url).toBe('https://acme.example.test/v1/customers?search=a%26b&limit=5');
  });

  it('throws the problem of an error answer, with the current ETag', async () => {
    const problem = {
      type: 'https://tenantry.dev/problems/version-stale',
      title: 't',
      status: 412,
      detail: 'd',
      instance: 'i',
      code: 'version-stale',
    };
    const { client } = clientWith(() => Response.json(problem, { status: 412, headers: { etag: '"7"' } }));
    const error = await client.deleteCustomer({ params: { id }, ifMatch: '"1"' }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ problem: { code: 'version-stale' }, etag: '"7"' });
  });

  it('throws a problem also when a proxy answered something else', async () => {
    const { client } = clientWith(() => new Response('<html>bad gateway</html>', { status: 502 }));
    await expect(client.getCustomer({ params: { id } })).rejects.toMatchObject({ problem: { status: 502 } });
  });
});
