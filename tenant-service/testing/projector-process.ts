import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECTOR_SECRET } from '@tenantry/contracts';
import { bundledProgram } from '@tenantry/stack/testing/bundled-program.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import type { MongoLogin } from '../src/documents/mongo-login.ts';
import type { ProjectorWorld } from './projector-world.ts';

/** The program as its Deployment starts it, to be killed. */
export interface ProjectorProcesses extends AsyncDisposable {
  readonly start: (environment?: Record<string, string>) => Promise<ChildProcess>;
  /** Runs a command of the program to its end. */
  readonly run: (...words: string[]) => Promise<{ readonly code: number; readonly output: string }>;
}

export async function projectorProcesses(
  { world, config }: ProjectorWorld,
  wishes: { readonly mongo?: MongoLogin } = {},
): Promise<ProjectorProcesses> {
  const folder = mkdtempSync(join(tmpdir(), 'tenantry-projector-'));
  const { kafka, rows, registry } = await config();
  const { host, port, database } = rows;
  const cell = {
    name: world.cell.cell,
    postgres: { host, port, database },
    kafka: { brokers: kafka.brokers, replicationFactor: 1 },
    ...(wishes.mongo && { mongo: { url: wishes.mongo.url, database: wishes.mongo.database, tls: false, logins: false } }),
  };
  const files = {
    'cells.json': JSON.stringify({ cells: [cell], identity: { issuer: world.issuer.url }, pooledUrl: 'http://127.0.0.1:1' }),
    'ca.crt': world.stack.ca,
    [PROJECTOR_SECRET.postgresPassword]: rows.password,
    [PROJECTOR_SECRET.registryPassword]: registry.password,
    [PROJECTOR_SECRET.kafkaPassword]: kafka.password,
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const program = await bundledProgram('tenantry-service');
  const children: ChildProcess[] = [];
  const launch = async (words: readonly string[], environment: Record<string, string>): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [program, ...words], {
      env: {
        TENANTRY_ROLE: 'projector',
        CELLS_FILE: join(folder, 'cells.json'),
        CA_FILE: join(folder, 'ca.crt'),
        SECRETS_DIR: folder,
        HOST: '127.0.0.1',
        METRICS_PORT: String(await freePort()),
        LOG_LEVEL: 'error',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  };
  return {
    start: async (environment = {}) => {
      const child = await launch([], environment);
      child.stdout?.resume();
      return child;
    },
    run: async (...words) => {
      const child = await launch(words, { LOG_LEVEL: 'silent' });
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
      const [code] = (await once(child, 'close')) as [number];
      return { code, output };
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      rmSync(folder, { recursive: true });
    },
  };
}
