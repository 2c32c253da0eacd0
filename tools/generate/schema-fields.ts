/** As much of JSON Schema as our zod schemas and custom resources use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly additionalProperties?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[];
}

/** One property, wherever it is nested. */
export interface SchemaField {
  /** `spec.messaging.topics[].name`. */
  readonly path: string;
  /** Type and limits in words. */
  readonly kind: string;
  readonly required: boolean;
  /** JSON of the default; undefined when there is none. */
  readonly defaultText: string | undefined;
  readonly description: string;
  /** Messages of the rules on this property. */
  readonly rules: readonly string[];
}

/** Every property below `schema`, outer before inner, in the order they are written. */
export function schemaFields(schema: JsonSchema, prefix = '', definitions = schema.$defs ?? {}): SchemaField[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, written]) => {
    const property = resolved(written, definitions);
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const inner = property.items === undefined ? property : resolved(property.items, definitions);
    return [
      {
        path,
        kind: kindOf(property, definitions),
        required: schema.required?.includes(name) ?? false,
        defaultText: property.default === undefined ? undefined : JSON.stringify(property.default),
        description: (property.description ?? '').trim(),
        rules: rulesOf(property),
      },
      ...schemaFields(inner, property.items === undefined ? path : `${path}[]`, definitions),
    ];
  });
}

/** Messages of the CEL rules that stand on this level. */
export function rulesOf(schema: JsonSchema): string[] {
  return (schema['x-kubernetes-validations'] ?? []).map((rule) => rule.message ?? rule.rule);
}

function resolved(schema: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const target = schema.$ref === undefined ? undefined : definitions[schema.$ref.replace('#/$defs/', '')];
  return target === undefined ? schema : { ...target, ...schema };
}

function kindOf(schema: JsonSchema, definitions: Readonly<Record<string, JsonSchema>>): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ');
  if (schema.anyOf !== undefined) {
    const kinds = new Set(schema.anyOf.map((each) => kindOf(resolved(each, definitions), definitions)));
    return kinds.size > 4 ? 'any JSON' : [...kinds].join(' or ');
  }
  if (schema.items !== undefined)
    return `list of ${kindOf(resolved(schema.items, definitions), definitions)}${span(schema.minItems, schema.maxItems, '')}`;
  const type = [schema.type ?? 'any JSON'].flat().join(' or ');
  if (type === 'object' && schema.properties === undefined) return 'object of any keys';
  const format = schema.format === undefined ? '' : ` (${schema.format})`;
  if (type === 'string') return `string${format}${span(schema.minLength, schema.maxLength, ' characters')}`;
  return `${type}${format}${type === 'integer' || type === 'number' ? span(schema.minimum, schema.maximum, '') : ''}`;
}

/** Zod writes the safe integers as limits; they say nothing. */
function span(least: number | undefined, most: number | undefined, unit: string): string {
  const to = most === undefined || most >= Number.MAX_SAFE_INTEGER ? undefined : most;
  const from = least === undefined || (least === 0 && to === undefined) || least <= Number.MIN_SAFE_INTEGER ? undefined : least;
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return `, at least ${from}${unit}`;
  return from === undefined ? `, at most ${to}${unit}` : `, ${from} to ${to}${unit}`;
}
