import { expect, it } from 'vitest';
import { asyncApiDocument } from './asyncapi.ts';
import { eventTypes } from './event-types.ts';

const document = asyncApiDocument('1.2.3') as {
  readonly channels: { readonly events: { readonly messages: Record<string, { $ref: string }> } };
  readonly components: { readonly messages: Record<string, { payload: unknown }>; readonly schemas: Record<string, object> };
};

it('has a message for every event type, and no reference that leads nowhere', () => {
  const types = Object.keys(eventTypes);
  expect(Object.keys(document.channels.events.messages)).toEqual(types);
  expect(Object.keys(document.components.messages)).toEqual(types);
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(references.length).toBeGreaterThan(types.length);
  for (const path of references) {
    const target = path
      .slice(2)
      .split('/')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
    expect(target, path).toBeTypeOf('object');
  }
});

it('describes attributes as the headers they are sent as, and leaves data open', () => {
  expect(document.components.schemas.EventHeaders).toMatchObject({
    properties: { ce_id: { type: 'string' }, 'content-type': { const: 'application/json' } },
    required: expect.arrayContaining(['ce_id', 'content-type', 'ce_tenantid']),
  });
  expect(JSON.stringify(document)).not.toContain('additionalProperties":false');
});
