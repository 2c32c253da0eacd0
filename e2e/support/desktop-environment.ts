import type { Environment } from '@tenantry/desktop/platform/environment.ts';
import { localEnvironment } from '@tenantry/stack/desktop/local-environment.ts';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';

/** The running local platform, as the desktop application's `environments.json` has it. */
export async function desktopEnvironment(): Promise<Environment> {
  await runningStack('keycloak', 'kube-apiserver', 'chromium');
  return await localEnvironment(stackPaths());
}
