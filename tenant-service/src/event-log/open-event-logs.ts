import { operations } from '@tenantry/contracts';
import type { StreamRules } from '../http/followed-streams.ts';
import { StreamSeats } from '../http/stream-seats.ts';
import type { AccessTokens } from '../identity/access-tokens.ts';
import { OperationStreams } from '../jobs/operation-streams.ts';
import type { SharedMemory } from '../redis/port.ts';
import type { ApiConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { admit } from '../tenancy/admission.ts';
import type { Door } from '../tenancy/doors.ts';
import type { TenantRegistry } from '../tenancy/registry.ts';
import { EventLogReader } from './event-log-reader.ts';
import { hearNewEvents } from './event-news.ts';
import { EventStreams } from './event-streams.ts';

interface EventLogsParts {
  readonly config: ApiConfig;
  readonly door: Door;
  readonly registry: TenantRegistry;
  readonly tokens: AccessTokens;
  readonly redis: SharedMemory | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** The event logs of an api replica, and the streams of server-sent events: of logs, and of operations under way. */
export function openEventLogs({ config, door, registry, tokens, redis, metrics, log }: EventLogsParts) {
  const reader = new EventLogReader(door);
  const seats = new StreamSeats((open) => metrics.eventStreams.set(open));
  const rules: StreamRules = {
    seats,
    limitMs: config.eventStreamLimitMs,
    stalledMs: config.eventStreamStalledMs,
    log,
    // What let the reader in once must still hold: the token, the tenant's state, and that it is served here.
    mayRead: ({ tenant: { tenantId }, actor }) => {
      const tenant = registry.byId(tenantId);
      return tenant !== undefined && !tokens.isRevoked(actor) && isAdmitted(tenant);
    },
  };
  const streams = new EventStreams({ reader, ...rules });
  const operationStreams = new OperationStreams({ door, ...rules });
  const place = config.tenantId === undefined ? 'pooled' : 'dedicated';
  const isAdmitted = (tenant: Parameters<typeof admit>[0]): boolean => {
    try {
      admit(tenant, operations.streamEvents, place);
      return true;
    } catch {
      return false;
    }
  };
  if (redis) hearNewEvents(redis, config.tenantId, (tenantId) => streams.heard(tenantId));
  return {
    reader,
    streams,
    operations: operationStreams,
    close: () => {
      seats.close();
      streams.close();
      operationStreams.close();
    },
  };
}
