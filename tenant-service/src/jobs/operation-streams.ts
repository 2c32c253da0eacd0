import { FollowedStreams, type FollowRequest, type StreamRules } from '../http/followed-streams.ts';
import { ServerSentEvents, type StreamLife } from '../http/server-sent-events.ts';
import type { Door } from '../tenancy/doors.ts';
import { isFinal } from '../transfer/describe-operation.ts';
import { operationProgress, type ProgressedOperation } from './operation-repository.ts';

/** Who follows which operation. */
interface OperationRequest extends FollowRequest {
  readonly operationId: string;
}

interface OperationStreamsOptions extends StreamRules {
  readonly door: Door;
}

/** One small read for all operations of a tenant that somebody follows. */
const LOOK_MS = 500;

/** The streams of operations under way. */
export class OperationStreams {
  readonly #followed: FollowedStreams<OperationRequest, OperationStream>;

  constructor({ door, ...rules }: OperationStreamsOptions) {
    this.#followed = new FollowedStreams({
      ...rules,
      lookMs: LOOK_MS,
      look: async (tenant, streams) => {
        // Who comes while it is read has the state they came with.
        const asked = [...streams].filter(({ isOver }) => !isOver);
        if (asked.length === 0) return;
        const ids = [...new Set(asked.map(({ request }) => request.operationId))];
        const found = new Map((await door.read(tenant, (tx) => operationProgress(tx, ids))).map((each) => [each.id, each]));
        for (const stream of asked) stream.show(found.get(stream.request.operationId));
      },
    });
  }

  /** Begins with `first`, the operation as it stands. @throws Problem too-many-requests, unavailable when this process is about to end. */
  open(request: OperationRequest, first: ProgressedOperation): ServerSentEvents {
    const stream = this.#followed.open(request, (life) => new OperationStream(request, life));
    stream.show(first);
    return stream;
  }

  /** Ends all streams; their readers come back to another process. */
  close(): void {
    this.#followed.close();
  }
}

/** One operation as it goes on, to one reader: always its newest state, so a slow reader misses steps and never waits behind old ones. */
class OperationStream extends ServerSentEvents {
  readonly request: OperationRequest;
  #shown = '';

  constructor(request: OperationRequest, life: StreamLife) {
    super(life);
    this.request = request;
  }

  /** Nothing: the operation is not kept any more. */
  show(operation: ProgressedOperation | undefined): void {
    if (operation === undefined) {
      this.finish('not kept any more');
      return;
    }
    const { version, done, total, ...rest } = operation;
    const text = JSON.stringify({ ...rest, progress: { done: Number(done), total: total === null ? null : Number(total) } });
    if (text !== this.#shown && this.mayPush) {
      this.#shown = text;
      this.send(`id: ${version}\ndata: ${text}\n\n`);
    }
    if (isFinal(operation.status) && text === this.#shown) this.finish('it is over');
  }
}
