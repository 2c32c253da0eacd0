import { BODY_BYTES_MAX, type Operation, type UploadBody } from '@tenantry/contracts';
import type { z } from 'zod';
import type { AccessTokens } from '../identity/access-tokens.ts';
import type { Actor } from '../identity/actor.ts';
import { authorize } from '../identity/policy.ts';
import type { TenantLimits } from '../limits/tenant-limits.ts';
import { Problem } from '../problem.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { admit } from '../tenancy/admission.ts';
import type { TenantRegistry } from '../tenancy/registry.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { accepts } from './accepts.ts';
import { deprecationHeaders } from './deprecation-headers.ts';
import { type ParsedRequest, parseRequest } from './parse-request.ts';
import type { passOn } from './pass-on.ts';
import type { PlainAnswer, PlainRequest } from './plain.ts';
import { problemAnswer } from './problem-answer.ts';
import { type Trace, traceOf } from './trace.ts';

/** What a handler is given: who, for which tenant, and the checked parts of the request. */
export interface Call<Definition extends Operation = Operation> {
  readonly tenant: Tenant;
  readonly actor: Actor;
  readonly trace: Trace;
  readonly params: Definition['params'] extends z.ZodObject ? z.output<Definition['params']> : unknown;
  readonly query: Definition['query'] extends z.ZodObject ? z.output<Definition['query']> : unknown;
  readonly body: Definition['body'] extends { schema: infer Schema extends z.ZodType } ? z.output<Schema> : unknown;
  readonly filters: ParsedRequest['filters'];
  readonly upload: Definition['body'] extends UploadBody ? NonNullable<ParsedRequest['upload']> : undefined;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: number;
  readonly ifNoneMatch: string | undefined;
  /** Of a reader of server-sent events who comes back. */
  readonly lastEventId: string | undefined;
}

export type Handler<Definition extends Operation = Operation> = (call: Call<Definition>) => Promise<PlainAnswer>;

/** An operation ready to be mounted, on Express or straight on the HTTP server. Never rejects. */
export interface Endpoint {
  readonly operation: Operation;
  readonly serve: (request: PlainRequest) => Promise<PlainAnswer>;
}

interface PipelineParts {
  readonly tokens: AccessTokens;
  readonly registry: TenantRegistry;
  readonly limits: TenantLimits;
  readonly door: 'pooled' | 'dedicated';
  /** Given by a dedicated replica: how it has the platform's replicas answer what only they can. */
  readonly passOn?: ReturnType<typeof passOn> | undefined;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** token → tenant → limits → parse → call → answer (design D7): the same for every operation and every mount. */
export function endpoint<Definition extends Operation>(
  parts: PipelineParts,
  operation: Definition,
  handler: Handler<Definition>,
): Endpoint {
  const { tokens, registry, limits, log, metrics } = parts;
  // A limit that is no number once meant no limit in a well-known parser (CVE-2026-12590): ours ends the start instead.
  if (!(Number.isSafeInteger(bodyLimit(operation)) && bodyLimit(operation) > 0)) {
    throw new RangeError(`${operation.id}: the limit of its body is no positive number of bytes`);
  }
  const observe = observer(operation.id, metrics);
  const notAcceptable = `Answers are ${(operation.success.mediaTypes ?? ['application/json']).join(' or ')}.`;
  const deprecation = operation.deprecated === undefined ? {} : deprecationHeaders(operation.deprecated);

  const answer = async (request: PlainRequest, trace: Trace, served: Served): Promise<PlainAnswer> => {
    if (!accepts(request.headers.accept, operation.success.mediaTypes)) throw new Problem('not-acceptable', notAcceptable);
    const checked = tokens.check(request.headers.authorization);
    const actor = checked instanceof Promise ? await checked : checked;
    const tenant = registry.known(actor.organizationId) ?? (await registry.find(actor.organizationId));
    if (tenant === undefined) throw new Problem('tenant-unknown', 'The token’s organization is no tenant that is served here.');
    served.tenantId = tenant.tenantId;
    admit(tenant, operation, parts.door);
    const passage = limits.enter(tenant, actor.subject, operation);
    served.limits = passage.headers;
    try {
      authorize(actor, operation);
      const parsed = await parseRequest(operation, request);
      if (operation.servedBy === 'platform' && parts.passOn)
        return await parts.passOn({ operation, headers: request.headers, trace, parsed });
      const { 'if-none-match': ifNoneMatch, 'last-event-id': lastEventId } = request.headers;
      const result = await handler({ tenant, actor, trace, ifNoneMatch, lastEventId, ...parsed } as Call<Definition>);
      if (operation.adds !== undefined && result.status === 201 && result.headers['idempotent-replayed'] === undefined) {
        limits.addCustomers(tenant, 1);
      }
      return result;
    } finally {
      passage.leave();
    }
  };

  const serve = async (request: PlainRequest): Promise<PlainAnswer> => {
    const started = performance.now();
    const trace = traceOf(request.headers.traceparent);
    metrics.inFlight.requests += 1;
    const served: Served = {};
    let result: PlainAnswer;
    try {
      result = await answer(request, trace, served);
    } catch (error) {
      result = problemAnswer(error, trace, log, operation.writes);
    }
    metrics.inFlight.requests -= 1;
    const seconds = (performance.now() - started) / 1000;
    observe(result.status, seconds);
    log.info(
      {
        'event.action': operation.id,
        'http.request.method': operation.method,
        'http.response.status_code': result.status,
        'event.duration': Math.round(seconds * 1e9),
        tenantId: served.tenantId,
        requestId: trace.requestId,
        'trace.id': trace.traceId,
      },
      'request answered',
    );
    return {
      ...result,
      headers: { ...served.limits, ...result.headers, ...deprecation, 'x-request-id': trace.requestId, traceparent: trace.traceparent },
    };
  };
  return { operation, serve };
}

const bodyLimit = ({ body }: Operation): number => body?.maxBytes ?? BODY_BYTES_MAX;

/** What is known of a request while it is answered, also when that ends in a problem. */
interface Served {
  tenantId?: string;
  limits?: Readonly<Record<string, string>>;
}

/** Looking up a labelled child is the slow part of prom-client, so each status' child is kept. */
function observer(operation: string, metrics: Metrics): (status: number, seconds: number) => void {
  const children = new Map<number, { observe: (seconds: number) => void }>();
  return (status, seconds) => {
    let child = children.get(status);
    if (child === undefined) {
      child = metrics.requestSeconds.labels(operation, String(status));
      children.set(status, child);
    }
    child.observe(seconds);
  };
}
