import type { ProblemPlace } from '@tenantry/contracts';
import { RE2JS } from 're2js';

/** A tenant's JSON Schema for `attributes`, as sent. */
export type AttributeSchema = Readonly<Record<string, unknown>>;

/** Characters of the schema as JSON. */
const SCHEMA_MAX = 32_768;
/** Subschemas and enum values with every `$ref` written out: what a validator may have to walk for one value. */
const SIZE_MAX = 1000;
const PATTERN_MAX = 200;
/** Instructions of a compiled pattern: `(\w{100}){9}` is short to write and long to run. */
const PROGRAM_MAX = 1000;
/** Attributes of a tenant that can be found by an index; each is written twice. */
const INDEXABLE_MAX = 10;
const SCALARS = ['string', 'number', 'integer', 'boolean'] as const;
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Formats of {@link attributeFormats}; JSON Schema would let an unknown one pass in silence. */
const FORMATS = ['date', 'date-time', 'time', 'email', 'uri', 'uuid'];

const ONE = ['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames'];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAP = ['properties', 'patternProperties', 'dependentSchemas', '$defs'];
const PLAIN = [
  ...['$schema', '$ref', '$comment', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['type', 'enum', 'const', 'minLength', 'maxLength', 'pattern', 'format'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minContains', 'maxContains'],
  ...['required', 'minProperties', 'maxProperties', 'dependentRequired', 'x-indexable', 'x-personal'],
];
const KEYWORDS: ReadonlySet<string> = new Set([...ONE, ...LIST, ...MAP, ...PLAIN]);

/**
 * What is wrong with a schema beyond JSON Schema's own rules; empty when nothing is. Tenants share a process, so a schema must be bounded in
 * size and every pattern linear in time; whatever is not known here is refused instead of ignored, so that no rule silently does not hold.
 * Pointers begin at the schema.
 */
export function schemaMistakes(schema: AttributeSchema): ProblemPlace[] {
  if (JSON.stringify(schema).length > SCHEMA_MAX) return [{ pointer: '', detail: `must have at most ${SCHEMA_MAX} characters as JSON` }];
  const mistakes: ProblemPlace[] = [];
  if (schema.$schema !== undefined && schema.$schema !== DIALECT) mistakes.push({ pointer: '/$schema', detail: `must be ${DIALECT}` });
  if (schema.type !== undefined && schema.type !== 'object')
    mistakes.push({ pointer: '/type', detail: 'must be "object": attributes are one' });
  walk(schema, '', mistakes);
  checkIndexable(schema, mistakes);
  if (mistakes.length === 0) checkSize(schema, mistakes);
  return mistakes;
}

/** Name → type of the properties marked `x-indexable`. The schema has passed {@link schemaMistakes}. */
export function indexableProperties(schema: AttributeSchema): ReadonlyMap<string, (typeof SCALARS)[number]> {
  const marked = Object.entries(propertiesOf(schema)).filter(([, property]) => isSchema(property) && property['x-indexable'] === true);
  return new Map(marked.map(([name, property]) => [name, (property as AttributeSchema).type as (typeof SCALARS)[number]]));
}

function walk(schema: unknown, path: string, mistakes: ProblemPlace[]): void {
  if (typeof schema === 'boolean') return;
  if (!isSchema(schema)) {
    mistakes.push({ pointer: path, detail: 'must be a schema: an object, true or false' });
    return;
  }
  for (const keyword of Object.keys(schema)) {
    if (!KEYWORDS.has(keyword))
      mistakes.push({ pointer: `${path}/${pointerStep(keyword)}`, detail: 'is not a keyword that is supported here' });
  }
  checkWords(schema, path, mistakes);
  for (const [child, at] of childrenOf(schema)) walk(child, `${path}${at}`, mistakes);
}

function checkWords(schema: AttributeSchema, path: string, mistakes: ProblemPlace[]): void {
  const { $ref, pattern, format, patternProperties } = schema;
  if ($ref !== undefined && !(typeof $ref === 'string' && /^#\/\$defs\/[^/~%]+$/.test($ref))) {
    mistakes.push({ pointer: `${path}/$ref`, detail: 'must be "#/$defs/<name>": nothing is loaded from elsewhere' });
  }
  if (path !== '' && schema.$defs !== undefined) mistakes.push({ pointer: `${path}/$defs`, detail: 'belongs at the top of the schema' });
  if (typeof pattern === 'string') checkPattern(pattern, `${path}/pattern`, mistakes);
  if (isSchema(patternProperties)) {
    for (const key of Object.keys(patternProperties)) checkPattern(key, `${path}/patternProperties/${pointerStep(key)}`, mistakes);
  }
  if (format !== undefined && !FORMATS.includes(format as string)) {
    mistakes.push({ pointer: `${path}/format`, detail: `must be one of ${FORMATS.join(', ')}` });
  }
  if (schema['x-personal'] !== undefined) {
    mistakes.push({
      pointer: `${path}/x-personal`,
      detail: 'is not offered yet: attributes are not encrypted one by one. Leave it out, or keep such data out of attributes.',
    });
  }
}

function checkPattern(pattern: string, pointer: string, mistakes: ProblemPlace[]): void {
  if (pattern.length > PATTERN_MAX) {
    mistakes.push({ pointer, detail: `must have at most ${PATTERN_MAX} characters` });
    return;
  }
  try {
    if (RE2JS.compile(pattern).programSize() > PROGRAM_MAX) mistakes.push({ pointer, detail: 'repeats too much' });
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(0, 200) : '';
    mistakes.push({ pointer, detail: `is not a pattern of RE2 (no look-around, no back-references, repeats up to 1000): ${why}` });
  }
}

function checkIndexable(schema: AttributeSchema, mistakes: ProblemPlace[]): void {
  const allowed = new Set<unknown>();
  for (const [name, property] of Object.entries(propertiesOf(schema))) {
    if (!isSchema(property) || property['x-indexable'] === undefined) continue;
    allowed.add(property);
    const pointer = `/properties/${pointerStep(name)}/x-indexable`;
    if (property['x-indexable'] !== true) mistakes.push({ pointer, detail: 'must be true, or absent' });
    else if (!SCALARS.includes(property.type as never)) mistakes.push({ pointer, detail: `needs a type beside it: ${SCALARS.join(', ')}` });
  }
  if (allowed.size > INDEXABLE_MAX)
    mistakes.push({ pointer: '/properties', detail: `may mark at most ${INDEXABLE_MAX} properties as x-indexable` });
  const marks = (child: unknown, path: string): void => {
    if (!isSchema(child)) return;
    if (child['x-indexable'] !== undefined && !allowed.has(child)) {
      mistakes.push({ pointer: `${path}/x-indexable`, detail: 'is for properties of the top level' });
    }
    for (const [inner, at] of childrenOf(child)) marks(inner, `${path}${at}`);
  };
  marks(schema, '');
}

/** References are followed, so a chain of definitions that doubles at every step is seen for what it is, and a circle is found. */
function checkSize(schema: AttributeSchema, mistakes: ProblemPlace[]): void {
  const definitions = isSchema(schema.$defs) ? schema.$defs : {};
  const sizes = new Map<string, number>();
  const open = new Set<string>();
  const sizeOf = (node: unknown, path: string): number => {
    if (!isSchema(node)) return 1;
    let size = 1 + (Array.isArray(node.enum) ? node.enum.length : 0);
    for (const [child, at] of childrenOf(node)) if (!at.startsWith('/$defs/')) size += sizeOf(child, `${path}${at}`);
    if (typeof node.$ref === 'string') size += sizeOfDefinition(node.$ref.slice('#/$defs/'.length), `${path}/$ref`);
    return Math.min(size, SIZE_MAX + 1);
  };
  const sizeOfDefinition = (name: string, path: string): number => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    if (!Object.hasOwn(definitions, name)) mistakes.push({ pointer: path, detail: `there is no definition ${JSON.stringify(name)}` });
    else if (open.has(name)) mistakes.push({ pointer: path, detail: 'refers to itself; attributes are trees of a known shape' });
    else {
      open.add(name);
      sizes.set(name, sizeOf(definitions[name], `/$defs/${pointerStep(name)}`));
      open.delete(name);
    }
    return sizes.get(name) ?? 1;
  };
  for (const name of Object.keys(definitions)) sizeOfDefinition(name, `/$defs/${pointerStep(name)}`);
  if (sizeOf(schema, '') > SIZE_MAX) {
    mistakes.push({ pointer: '', detail: `must have at most ${SIZE_MAX} subschemas and enum values, references written out` });
  }
}

/** Subschemas and where they are. Of a keyword with the wrong shape there are none; JSON Schema's own check names it. */
function childrenOf(schema: AttributeSchema): [unknown, string][] {
  return [
    ...ONE.filter((keyword) => schema[keyword] !== undefined).map((keyword): [unknown, string] => [schema[keyword], `/${keyword}`]),
    ...LIST.flatMap((keyword) => {
      const list = schema[keyword];
      return Array.isArray(list) ? list.map((child, at): [unknown, string] => [child, `/${keyword}/${at}`]) : [];
    }),
    ...MAP.flatMap((keyword) => {
      const map = schema[keyword];
      return isSchema(map)
        ? Object.entries(map).map(([name, child]): [unknown, string] => [child, `/${keyword}/${pointerStep(name)}`])
        : [];
    }),
  ];
}

const propertiesOf = (schema: AttributeSchema): AttributeSchema => (isSchema(schema.properties) ? schema.properties : {});

const pointerStep = (key: string): string => key.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1');

function isSchema(value: unknown): value is AttributeSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
