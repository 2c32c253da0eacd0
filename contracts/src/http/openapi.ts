import type { z } from 'zod';
import { COMMON_PROBLEMS, type FilterField, type Operation, servedStates } from './operation.ts';
import { operations } from './operations.ts';
import { PROBLEMS, type ProblemCode, ProblemDocument } from './problems.ts';
import { type Json, jsonSchema, schemaComponent } from './schema-component.ts';

const BODY_TYPES = { json: 'application/json', 'merge-patch': 'application/merge-patch+json' } as const;

interface OpenApiOptions {
  readonly list?: readonly Operation[];
  /** Issuer of tenants' tokens, for a reader's sign-in (authorization code with PKCE). Without it only a ready token is described. */
  readonly issuer?: string;
}

/**
 * The OpenAPI 3.1 document of every operation. Its schema dialect is JSON Schema 2020-12, which zod writes itself, so nothing is translated
 * twice; schemas with an id become components. Pure: the same operations give the same document.
 */
export function openApiDocument(version: string, options: OpenApiOptions = {}): Json {
  const { list = Object.values(operations), issuer } = options;
  const components: Json = {};
  const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): unknown => schemaComponent(schema, io, components);
  const problem = schemaOf(ProblemDocument, 'output');
  const paths: Record<string, Json> = {};
  for (const operation of list) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation, schemaOf, problem, issuer) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Tenantry API',
      version,
      summary: 'Customer management of one tenant.',
      description: 'The access token decides the tenant. Errors are RFC 9457 problems. Unknown properties are refused.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'at+jwt',
          description: 'Access token of the realm `tenantry` with audience `tenantry-api` and exactly one organization.',
        },
        ...(issuer === undefined ? {} : { person: signIn(issuer) }),
      },
    },
  };
}

/** What a person's sign-in asks for: a token for this API and one organization, which Keycloak lets the person choose. */
const SIGN_IN_SCOPES = ['openid', 'organization', 'tenantry-api'];

function signIn(issuer: string): Json {
  return {
    type: 'oauth2',
    description: 'Signs a person in at Keycloak, for one of the tenants the person is a member of.',
    flows: {
      authorizationCode: {
        authorizationUrl: `${issuer}/protocol/openid-connect/auth`,
        tokenUrl: `${issuer}/protocol/openid-connect/token`,
        scopes: Object.fromEntries(SIGN_IN_SCOPES.map((scope) => [scope, 'always'])),
      },
    },
  };
}

function describe(
  operation: Operation,
  schemaOf: (schema: z.ZodType, io: 'input' | 'output') => unknown,
  problem: unknown,
  issuer?: string,
): Json {
  const { body, success } = operation;
  return {
    operationId: operation.id,
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    tags: [operation.tag],
    ...(operation.deprecated === undefined ? {} : { deprecated: true, 'x-sunset': operation.deprecated.sunset }),
    security: operation.roles.length === 0 ? [] : [{ bearer: [] }, ...(issuer === undefined ? [] : [{ person: SIGN_IN_SCOPES }])],
    'x-tenantry-roles': operation.roles,
    'x-tenantry-states': servedStates(operation),
    parameters: parametersOf(operation),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            ...(body.kind === 'upload'
              ? { description: body.description, content: Object.fromEntries(body.mediaTypes.map((type) => [type, {}])) }
              : { content: { [BODY_TYPES[body.kind]]: { schema: schemaOf(body.schema, 'input'), example: body.example } } }),
          },
        }),
    responses: {
      ...successesOf(success, schemaOf),
      ...problemsOf(operation, problem),
    },
  };
}

function successesOf(success: Operation['success'], schemaOf: (schema: z.ZodType, io: 'input' | 'output') => unknown): Json {
  const content =
    success.mediaTypes !== undefined
      ? Object.fromEntries(success.mediaTypes.map((type) => [type, {}]))
      : success.body === undefined
        ? undefined
        : { 'application/json': { schema: schemaOf(success.body, 'output'), example: success.example } };
  const answer = (description: string): Json => ({
    description,
    headers: headersOf(success.headers ?? {}),
    ...(content === undefined ? {} : { content }),
  });
  const others = Object.entries(success.others ?? {}).map(([status, description]) => [status, answer(description)]);
  return { [success.status]: answer(success.description), ...Object.fromEntries(others) };
}

function parametersOf(operation: Operation): Json[] {
  const parameters: Json[] = [];
  for (const [place, schema] of [
    ['path', operation.params],
    ['query', operation.query],
  ] as const) {
    for (const [name, field] of Object.entries(schema?.shape ?? {})) {
      const json = jsonSchema(field as z.ZodType, 'input');
      const { description, ...rest } = json;
      const required = place === 'path' || !(field as z.ZodType).safeParse(undefined).success;
      parameters.push({ name, in: place, required, ...(description === undefined ? {} : { description }), schema: rest });
    }
  }
  for (const [name, field] of Object.entries(operation.filters ?? {})) parameters.push(...filterParameters(name, field));
  if (operation.idempotent) {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'Any text of 1 to 200 visible characters. The same key and body answer the same again; another body is refused.',
      schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
    });
  }
  if (operation.conditional) {
    parameters.push({
      name: 'If-Match',
      in: 'header',
      required: true,
      description: 'The ETag of the version the change was made from.',
      schema: { type: 'string', pattern: '^(W/)?"[\\x21\\x23-\\x7e]*"$', example: '"1"' },
    });
  }
  return parameters;
}

/** `filter[name]` is short for its first operator; the others are named. */
function filterParameters(name: string, field: FilterField): Json[] {
  return field.operators.map((operator, place) => ({
    name: place === 0 ? `filter[${name}]` : `filter[${name}][${operator}]`,
    in: 'query',
    required: false,
    description: [`\`${operator}\``, field.type === 'choice' ? `one of ${field.choices?.join(', ')}` : field.type, field.description]
      .filter((part) => part !== undefined)
      .join(' · '),
    schema: { type: 'string' },
  }));
}

function problemsOf(operation: Operation, problem: unknown): Json {
  const byStatus = new Map<number, ProblemCode[]>();
  const codes = operation.roles.length === 0 ? operation.problems : [...operation.problems, ...COMMON_PROBLEMS];
  for (const code of codes) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        status,
        {
          description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
          content: { 'application/problem+json': { schema: problem } },
        },
      ]),
  );
}

/** Of every answer; the last three only where the plan has such a limit. */
const COMMON_HEADERS = {
  'X-Request-Id': 'The request id, also in logs and problems.',
  'RateLimit-Policy': 'Requests a minute of the plan, for the tenant and for you, e.g. `"tenant";q=600;w=60, "user";q=120;w=60`.',
  RateLimit: 'Requests that may come at once now (`r`), and the seconds (`t`) until that is full again.',
  'Tenantry-Quota': 'With a write, when a quota is at 80 % or more, e.g. `customers;used=90;limit=100`.',
};

function headersOf(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries({ ...COMMON_HEADERS, ...headers }).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}
