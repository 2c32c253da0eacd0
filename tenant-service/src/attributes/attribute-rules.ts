import type { ProblemPlace } from '@tenantry/contracts';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { type AttributeSchema, indexableProperties, schemaMistakes } from './attribute-schema-limits.ts';

export type Attributes = Readonly<Record<string, unknown>>;

/** What a tenant's attributes must be: one version of its schema, compiled. */
export interface AttributeRules {
  /** 1 before the tenant has set a schema. */
  readonly version: number;
  /** What is wrong, with pointers that begin at the root that was given; empty when nothing is. */
  readonly mistakes: (attributes: Attributes) => ProblemPlace[];
  /** Name → type of the attributes that are indexed. */
  readonly indexable: ReadonlyMap<string, 'string' | 'number' | 'integer' | 'boolean'>;
  /** The part of a customer's attributes that goes into its index; undefined when the tenant has none. */
  readonly indexed: (attributes: Attributes) => Attributes | undefined;
}

/** The rules every tenant begins with. */
export const NO_RULES: AttributeRules = { version: 1, mistakes: () => [], indexable: new Map(), indexed: () => undefined };

/** Longer texts are no date, address or URI; the bound keeps every format's check cheap. */
const FORMATTED_MAX = 2048;
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  date: matches(z.iso.date()),
  'date-time': matches(z.iso.datetime({ offset: true })),
  time: matches(z.iso.time()),
  email: matches(z.email()),
  uri: (text) => URL.canParse(text),
  uuid: matches(z.uuid()),
};
const MISTAKES_MAX = 20;
/** Values × subschemas up to which every mistake is collected; beyond it the first one has to do, so that a refusal stays cheap. */
const THOROUGH_UP_TO = 50_000;

/**
 * Compiles tenants' schemas. One for the process: reading JSON Schema's own schema takes longer than any of theirs.
 */
export class AttributeCompiler {
  readonly #quick = newAjv(false);
  readonly #thorough = newAjv(true);

  /** What is wrong with a schema somebody wants to set, pointers from the body's root. */
  refusals(schema: AttributeSchema): ProblemPlace[] {
    const mistakes = schemaMistakes(schema);
    if (mistakes.length > 0) return mistakes.slice(0, MISTAKES_MAX);
    if (this.#thorough.validateSchema(schema) !== true) return placesOf(this.#thorough.errors ?? [], '');
    try {
      this.#compile(this.#quick, schema);
      return [];
    } catch (error) {
      // Ajv's strict mode: a keyword that can never apply, a pattern beside another type …
      return [{ pointer: '', detail: error instanceof Error ? error.message.slice(0, 300) : 'cannot be compiled' }];
    }
  }

  /** Of a schema that was accepted once. `root`: where in a body is what it speaks of. */
  compile(version: number, schema: AttributeSchema, root = '/attributes'): AttributeRules {
    const quick = this.#compile(this.#quick, schema);
    const subschemas = JSON.stringify(schema).length / 16;
    let thorough: ValidateFunction | undefined;
    const indexable = indexableProperties(schema);
    return {
      version,
      indexable,
      mistakes: (attributes) => {
        if (quick(attributes)) return [];
        if (countValues(attributes) * subschemas > THOROUGH_UP_TO) return placesOf(quick.errors ?? [], root);
        thorough ??= this.#compile(this.#thorough, schema);
        thorough(attributes);
        return placesOf(thorough.errors ?? [], root);
      },
      indexed: (attributes) => {
        if (indexable.size === 0) return undefined;
        return Object.fromEntries(
          [...indexable.keys()].filter((key) => Object.hasOwn(attributes, key)).map((key) => [key, attributes[key]]),
        );
      },
    };
  }

  #compile(ajv: Ajv2020, schema: AttributeSchema): ValidateFunction {
    try {
      return ajv.compile(schema);
    } finally {
      // Ajv would keep every schema it has ever seen.
      ajv.removeSchema(schema);
    }
  }
}

function newAjv(allErrors: boolean): Ajv2020 {
  const regExp = Object.assign((pattern: string) => RE2JS.compile(pattern), { code: 'RE2JS.compile' });
  const ajv = new Ajv2020({
    allErrors,
    strict: true,
    // `required` of a property that is only allowed by a pattern, or `properties` without `type`, is clear enough.
    strictRequired: false,
    strictTypes: false,
    strictTuples: false,
    ownProperties: true,
    logger: false,
    keywords: ['x-indexable', 'x-personal'],
    formats: Object.fromEntries(Object.entries(FORMATS).map(([name, validate]) => [name, { validate: bounded(validate) }])),
    code: { regExp: regExp as never },
  });
  // Ajv compares every two items; a set of their texts does it in one pass.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: unknown[]) => !wanted || new Set(items.map(canonical)).size === items.length,
    error: { message: 'must not have the same item twice' },
  });
  return ajv;
}

function matches(schema: z.ZodType): (text: string) => boolean {
  return (text) => schema.safeParse(text).success;
}

function bounded(validate: (text: string) => boolean): (text: string) => boolean {
  return (text) => text.length <= FORMATTED_MAX && validate(text);
}

/** One text for one JSON value, whatever the order of keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 1;
  for (const inner of Object.values(value)) count += countValues(inner);
  return count;
}

/** Ajv names the object that lacks or has too much; people look for the property. */
function placesOf(errors: readonly ErrorObject[], place: string): ProblemPlace[] {
  const places = new Map<string, ProblemPlace>();
  for (const { instancePath, keyword, params, message } of errors) {
    // Its parts say what is wrong; that they are parts of an `if` does not.
    if (keyword === 'if') continue;
    const property =
      keyword === 'required' ? params.missingProperty : keyword === 'additionalProperties' ? params.additionalProperty : undefined;
    const step = typeof property === 'string' ? `/${property.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
    const detail =
      keyword === 'required'
        ? 'is required'
        : keyword === 'additionalProperties'
          ? 'is not an attribute of this tenant'
          : keyword === 'enum'
            ? `must be one of ${JSON.stringify(params.allowedValues).slice(0, 200)}`
            : (message ?? 'is not accepted');
    const found = { pointer: `${place}${instancePath}${step}`, detail };
    places.set(`${found.pointer} ${detail}`, found);
    if (places.size === MISTAKES_MAX) break;
  }
  return [...places.values()];
}
