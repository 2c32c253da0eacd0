import { StringDecoder } from 'node:string_decoder';
import { TENANTS_NAMESPACE } from '@tenantry/contracts';
import { type Clock, systemClock } from '@tenantry/operator/control/clock.ts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import type { KubeHttpApi } from '@tenantry/operator/control/kube-http-api.ts';
import type { TenantLogNotice } from '../../platform/platform-view-questions.ts';
import { readPods } from './tenant-pods.ts';

export interface TenantLogsOptions {
  readonly api: Pick<KubeApi, 'list'> & Pick<KubeHttpApi, 'stream'>;
  readonly tell: (notice: TenantLogNotice) => void;
  readonly clock?: Clock;
}

type LogLine = TenantLogNotice['lines'][number];

/** Lines are told in batches: a pod that writes a thousand a second is ten notices. */
const BATCH_MS = 100;
/** A batch that is longer is told at once. */
const MOST_LINES = 500;

/** The logs of all pods of a tenant, followed together, one stream for each view that is open. */
export class TenantLogs {
  private readonly options: TenantLogsOptions;
  private readonly clock: Clock;
  private readonly streams = new Map<string, AbortController>();

  constructor(options: TenantLogsOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
  }

  /** @throws KubeError when the pods cannot be listed. What happens to a pod's log later is told as its end. */
  async follow({ name, stream, lines }: { readonly name: string; readonly stream: string; readonly lines: number }): Promise<void> {
    this.end(stream);
    const ending = new AbortController();
    this.streams.set(stream, ending);
    const pods = await readPods(this.options.api, name);
    for (const pod of pods) void this.followPod(pod.name, stream, lines, ending.signal);
  }

  end(stream: string): void {
    this.streams.get(stream)?.abort();
    this.streams.delete(stream);
  }

  close(): void {
    for (const stream of [...this.streams.keys()]) this.end(stream);
  }

  private async followPod(pod: string, stream: string, tailLines: number, signal: AbortSignal): Promise<void> {
    let batch: LogLine[] = [];
    let cancel: (() => void) | undefined;
    const flush = (ended?: TenantLogNotice['ended']) => {
      cancel?.();
      cancel = undefined;
      if (signal.aborted || (batch.length === 0 && ended === undefined)) return;
      this.options.tell({ stream, lines: batch, ended });
      batch = [];
    };
    try {
      const path = `/api/v1/namespaces/${TENANTS_NAMESPACE}/pods/${encodeURIComponent(pod)}/log`;
      const body = await this.options.api.stream(path, { follow: true, tailLines }, signal);
      for await (const text of linesOf(body)) {
        batch.push({ pod, text });
        if (batch.length >= MOST_LINES) flush();
        else cancel ??= this.clock.setTimeout(() => flush(), BATCH_MS);
      }
      flush({ pod, why: 'The pod has ended.' });
    } catch (error) {
      flush({ pod, why: error instanceof Error ? error.message : `${error}` });
    }
  }
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  // A character of several bytes may be cut between two chunks.
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
