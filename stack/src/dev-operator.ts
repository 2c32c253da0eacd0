import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { readEndpoints } from './endpoints.ts';
import { cleanEnvironment } from './environment.ts';
import { kubeconfigFile } from './kubernetes/kubeconfig.ts';
import { kubectl } from './kubernetes/kubectl.ts';
import type { Paths } from './paths.ts';

/**
 * Runs the operator from its sources beside the deployed one, in the foreground, and answers its exit code (137 when its failpoint killed it).
 * It handles the Tenants labelled `tenantry.dev/operator=<name>` and no others.
 * @throws when the platform does not run, or a word of the command line is not understood.
 */
export async function runDevOperator(paths: Paths, words: readonly string[]): Promise<number> {
  const options = optionsOf(words);
  const environment = await operatorEnvironment(paths);
  process.stderr.write(
    `operator "${options.name}" handles Tenants labelled tenantry.dev/operator=${options.name}; Ctrl-C ends it\n` +
      `  npm run kubectl -- label tenants.tenantry.dev/NAME tenantry.dev/operator=${options.name}\n`,
  );
  const child = spawn(process.execPath, ['--enable-source-maps', join(paths.root, 'operator', 'src', 'main.ts')], {
    stdio: 'inherit',
    env: {
      ...cleanEnvironment(),
      ...environment,
      OPERATOR_NAME: options.name,
      DRIFT_CHECK_INTERVAL: options.drift,
      ...(options.crashAfter === undefined ? {} : { CRASH_AFTER: options.crashAfter }),
    },
  });
  // A terminal's Ctrl-C reaches the child by itself; this process waits for its orderly end.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

interface DevOperatorOptions {
  readonly name: string;
  readonly drift: string;
  readonly crashAfter: string | undefined;
}

/** @throws for an unknown option. */
export function optionsOf(words: readonly string[]): DevOperatorOptions {
  const { values } = parseArgs({
    args: [...words],
    options: { name: { type: 'string', default: 'dev' }, drift: { type: 'string', default: '5s' }, 'crash-after': { type: 'string' } },
  });
  return { name: values.name, drift: values.drift, crashAfter: values['crash-after'] };
}

/** The deployed platform's own cell, CA, credentials and service image. */
async function operatorEnvironment(paths: Paths): Promise<Record<string, string>> {
  const endpoints = await readEndpoints(paths);
  if (endpoints === undefined) throw new Error('the platform does not run: start it with `npm start`');
  const folder = join(paths.run, 'dev-operator');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { data } = await read<{ data: Record<string, string> }>(paths, 'configmap/tenantry-cells');
  for (const [file, text] of Object.entries(data)) await writeFile(join(folder, file), text);
  const api = await read<{ spec: { template: { spec: { containers: [{ image: string }] } } } }>(paths, 'deployment/tenantry-api');
  return {
    NODE_ENV: 'development',
    CELLS_FILE: join(folder, 'cells.json'),
    CA_FILE: join(folder, 'ca.crt'),
    SECRETS_DIR: endpoints.secretsFolder,
    SERVICE_IMAGE: api.spec.template.spec.containers[0].image,
    KUBECONFIG_FILE: kubeconfigFile(paths),
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: '0',
  };
}

async function read<T>(paths: Paths, name: string): Promise<T> {
  return JSON.parse(await kubectl(paths, ['get', name, '--namespace', SYSTEM_NAMESPACE, '--output', 'json'])) as T;
}
