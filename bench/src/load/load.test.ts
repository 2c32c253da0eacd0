import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NewCustomer } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { AnswerReader } from './answers.ts';
import { customerBody, ID, requestsOf } from './requests.ts';

it('makes create requests that are valid, of equal length and never twice the same', () => {
  const next = requestsOf({ templates: [{ method: 'POST', path: '/v1/customers', headers: {}, body: customerBody('run1') }], first: 41 });
  const texts = [next(), next()].map((request) => request.toString());
  const bodies = texts.map((text) => text.slice(text.indexOf('\r\n\r\n') + 4));
  for (const [index, text] of texts.entries()) {
    const body = bodies[index] ?? '';
    expect(NewCustomer.parse(JSON.parse(body))).toMatchObject({ email: `ada.00000004${index + 1}@run1.example.org` });
    expect(text).toContain(`Content-Length: ${Buffer.byteLength(body)}\r\n`);
  }
});

it('reads ids of the file only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const idsFile = join(folder, 'ids');
  const ids = ['019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22', '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23'];
  writeFileSync(idsFile, `${ids.join('\n')}\n`);
  const next = requestsOf({ templates: [{ method: 'GET', path: `/v1/customers/${ID}`, headers: {} }], first: 0, idsFile });
  const paths = new Set(Array.from({ length: 100 }, () => next().toString().split(' ')[1]));
  expect([...paths].sort()).toEqual(ids.map((id) => `/v1/customers/${id}`));
  rmSync(folder, { recursive: true });
});

it('asks for the hot hundredth as often as it is told', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const idsFile = join(folder, 'ids');
  writeFileSync(idsFile, Array.from({ length: 1000 }, (_, n) => `id-${String(n).padStart(4, '0')}`).join('\n'));
  const next = requestsOf({ templates: [{ method: 'GET', path: `/${ID}`, headers: {} }], first: 0, idsFile, hotShare: 0.9 });
  const hot = Array.from({ length: 2000 }, () => /id-(\d+)/.exec(next().toString())?.[1]).filter((id) => Number(id) < 10).length;
  expect(hot / 2000).toBeGreaterThan(0.85);
  expect(hot / 2000).toBeLessThan(0.95);
  rmSync(folder, { recursive: true });
});

it('counts answers however they are cut into chunks', () => {
  const stream = Buffer.from(
    'HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\nETag: "1"\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
  );
  for (let size = 1; size <= stream.length; size += 7) {
    const reader = new AnswerReader();
    const statuses: number[] = [];
    for (let at = 0; at < stream.length; at += size) statuses.push(...reader.read(stream.subarray(at, at + size)));
    expect(statuses).toEqual([201, 204, 200]);
  }
});

it('does not guess where an answer ends', () => {
  expect(() => new AnswerReader().read(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'))).toThrow('Content-Length');
});
