import { readFileSync } from 'node:fs';
import type { Template, Work } from './order.ts';

/** Bytes of the next request. */
export type NextRequest = () => Buffer;

/** Stands for the running number in a template; as long as the number is written, so that every request has the same length. */
export const NUMBER = '#########';
/** Stands for a drawn id. */
export const ID = '@@id@@';

interface Prepared {
  readonly bytes: Buffer;
  readonly numbers: readonly number[];
  readonly ids: readonly number[];
}

/**
 * Requests as bytes, made once and patched in place: at 64 connections a client that builds each request anew takes the processor the server
 * needs.
 */
export function requestsOf(work: Work): NextRequest {
  const ids = work.idsFile === undefined ? [] : readFileSync(work.idsFile, 'latin1').trim().split('\n');
  const hot = Math.max(1, Math.floor(ids.length / 100));
  const hotShare = work.hotShare ?? 0;
  const prepared = work.templates.map((template) => prepare(template, ids[0]?.length ?? 0));
  let number = work.first;
  return () => {
    const { bytes, numbers, ids: places } = prepared[prepared.length === 1 ? 0 : Math.floor(Math.random() * prepared.length)] as Prepared;
    if (numbers.length > 0) {
      const digits = String(number).padStart(NUMBER.length, '0');
      for (const place of numbers) bytes.write(digits, place, 'latin1');
    }
    number += 1;
    if (places.length > 0) {
      const among = hotShare > 0 && Math.random() < hotShare ? hot : ids.length;
      const id = ids[Math.floor(Math.random() * among)] as string;
      for (const place of places) bytes.write(id, place, 'latin1');
    }
    return Buffer.from(bytes);
  };
}

function prepare({ method, path, headers, body }: Template, idLength: number): Prepared {
  const id = '@'.repeat(idLength);
  const text = body === undefined ? '' : JSON.stringify(body);
  const lines = Object.entries({
    Host: '127.0.0.1',
    Accept: 'application/json',
    Connection: 'keep-alive',
    ...headers,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(Buffer.byteLength(text)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(`${method} ${path.replaceAll(ID, id)} HTTP/1.1\r\n${lines.join('')}\r\n${text}`);
  return { bytes, numbers: placesOf(bytes, NUMBER), ids: idLength === 0 ? [] : placesOf(bytes, id) };
}

function placesOf(bytes: Buffer, mark: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

/** About 300 bytes: the fields a form of a CRM has. `mark` makes email addresses unlike those of other runs. */
export function customerBody(mark: string): Readonly<Record<string, unknown>> {
  return {
    externalId: `crm-${mark}-${NUMBER}`,
    name: `Ada Lovelace ${NUMBER}`,
    email: `ada.${NUMBER}@${mark}.example.org`,
    phone: '+4930123456',
    status: 'active',
    segment: 'enterprise',
    tags: ['vip', 'newsletter'],
    attributes: { industry: 'computing', employees: 250, country: 'DE' },
  };
}
