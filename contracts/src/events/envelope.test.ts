import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EventAttributes, fromRecord, toRecord } from './envelope.ts';

const attributes: EventAttributes = {
  specversion: '1.0',
  id: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22',
  source: '/tenants/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23',
  type: 'dev.tenantry.customer.created.v1',
  subject: 'customers/019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d24',
  time: '2026-11-22T14:00:00.000Z',
  datacontenttype: 'application/json',
  tenantid: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d23',
  aggregateversion: '1',
  partitionkey: '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d24',
  traceparent: '00-f0c4036820164e8a8919cad15973feaa-8919cad15973feaa-00',
};

describe('the envelope', () => {
  it('is binary mode: attributes are ce_ headers, the value is the data alone, the key is the partition key', () => {
    const record = toRecord(attributes, '{"a":1}');
    expect(record.key).toBe(attributes.partitionkey);
    expect(record.value).toBe('{"a":1}');
    expect(record.headers).toMatchObject({ 'content-type': 'application/json', ce_id: attributes.id, ce_specversion: '1.0' });
    expect(record.headers).not.toHaveProperty('ce_datacontenttype');
  });

  it('comes back as it went, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (data, bytes) => {
        const { value, headers } = toRecord(attributes, data);
        const encode = (text: string) => (bytes ? new TextEncoder().encode(text) : text);
        const wire = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, encode(text)]));
        const back = fromRecord({ value: encode(value), headers: wire });
        expect(back.attributes).toEqual(attributes);
        expect(back.data).toEqual(JSON.parse(data));
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a record that is not an event of ours', () => {
    expect(() => fromRecord({ value: '{}', headers: { ce_specversion: '1.0' } })).toThrow();
    expect(() => fromRecord({ value: 'not json', headers: toRecord(attributes, '{}').headers })).toThrow();
  });
});
