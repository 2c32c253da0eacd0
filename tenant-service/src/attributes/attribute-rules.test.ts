import { describe, expect, it } from 'vitest';
import { AttributeCompiler } from './attribute-rules.ts';
import type { AttributeSchema } from './attribute-schema-limits.ts';

const compiler = new AttributeCompiler();
const refusals = (schema: AttributeSchema) => compiler.refusals(schema).map(({ pointer }) => pointer);
const property = (schema: object): AttributeSchema => ({ type: 'object', properties: { a: schema } });

describe('a schema', () => {
  it.each<[string, AttributeSchema]>([
    ['anything goes', {}],
    ['the dialect named', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }],
    [
      'a closed set',
      { type: 'object', properties: { industry: { enum: ['it', 'food'] } }, required: ['industry'], additionalProperties: false },
    ],
    ['definitions', { $defs: { day: { type: 'string', format: 'date' } }, type: 'object', properties: { from: { $ref: '#/$defs/day' } } }],
    ['conditions', JSON.parse('{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]},"else":{"required":["c"]}}')],
    ['a property named as a keyword', { properties: { $ref: { type: 'string' }, properties: { type: 'number' } } }],
    ['indexable scalars', property({ type: 'string', 'x-indexable': true })],
    ['a pattern with groups and classes', property({ type: 'string', pattern: '^(?:[A-Z]{2}-)?\\d{4,9}$' })],
  ])('with %s is accepted', (_, schema) => {
    expect(compiler.refusals(schema)).toEqual([]);
  });

  it.each<[string, AttributeSchema, string]>([
    ['another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '/$schema'],
    ['no object', { type: 'array' }, '/type'],
    ['an unknown keyword', { propertis: {} }, '/propertis'],
    ['an unknown keyword deep down', property({ items: { anyOf: [{ minimun: 1 }] } }), '/properties/a/items/anyOf/0/minimun'],
    ['a remote reference', property({ $ref: 'https://evil.example/x.json' }), '/properties/a/$ref'],
    ['a reference into a file', property({ $ref: 'file:///etc/passwd' }), '/properties/a/$ref'],
    ['a reference to the root', property({ $ref: '#' }), '/properties/a/$ref'],
    ['a dynamic reference', property({ $dynamicRef: '#a' }), '/properties/a/$dynamicRef'],
    ['an id of its own', { $id: 'https://json-schema.org/draft/2020-12/schema' }, '/$id'],
    ['a reference to nothing', property({ $ref: '#/$defs/b' }), '/properties/a/$ref'],
    ['a reference to what every object has', { ...property({ $ref: '#/$defs/toString' }), $defs: {} }, '/properties/a/$ref'],
    ['a circle', { $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } } }, '/$defs/b/$ref'],
    ['itself inside itself', { $defs: { a: { properties: { a: { $ref: '#/$defs/a' } } } } }, '/$defs/a/properties/a/$ref'],
    ['a pattern that looks ahead', property({ pattern: '(?=a)b' }), '/properties/a/pattern'],
    ['a pattern that refers back', property({ pattern: '(a)\\1' }), '/properties/a/pattern'],
    ['a pattern that explodes', property({ pattern: '(((a{30}){30}){30}){30}' }), '/properties/a/pattern'],
    ['a pattern that is large', property({ pattern: '(?:\\w{0,90}){10}' }), '/properties/a/pattern'],
    ['a long pattern', property({ pattern: 'a'.repeat(201) }), '/properties/a/pattern'],
    ['a bad pattern as a name', { patternProperties: { '(': {} } }, '/patternProperties/('],
    ['an unknown format', property({ format: 'hostname' }), '/properties/a/format'],
    ['personal data', property({ type: 'string', 'x-personal': true }), '/properties/a/x-personal'],
    ['an indexable object', property({ type: 'object', 'x-indexable': true }), '/properties/a/x-indexable'],
    ['an indexable property without type', property({ 'x-indexable': true }), '/properties/a/x-indexable'],
    ['indexable said oddly', property({ type: 'string', 'x-indexable': 'yes' }), '/properties/a/x-indexable'],
    [
      'indexable deep down',
      property({ properties: { b: { type: 'string', 'x-indexable': true } } }),
      '/properties/a/properties/b/x-indexable',
    ],
    ['a keyword of the wrong type', property({ maxLength: 'long' }), '/properties/a/maxLength'],
    ['properties that are a list', { properties: [] }, '/properties'],
    ['a subschema that is text', property({ items: 'string' }), '/properties/a/items'],
    ['too much text', { description: 'x'.repeat(32_769) }, ''],
    ['too many values', property({ enum: Array.from({ length: 1001 }, (_, at) => at) }), ''],
  ])('with %s is refused', (_, schema, pointer) => {
    expect(refusals(schema)).toContain(pointer);
  });

  it('whose references double at every step is seen for what it is', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 20 }, (_, at) => [
        `d${at}`,
        at === 19 ? { type: 'string' } : { allOf: [{ $ref: `#/$defs/d${at + 1}` }, { $ref: `#/$defs/d${at + 1}` }] },
      ]),
    );
    expect(refusals({ $defs, properties: { a: { $ref: '#/$defs/d0' } } })).toEqual(['']);
  });

  it('has at most ten indexable properties', () => {
    const many = (count: number) => ({
      properties: Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, { type: 'number', 'x-indexable': true }])),
    });
    expect(refusals(many(10))).toEqual([]);
    expect(refusals(many(11))).toEqual(['/properties']);
  });
});

