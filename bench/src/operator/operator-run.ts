import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleProduct } from '@tenantry/stack/images/bundle-product.ts';
import { imageCommand, imageEnvironment } from '@tenantry/stack/images/image-command.ts';
import { PRODUCTS } from '@tenantry/stack/images/product-images.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { type ServerProcess, startServer } from '../customers/server-process.ts';

/** Our operator as the image runs it: the same bundle and the same arguments of Node, as a process of its own. */
export class OperatorRun {
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess) {
    this.#server = server;
  }

  /** Its command line, made once; `folder` gets the bundle. */
  static async bundle(root: string, folder: string): Promise<readonly string[]> {
    const product = PRODUCTS['tenantry-operator'];
    await bundleProduct(root, product, folder);
    return (await imageCommand(root, product)).map((word) => (word === 'main.mjs' ? join(folder, word) : word));
  }

  /** What its image sets in the environment. */
  static imageEnvironment(root: string): Promise<Readonly<Record<string, string>>> {
    return imageEnvironment(root, PRODUCTS['tenantry-operator']);
  }

  static async start(command: readonly string[], environment: Readonly<Record<string, string>>, log: string): Promise<OperatorRun> {
    const port = await freePort();
    const server = await startServer({
      args: command,
      environment: { ...environment, METRICS_HOST: '127.0.0.1', METRICS_PORT: String(port) },
      port,
      readyUrl: `http://127.0.0.1:${port}/readyz`,
      log,
    });
    return new OperatorRun(server);
  }

  get pid(): number {
    return this.#server.pid;
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Its metrics, each summed over its labels. */
  async metrics(): Promise<(name: string) => number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#server.port}/metrics`)).text();
    return (name) =>
      [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? ([\\d.e+]+)$`, 'gm'))].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** Waits until its metrics are so. @throws Error when that takes too long. */
  async until(what: string, isSo: (metric: (name: string) => number) => boolean, limitMs: number, everyMs = 100): Promise<void> {
    const deadline = performance.now() + limitMs;
    while (!isSo(await this.metrics())) {
      if (performance.now() > deadline) throw new Error(`the operator did not get there within ${limitMs / 1000} s: ${what}`);
      await pause(everyMs);
    }
  }

  /** Nothing waits and nothing is under way, for a second. */
  async atRest(limitMs: number): Promise<void> {
    let calm = 0;
    await this.until(
      'at rest',
      (metric) => {
        calm = metric('workqueue_depth') + metric('controller_runtime_active_workers') === 0 ? calm + 1 : 0;
        return calm === 5;
      },
      limitMs,
      200,
    );
  }

  /** The most memory it ever had resident, and what it has now. */
  residentMb(): { readonly most: number; readonly now: number } {
    const text = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const of = (field: string): number => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1] ?? 0) / 1024;
    return { most: of('VmHWM'), now: of('VmRSS') };
  }
}
