/** A part of a schema as the API server publishes it (OpenAPI 3), as far as a form is made of it. */
export interface SpecSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SpecSchema>>;
  readonly required?: readonly string[];
  readonly items?: SpecSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** The same object with a field set, or taken away when the value is undefined; an object that is left empty goes, too. Pure. */
export function withField(object: Readonly<Record<string, unknown>>, path: readonly string[], value: unknown): Record<string, unknown> {
  const [name, ...rest] = path;
  if (name === undefined) return { ...object };
  const { [name]: before, ...others } = object;
  const next = rest.length === 0 ? value : withField((before ?? {}) as Record<string, unknown>, rest, value);
  if (next === undefined || (rest.length > 0 && Object.keys(next as object).length === 0)) return others;
  // In its place: a form and its YAML do not jump while somebody types.
  return name in object
    ? Object.fromEntries(Object.entries(object).map(([key, each]) => [key, key === name ? next : each]))
    : { ...object, [name]: next };
}

/** The words of a field's name: `requestsPerMinute` → `Requests per minute`. Pure. */
export function labelOf(name: string): string {
  const words = name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What is wrong with a text before the server is asked; undefined when nothing is. Pure. */
export function textProblem({ minLength = 0, maxLength, pattern }: SpecSchema, text: string): 'short' | 'long' | 'pattern' | undefined {
  if (text.length < minLength) return 'short';
  if (maxLength !== undefined && text.length > maxLength) return 'long';
  return pattern === undefined || new RegExp(pattern, 'u').test(text) ? undefined : 'pattern';
}
