import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { beforeAll, expect, it } from 'vitest';
import { eventually } from '../../testing/eventually.ts';
import { type RunningStack, runningStack } from '../../testing/running-stack.ts';
import { DESKTOP_CLIENT, OPERATOR_CLIENT, personSecret, SAMPLE_STAFF } from '../keycloak/realms.ts';
import { machineToken, personToken } from '../keycloak/tokens.ts';
import { stackContext } from '../local-stack.ts';
import { ensureKubePki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { SECRETS } from '../secrets.ts';

const { paths, nodeAddress } = stackContext();
let stack: RunningStack;

beforeAll(async () => {
  stack = await runningStack('keycloak', 'kube-apiserver');
});

it('takes a staff token made for it, as the person, with the rights of the group', async () => {
  const token = await staffToken('openid kubernetes');
  // After a start it learns the issuer's keys within about ten seconds.
  const tenants = await eventually(
    async () => {
      const answer = await call('/apis/tenantry.dev/v1alpha1/tenants', token);
      expect(answer.status, answer.body).toBe(200);
      return answer;
    },
    { limitMs: 20_000 },
  );
  expect(JSON.parse(tenants.body).kind).toBe('TenantList');

  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const self = await call('/apis/authentication.k8s.io/v1/selfsubjectreviews', token, review);
  expect(JSON.parse(self.body).status.userInfo).toMatchObject({
    username: `tenantry:${SAMPLE_STAFF.username}`,
    groups: expect.arrayContaining([`tenantry:${SAMPLE_STAFF.group}`]),
  });
});

it('gives staff tenants, what their replicas say, the published schema, and nothing else', async () => {
  const token = await staffToken('openid kubernetes');
  expect((await call('/apis/tenantry.dev/v1alpha1/tenantclasses', token)).status).toBe(200);
  expect((await call('/openapi/v3/apis/tenantry.dev/v1alpha1', token)).status).toBe(200);
  expect((await call('/api/v1/namespaces/tenantry-tenants/pods', token)).status).toBe(200);
  // There is no such pod; who may not read logs is told so first.
  expect((await call('/api/v1/namespaces/tenantry-tenants/pods/none/log', token)).status).toBe(404);
  expect((await call('/api/v1/namespaces/tenantry-tenants/pods/none/exec?command=id', token, {})).status).toBe(403);
  expect((await call('/api/v1/namespaces/tenantry-tenants/pods', token, {})).status).toBe(403);
  expect((await call('/api/v1/namespaces/tenantry-tenants/secrets', token)).status).toBe(403);
  expect((await call('/api/v1/namespaces/tenantry-system/pods', token)).status).toBe(403);
});

it('refuses a staff token that was not made for it, and every token of the tenants’ realm', async () => {
  expect((await call('/apis/tenantry.dev/v1alpha1/tenants', await staffToken('openid'))).status).toBe(401);
  const machine = { id: OPERATOR_CLIENT, secret: await stack.secret(SECRETS.keycloakOperator) };
  const tenantsToken = (await machineToken(stack.keycloak.tenants, machine)).accessToken;
  expect((await call('/apis/tenantry.dev/v1alpha1/tenants', tenantsToken)).status).toBe(401);
});

it('refuses a token that was changed', async () => {
  const [header, payload, signature] = (await staffToken('openid kubernetes')).split('.');
  const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, preferred_username: 'root' })).toString('base64url');
  expect((await call('/api/v1/namespaces', `${header}.${forged}.${signature}`)).status).toBe(401);
});

it('tells somebody without a token that it is healthy, and nothing else', async () => {
  expect((await call('/readyz')).status).toBe(200);
  for (const path of ['/api', '/version', '/api/v1/namespaces', '/metrics']) expect([path, (await call(path)).status]).toEqual([path, 401]);
});

async function staffToken(scope: string): Promise<string> {
  const password = await stack.secret(personSecret(SAMPLE_STAFF.username));
  return (await personToken(stack.keycloak.staff, { clientId: DESKTOP_CLIENT, username: SAMPLE_STAFF.username, password, scope }))
    .accessToken;
}

async function call(path: string, token?: string, body?: object): Promise<{ status: number; body: string }> {
  const ca = await readFile((await ensureKubePki(paths, nodeAddress)).ca);
  return await new Promise((resolve, reject) => {
    const headers = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body ? { 'content-type': 'application/json' } : {}) };
    const ask = request({ host: nodeAddress, port: PORTS.kubeApiserver, path, ca, method: body ? 'POST' : 'GET', headers }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text }));
    });
    ask.on('error', reject);
    ask.end(body && JSON.stringify(body));
  });
}
