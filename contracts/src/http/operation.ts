import type { z } from 'zod';
import type { ProblemCode } from './problems.ts';

/** What a member of a tenant may be: the organization groups `/admin`, `/editor`, `/viewer`, `/machine` (design D11). */
export const ROLES = ['admin', 'editor', 'viewer', 'machine'] as const;
export type Role = (typeof ROLES)[number];

/** `merge-patch` is RFC 7396: absent keeps, null clears. */
export type BodyKind = 'json' | 'merge-patch';

/** One HTTP operation. The server mounts it, OpenAPI describes it, the client calls it and the access test walks it. */
export interface Operation {
  /** `operationId` of OpenAPI and method name of the client. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path template under the server's address, e.g. `/v1/customers/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Who may call it. Empty: everyone, without a token. */
  readonly roles: readonly Role[];
  /** Changes rows: refused for a read-only tenant, and its database transaction may write. */
  readonly writes: boolean;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: { readonly kind: BodyKind; readonly schema: z.ZodType; readonly example: unknown };
  /** Takes `Idempotency-Key`. */
  readonly idempotent?: boolean;
  /** Requires `If-Match`. */
  readonly conditional?: boolean;
  readonly success: {
    readonly status: 200 | 201 | 204;
    readonly description: string;
    readonly body?: z.ZodType;
    readonly example?: unknown;
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

/** Problems any operation with a token may answer. */
export const COMMON_PROBLEMS: readonly ProblemCode[] = [
  'token-missing',
  'token-invalid',
  'role-missing',
  'tenant-unknown',
  'tenant-suspended',
  'tenant-closed',
  'not-acceptable',
  'tenant-served-elsewhere',
  'too-many-requests',
  'internal',
  'unavailable',
  'statement-timeout',
];
