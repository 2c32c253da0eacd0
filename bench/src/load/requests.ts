import { readFileSync } from 'node:fs';
import type { Order } from './order.ts';

/** Bytes of the next request. */
export type NextRequest = () => Buffer;

/** Digits of the running number in a body: fixed, so that every body has the same length. */
const DIGITS = 9;

/**
 * Requests as bytes, made once and patched in place: at 64 connections a client that builds each request anew takes the processor the server
 * needs. Each is a valid request of a real client: same headers, a body of a typical customer.
 */
export function requestsOf({ port, token, work }: Order): NextRequest {
  const headers = `Host: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nAccept: application/json\r\nConnection: keep-alive\r\n`;
  if (work.kind === 'read') {
    const ids = readFileSync(work.idsFile, 'latin1').trim().split('\n');
    const request = Buffer.from(`GET /v1/customers/${'0'.repeat(36)} HTTP/1.1\r\n${headers}\r\n`);
    const place = 'GET /v1/customers/'.length;
    return () => {
      request.write(ids[Math.floor(Math.random() * ids.length)] as string, place, 'latin1');
      return Buffer.from(request);
    };
  }
  const body = customerBody(work.mark, '#'.repeat(DIGITS));
  const request = Buffer.from(
    `POST /v1/customers HTTP/1.1\r\n${headers}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  const places = placesOf(request, '#'.repeat(DIGITS));
  let number = work.first;
  return () => {
    const digits = String(number).padStart(DIGITS, '0');
    number += 1;
    for (const place of places) request.write(digits, place, 'latin1');
    return Buffer.from(request);
  };
}

/** About 300 bytes: the fields a form of a CRM has. */
function customerBody(mark: string, digits: string): string {
  return JSON.stringify({
    externalId: `crm-${digits}`,
    name: `Ada Lovelace ${digits}`,
    email: `ada.${digits}@${mark}.example.org`,
    phone: '+4930123456',
    status: 'active',
    segment: 'enterprise',
    tags: ['vip', 'newsletter'],
    attributes: { industry: 'computing', employees: 250, country: 'DE' },
  });
}

function placesOf(request: Buffer, mark: string): number[] {
  const places: number[] = [];
  for (let at = request.indexOf(mark); at !== -1; at = request.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}
