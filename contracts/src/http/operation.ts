import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';

/** What a member of a tenant may be: the organization groups `/admin`, `/editor`, `/viewer`, `/machine` (design D11). */
export const ROLES = ['admin', 'editor', 'viewer', 'machine'] as const;
export type Role = (typeof ROLES)[number];

/** Groups operations for readers of the API description. */
export type OperationTag =
  | 'Customers'
  | 'Views'
  | 'Accounts'
  | 'Transactions'
  | 'Users'
  | 'Machine clients'
  | 'Tenant'
  | 'Audit'
  | 'Archives'
  | 'Events'
  | 'Imports and exports'
  | 'Reports'
  | 'Webhooks'
  | 'Operations';

/** Largest body of an operation that names no other limit, in bytes. A number, never a string: one that does not parse once meant none (CVE-2026-12590). */
export const BODY_BYTES_MAX = 65_536;

/** A body that is read whole and checked. `merge-patch` is RFC 7396: absent keeps, null clears. */
export interface JsonBody {
  readonly kind: 'json' | 'merge-patch';
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** {@link BODY_BYTES_MAX} when absent. */
  readonly maxBytes?: number;
}

/** A body the handler reads as it arrives. */
export interface UploadBody {
  readonly kind: 'upload';
  readonly mediaTypes: readonly string[];
  readonly description: string;
  readonly maxBytes: number;
}

/** What a list may be filtered by: `filter[name]=value` or `filter[name][operator]=value`. */
export interface FilterField {
  readonly type: 'text' | 'choice' | 'instant' | 'integer' | 'boolean' | 'id';
  readonly operators: readonly FilterOperator[];
  /** Of type `choice`. */
  readonly choices?: readonly string[];
  readonly description?: string;
}

export const FILTER_OPERATORS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'contains', 'startsWith', 'isNull'] as const;
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** An operation on its way out (RFC 9745, RFC 8594). Instants are ISO 8601. */
export interface Deprecation {
  readonly since: string;
  readonly sunset: string;
  /** Path of what to use instead. */
  readonly successor?: string;
}

export type SuccessStatus = 200 | 201 | 202 | 204;

/** One HTTP operation. The server mounts it, OpenAPI describes it, the client calls it and the access test walks it. */
export interface Operation {
  /** `operationId` of OpenAPI and method name of the client. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path template under the server's address, e.g. `/v1/customers/{id}`. */
  readonly path: string;
  readonly tag: OperationTag;
  readonly summary: string;
  readonly description?: string;
  /** Who may call it. Empty: everyone, without a token. */
  readonly roles: readonly Role[];
  /** Changes rows: refused for a read-only tenant, and its database transaction may write. */
  readonly writes: boolean;
  /** States of the tenant it is served in; when absent, `Active`, and `ReadOnly` for an operation that does not write. */
  readonly states?: readonly ('Active' | 'ReadOnly' | 'Suspended')[];
  /**
   * `platform`: it needs what only the platform's own replicas hold. They serve it for every tenant; a dedicated tenant's replicas pass it on to
   * them with the caller's own token.
   */
  readonly servedBy?: 'platform';
  /** What an answer 201 made one more of: it counts towards that quota of the plan. */
  readonly adds?: 'customers';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Fields of `filter[…]`; a name that ends in `.*` stands for all keys below it. */
  readonly filters?: Readonly<Record<string, FilterField>>;
  readonly body?: JsonBody | UploadBody;
  /** Takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** Requires `If-Match`. */
  readonly conditional?: boolean;
  readonly deprecated?: Deprecation;
  readonly success: {
    readonly status: SuccessStatus;
    /** Further successes with the same body, and what each says. */
    readonly others?: Readonly<Partial<Record<SuccessStatus, string>>>;
    readonly description: string;
    readonly body?: z.ZodType;
    readonly example?: unknown;
    /** Of an answer that is not JSON. */
    readonly mediaTypes?: readonly string[];
    /** Response header → what it says. */
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Problems of its own, beside those every operation may answer. */
  readonly problems: readonly ProblemCode[];
}

/** Keeps the literal types of one operation, which the client's types are made from. */
export function operation<const Definition extends Operation>(definition: Definition): Definition {
  return definition;
}

/** Tenant states an operation is served in. With `roles` this is the policy table: middleware, API description and access test read it. */
export function servedStates(operation: Operation): readonly ('Active' | 'ReadOnly' | 'Suspended')[] {
  return operation.states ?? (operation.writes ? ['Active'] : ['Active', 'ReadOnly']);
}

/** Problems any operation with a token may answer. */
export const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'malformed-request',
  'headers-too-large',
  'token-missing',
  'token-invalid',
  'role-missing',
  'tenant-unknown',
  'tenant-suspended',
  'tenant-closed',
  'not-acceptable',
  'tenant-served-elsewhere',
  'too-many-requests',
  'quota-exceeded',
  'internal',
  'unavailable',
  'statement-timeout',
];
