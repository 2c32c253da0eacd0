import { ATTRIBUTE_FILTERS, type AttributeType } from '@tenantry/contracts';

/** In front of the name of an attribute where fields of customers are named: `attributes.level`. */
export const ATTRIBUTE_PREFIX = 'attributes.';

/** An attribute that the tenant's schema names. */
export interface AttributeField {
  /** As lists and columns name it. */
  readonly field: `attributes.${string}`;
  /** What people call it. */
  readonly title: string;
  /** Undefined for what is no single value. */
  readonly type: AttributeType | undefined;
  readonly format: string | undefined;
  /** All values there can be, where the schema names them. */
  readonly choices: readonly string[];
  /** Lists can be filtered by it. */
  readonly isFilter: boolean;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** The properties of a JSON Schema of attributes, as far as they say what they are. */
export function attributeFields(schema: JsonSchema): readonly AttributeField[] {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([key, property]) => (isSchema(property) ? [fieldOf(key, resolved(property, schema))] : []));
}

function fieldOf(key: string, property: JsonSchema): AttributeField {
  const { title, type, format, enum: values } = property;
  const known = typeof type === 'string' && Object.hasOwn(ATTRIBUTE_FILTERS, type) ? (type as AttributeType) : undefined;
  return {
    field: `attributes.${key}`,
    title: typeof title === 'string' && title !== '' ? title : key,
    type: known,
    format: typeof format === 'string' ? format : undefined,
    choices: Array.isArray(values) && values.every((value) => typeof value === 'string') ? values : [],
    isFilter: known !== undefined && property['x-indexable'] === true,
  };
}

/** What a reference to one of the schema's own definitions says, with what stands beside it. */
function resolved(property: JsonSchema, schema: JsonSchema): JsonSchema {
  const name = typeof property.$ref === 'string' ? property.$ref.replace(/^#\/\$defs\//, '') : undefined;
  const definition = name !== undefined && isSchema(schema.$defs) ? schema.$defs[name] : undefined;
  return isSchema(definition) ? { ...definition, ...property } : property;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
