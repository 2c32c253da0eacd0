import { Late } from '../late.ts';
import type { ApiConfig } from '../role-config.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ModelDoor } from './model-door.ts';
import type { RowChanges } from './row-changes.ts';

/** The model door of an api, opened with the first call that wants models: Sequelize with all it needs is twenty megabytes of a process. */
export function lateModelDoor(config: ApiConfig, name: string, metrics: Metrics, changes?: RowChanges): Late<ModelDoor> {
  return new Late(async () => {
    const { modelDoor } = await import('./model-door.ts');
    return modelDoor({
      login: config.rows,
      applicationName: `${name}/models`,
      connections: config.modelConnections,
      connectionsPerTenant: config.tenantId === undefined ? Math.max(1, config.modelConnections - 1) : config.modelConnections,
      tenantId: config.tenantId,
      onTransaction: (kind, seconds) => metrics.modelTransactionSeconds.labels(kind).observe(seconds),
      changes,
    });
  });
}
