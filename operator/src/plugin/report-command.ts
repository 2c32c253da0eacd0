import { writeFile } from 'node:fs/promises';
import { explanationOf, LABELS, SYSTEM_NAMESPACE, TENANTS_NAMESPACE } from '@tenantry/contracts';
import { isKubeError } from '../control/kube-error.ts';
import type { KubeObject, Resource } from '../control/kube-object.ts';
import { objectTimeline } from '../control/object-timeline.ts';
import { PODS } from '../control/pods.ts';
import { CHILDREN, TENANT_CLASSES } from '../kubernetes/resources.ts';
import { type CommandContext, tenantOf } from './command-context.ts';
import { EXIT } from './plugin-error.ts';
import { redact } from './redact.ts';
import { allTenants, fleetSummary } from './status-command.ts';

/** Enough to see what led there, small enough to attach. */
const LOG_LINES = 400;
const MOST_EVENTS = 100;
/** The operator's pods carry it. */
const OPERATOR_PODS = 'app.kubernetes.io/name=tenantry-operator';

/**
 * `kubectl tenantry report [NAME]`: one JSON file with all that a bug report needs. What the person may not read is named in its place,
 * so that a report can always be made.
 */
export async function reportCommand(context: CommandContext): Promise<number> {
  const { line, print, tell, now } = context;
  const at = now().toISOString();
  const about = line.name === undefined ? await fleetReport(context) : await tenantReport(context);
  const report = redact({ madeAt: at, ...(await platformReport(context)), ...about });
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const file = line.file ?? `tenantry-report-${line.name ?? 'fleet'}-${at.replaceAll(':', '').slice(0, 17)}.json`;
  if (file === '-') print(text);
  else {
    await writeFile(file, text, { mode: 0o600 });
    tell(`Secrets and people are taken out, names of tenants are not: look through it before you send it.`);
    print(line.json ? JSON.stringify({ file }) : `${file}\n`);
  }
  return EXIT.ok;
}

async function fleetReport({ api }: CommandContext): Promise<object> {
  return { fleet: await readable(async () => fleetSummary(await allTenants(api))) };
}

async function tenantReport(context: CommandContext): Promise<object> {
  const { api } = context;
  const tenant = await tenantOf(context);
  const { name } = tenant.metadata;
  const labelSelector = `${LABELS.tenant}=${name}`;
  const children: Record<string, unknown> = {};
  for (const [kind, resource] of Object.entries(CHILDREN))
    children[kind] = await readable(async () =>
      (await api.list(resource, { namespace: TENANTS_NAMESPACE, labelSelector })).items.map(plain),
    );
  return {
    explanation: explanationOf(tenant),
    tenant: plain(tenant),
    tenantClass: await readable(async () => plain((await api.get(TENANT_CLASSES, { name: tenant.spec.classRef.name })) ?? null)),
    events: await readable(() => objectTimeline(api, tenant, MOST_EVENTS)),
    children,
    pods: await readable(async () => (await api.list(PODS, { namespace: TENANTS_NAMESPACE, labelSelector })).items.map(plain)),
  };
}

async function platformReport({ api, line }: CommandContext): Promise<object> {
  const pods = await readable(
    async () => (await api.list(PODS as Resource<OperatorPod>, { namespace: SYSTEM_NAMESPACE, labelSelector: OPERATOR_PODS })).items,
  );
  const operators = Array.isArray(pods)
    ? await Promise.all(
        (pods as readonly OperatorPod[]).map(async ({ metadata, spec }) => ({
          pod: metadata.name,
          images: spec?.containers?.map(({ image }) => image),
          log: await readable(() => logOf(api, metadata.name, line.name)),
        })),
      )
    : pods;
  return {
    versions: { kubernetes: await readable(() => api.getRaw('/version')), node: process.version },
    operators,
  };
}

interface OperatorPod extends KubeObject {
  readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
}

/** The end of a pod's log: of one tenant the lines that name it and every warning, of the fleet all. */
async function logOf(api: CommandContext['api'], pod: string, tenant: string | undefined): Promise<readonly string[]> {
  const text = await api.getRaw(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods/${encodeURIComponent(pod)}/log?tailLines=${LOG_LINES * 5}`);
  const lines = (typeof text === 'string' ? text : JSON.stringify(text)).split('\n').filter((each) => each !== '');
  const wanted =
    tenant === undefined ? lines : lines.filter((each) => each.includes(`"${tenant}"`) || /"log\.level":"(warn|error|fatal)"/.test(each));
  return wanted.slice(-LOG_LINES);
}

/** Without what is long and helps nobody. */
function plain(object: KubeObject | null): unknown {
  if (object === null) return null;
  const { managedFields: _managedFields, annotations, ...metadata } = object.metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _applied, ...others } = annotations ?? {};
  return { ...object, metadata: { ...metadata, annotations: others } };
}

async function readable<T>(read: () => Promise<T>): Promise<T | { readonly notReadable: string }> {
  try {
    return await read();
  } catch (error) {
    if (isKubeError(error)) return { notReadable: `${error.reason}: ${error.message}` };
    throw error;
  }
}
