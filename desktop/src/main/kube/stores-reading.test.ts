import { OPERATOR_SERVICE, type TenantStores } from '@tenantry/contracts';
import { errorFromStatus, KubeError } from '@tenantry/operator/control/kube-error.ts';
import { expect, it } from 'vitest';
import { readStores } from './stores-reading.ts';

const STORES: TenantStores = {
  tenant: 'acme',
  asOf: '2026-01-02T03:04:05.678Z',
  database: { state: 'away', why: 'PostgreSQL: no answer within 3 s' },
  topics: { state: 'read', topics: [{ name: 'acme.events', partitions: 3, messages: 7, groups: [] }], groupsLeftOut: 0 },
  queues: { state: 'none' },
};
const problem = (code: string, detail: string) => ({ type: `https://tenantry.dev/problems/${code}`, code, title: 't', detail }) as object;

function answering(answer: unknown) {
  const asked: string[] = [];
  const getRaw = async (path: string): Promise<unknown> => {
    asked.push(path);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { api: { getRaw }, asked };
}

it('asks the operator through the API server’s proxy of its one Service', async () => {
  const { api, asked } = answering(STORES);
  expect(await readStores(api, OPERATOR_SERVICE, 'acme')).toEqual({ state: 'read', stores: STORES });
  expect(asked).toEqual(['/api/v1/namespaces/tenantry-system/services/tenantry-operator/proxy/tenants/acme/stores']);
});

it('takes what a newer operator says besides, and shows none of it', async () => {
  const { api } = answering({ ...STORES, cache: { keys: 3 } });
  expect(await readStores(api, OPERATOR_SERVICE, 'acme')).toEqual({ state: 'read', stores: STORES });
});

const status = (code: number, message: string) => errorFromStatus('GET /x', code, { kind: 'Status', code, message } as object);
it.each([
  ['no Service', status(404, 'services "tenantry-operator" not found'), { state: 'absent' }],
  ['an operator that does not know the address', errorFromStatus('GET /x', 404, { message: 'not found' }), { state: 'older' }],
  ['an operator without that tenant', errorFromStatus('GET /x', 404, problem('not-found', 'no such')), { state: 'unknown' }],
  ['no right to ask', status(403, 'services "tenantry-operator" is forbidden'), { state: 'closed' }],
  ['no operator that runs', status(503, 'no endpoints available'), { state: 'away', why: 'no endpoints available' }],
  ['one that is busy', errorFromStatus('GET /x', 429, problem('too-many-requests', 'Ask again.')), { state: 'away', why: 'Ask again.' }],
  ['one that is slow', new KubeError('Timeout', 'GET /x: no answer in time'), { state: 'away', why: 'no answer in time' }],
])('%s is a state of its own, not a failure', async (_what, error, expected) => {
  expect(await readStores(answering(error).api, OPERATOR_SERVICE, 'acme')).toEqual({ place: OPERATOR_SERVICE, ...expected });
});

it.each([['<html>'], [{ ...STORES, database: { state: 'read' } }], [{}]])('takes %j for no answer of an operator', async (answer) => {
  await expect(readStores(answering(answer).api, OPERATOR_SERVICE, 'acme')).rejects.toMatchObject({ reason: 'BadRequest' });
});
