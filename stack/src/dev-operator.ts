import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { deployedSettings } from './deploy/deployed-settings.ts';
import { cleanEnvironment } from './environment.ts';
import type { Paths } from './paths.ts';

/**
 * Runs the operator from its sources beside the deployed one, in the foreground, and answers its exit code (137 when its failpoint killed it).
 * It handles the Tenants labelled `tenantry.dev/operator=<name>` and no others.
 * @throws when the platform does not run, or a word of the command line is not understood.
 */
export async function runDevOperator(paths: Paths, words: readonly string[]): Promise<number> {
  const options = optionsOf(words);
  const settings = await deployedSettings(paths, join(paths.run, 'dev-operator'));
  process.stderr.write(
    `operator "${options.name}" handles Tenants labelled tenantry.dev/operator=${options.name}; Ctrl-C ends it\n` +
      `  npm run kubectl -- label tenants.tenantry.dev/NAME tenantry.dev/operator=${options.name}\n`,
  );
  const child = spawn(process.execPath, ['--enable-source-maps', join(paths.root, 'operator', 'src', 'main.ts')], {
    stdio: 'inherit',
    env: {
      ...cleanEnvironment(),
      ...settings,
      NODE_ENV: 'development',
      METRICS_PORT: '0',
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