describe('rules', () => {
  const mistakes = (schema: AttributeSchema, attributes: Record<string, unknown>) => compiler.compile(2, schema).mistakes(attributes);

  it('name every mistake at its place', () => {
    const schema = {
      type: 'object',
      properties: { industry: { enum: ['it', 'food'] }, size: { type: 'integer', minimum: 1 }, since: { type: 'string', format: 'date' } },
      required: ['industry', 'size'],
      additionalProperties: false,
    };
    expect(mistakes(schema, { industry: 'it', size: 3, since: '2026-02-28' })).toEqual([]);
    expect(mistakes(schema, { industry: 'x', since: '2026-02-30', 'a/b': 1 })).toEqual([
      { pointer: '/attributes/size', detail: 'is required' },
      { pointer: '/attributes/a~1b', detail: 'is not an attribute of this tenant' },
      { pointer: '/attributes/industry', detail: 'must be one of ["it","food"]' },
      { pointer: '/attributes/since', detail: 'must match format "date"' },
    ]);
  });

  it('look at own properties only', () => {
    expect(mistakes({ required: ['toString'] }, {})).toEqual([{ pointer: '/attributes/toString', detail: 'is required' }]);
    expect(mistakes({ properties: { constructor: { type: 'string' } } }, {})).toEqual([]);
    expect(mistakes({ properties: { constructor: { type: 'string' } } }, { constructor: 1 })).toHaveLength(1);
  });

  it('know each format', () => {
    for (const [format, good, bad] of [
      ['date', '2026-11-22', '2026-13-01'],
      ['date-time', '2026-11-22T10:00:00+01:00', '2026-11-22'],
      ['time', '10:00:00', '25:00:00'],
      ['email', 'a@example.org', 'a@'],
      ['uri', 'https://example.org/x', 'no uri'],
      ['uuid', '019a9a4e-5e0c-7c3f-9d55-0f6a3b7c1d22', 'x'],
    ]) {
      const schema = property({ type: 'string', format });
      expect(mistakes(schema, { a: good }), format).toEqual([]);
      expect(mistakes(schema, { a: bad }), format).toHaveLength(1);
    }
  });

  it('take equal items for equal, whatever the order of keys', () => {
    const schema = property({ type: 'array', uniqueItems: true });
    expect(mistakes(schema, { a: [1, '1', { x: 1, y: 2 }, { x: 2, y: 1 }] })).toEqual([]);
    expect(
      mistakes(schema, {
        a: [
          { x: 1, y: 2 },
          { y: 2, x: 1 },
        ],
      }),
    ).toHaveLength(1);
  });

  it('pick what is indexed', () => {
    const rules = compiler.compile(2, {
      properties: { a: { type: 'string', 'x-indexable': true }, b: { type: 'integer', 'x-indexable': true }, c: {} },
    });
    expect([...rules.indexable]).toEqual([
      ['a', 'string'],
      ['b', 'integer'],
    ]);
    expect(rules.indexed({ a: 'x', c: 1 })).toEqual({ a: 'x' });
    expect(compiler.compile(2, {}).indexed({ a: 1 })).toBeUndefined();
  });

  it('are done with hostile attributes in the time of friendly ones: no pattern, list or error that grows faster than its input', () => {
    const hostile: [AttributeSchema, Record<string, unknown>][] = [
      [property({ type: 'string', pattern: '^(a+)+$' }), { a: `${'a'.repeat(60_000)}!` }],
      [property({ type: 'string', pattern: '(x+x+)+y' }), { a: 'x'.repeat(60_000) }],
      [property({ type: 'string', format: 'email' }), { a: 'a'.repeat(60_000) }],
      [property({ type: 'array', uniqueItems: true }), { a: Array.from({ length: 10_000 }, (_, at) => ({ at })) }],
      [
        property({ items: { allOf: Array.from({ length: 300 }, () => ({ type: 'string' })) } }),
        { a: Array.from({ length: 30_000 }, () => 1) },
      ],
    ];
    for (const [schema, attributes] of hostile) {
      // A quadratic or exponential one takes minutes, and the test its time limit.
      expect(mistakes(schema, attributes).length).toBeLessThanOrEqual(20);
    }
  });
});
