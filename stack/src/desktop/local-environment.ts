import { readFile } from 'node:fs/promises';
import { OPERATOR_SERVICE } from '@tenantry/contracts';
import { readEndpoints } from '../endpoints.ts';
import { DESKTOP_CLIENT } from '../keycloak/realms.ts';
import type { Paths } from '../paths.ts';
import { ensureKubePki } from '../pki.ts';
import { PORTS } from '../ports.ts';
import { PROMETHEUS } from '../prometheus/prometheus-objects.ts';

/** The local platform as the desktop application's `environments.json` names one. @throws when no stack was ever started in this checkout */
export async function localEnvironment(paths: Paths) {
  const endpoints = await readEndpoints(paths);
  if (endpoints === undefined) throw new Error('no platform was started in this checkout: `npm start`');
  const { nodeAddress, keycloak, api, caFile } = endpoints;
  const authorities = await Promise.all([caFile, (await ensureKubePki(paths, nodeAddress)).ca].map((file) => readFile(file, 'utf8')));
  return {
    id: 'local',
    name: 'This machine',
    kind: 'development' as const,
    tenants: { issuer: keycloak.tenantsIssuer, clientId: DESKTOP_CLIENT, apiUrl: api.url },
    staff: {
      issuer: keycloak.staffIssuer,
      clientId: DESKTOP_CLIENT,
      kubernetesUrl: `https://${nodeAddress}:${PORTS.kubeApiserver}`,
      prometheus: PROMETHEUS,
      operator: OPERATOR_SERVICE,
    },
    certificateAuthorities: authorities.join('\n'),
  };
}
