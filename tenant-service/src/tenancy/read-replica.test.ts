import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { DatabaseAway } from '../postgres/sql-errors.ts';
import { Problem } from '../problem.ts';
import { createLog } from '../telemetry/log.ts';
import { ReadReplica } from './read-replica.ts';

/** Two servers as far as they are asked, and what became of the reads. */
interface Scene {
  primary: bigint | undefined;
  replica: bigint | undefined;
  isSameSystem: boolean;
  readonly reads: string[];
  readonly opened: number;
  readonly read: (there?: (position: string) => Promise<string>) => Promise<string>;
  readonly isUsed: () => Promise<void>;
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const lsn = (position: bigint): string => `0/${position.toString(16)}`;
const answered = (position: bigint | undefined): Promise<bigint> =>
  position === undefined ? Promise.reject(new DatabaseAway('away')) : Promise.resolve(position);

function scene(start: Partial<Pick<Scene, 'primary' | 'replica' | 'isSameSystem'>> = {}): Scene {
  const reads: string[] = [];
  let used = false;
  let opened = 0;
  const at = {
    primary: 10n as bigint | undefined,
    replica: 10n as bigint | undefined,
    isSameSystem: true,
    ...start,
    reads,
    get opened() {
      return opened;
    },
    read: (there: (position: string) => Promise<string> = async () => 'replica') =>
      replica.read(
        async (doors, freshness) => {
          const position = lsn(at.replica ?? 0n);
          const answer = await there(position);
          freshness.check([{ position }]);
          return `${answer}${doors}`;
        },
        async () => 'primary',
      ),
    isUsed: () =>
      eventually(() => {
        if (!used) throw new Error('not used');
      }),
  };
  const replica = new ReadReplica<string>({
    servers: {
      primaryPosition: () => answered(at.primary),
      replicaPosition: () => answered(at.replica),
      isSameSystem: async () => at.isSameSystem,
      close: async () => {},
    },
    open: () => {
      opened += 1;
      return { doors: `#${opened}`, close: async () => {} };
    },
    observer: {
      onRead: (server, why) => void reads.push(`${server} ${why}`),
      onWait: () => {},
      onLag: () => {},
      onUse: (isUsed) => {
        used = isUsed;
      },
    },
    log: createLog('silent', 'test'),
  });
  stops.push(() => replica.stop());
  replica.start();
  return at;
}

const sqlError = (code: string): Error => Object.assign(new Error(code), { code, severity: 'ERROR' });

describe('a read replica', () => {
  it('is read when it shows all the primary had when the read came', async () => {
    const at = scene();
    await at.isUsed();
    at.primary = 20n;
    at.replica = 20n;
    expect(await at.read()).toBe('replica#1');
    expect(at.reads).toEqual(['replica fresh']);
  });

  it('is waited for a moment, then left until it has caught up', async () => {
    const at = scene();
    await at.isUsed();
    at.primary = 20n;
    expect([await at.read(), await at.read()]).toEqual(['primary', 'primary']);
    expect(at.reads).toEqual(['primary behind', 'primary behind']);
    at.replica = 20n;
    await at.isUsed();
    // The same connections.
    expect(await at.read()).toBe('replica#1');
  });

  it('is not believed when the transaction itself says otherwise', async () => {
    const at = scene();
    await at.isUsed();
    expect(
      await at.read(async () => {
        throw sqlError('22012');
      }),
    ).toBe('primary');
    at.primary = 20n;
    at.replica = 20n;
    expect(await at.read()).toBe('replica#1');
    // Behind the same address another one answers now, which has less.
    at.replica = 15n;
    expect(await at.read()).toBe('primary');
    expect(at.reads).toEqual(['primary failed', 'replica fresh', 'primary behind']);
  });

  it('that is ahead of the primary is of another log, now or later', async () => {
    const first = scene({ primary: 5n });
    expect(await first.read()).toBe('primary');
    await eventually(async () => {
      await first.read();
      expect(first.reads.at(-1)).toBe('primary unfit');
    });
    const second = scene();
    await second.isUsed();
    // Restored from yesterday.
    second.primary = 5n;
    expect(await second.read()).toBe('primary');
    expect(second.reads).toEqual(['primary unfit']);
  });

  it('made of another cluster is never opened', async () => {
    const at = scene({ isSameSystem: false });
    await eventually(async () => {
      await at.read();
      expect(at.reads.at(-1)).toBe('primary unfit');
    });
    expect(at.opened).toBe(0);
  });

  it('is not guessed about when the primary does not say where it is', async () => {
    const at = scene();
    await at.isUsed();
    at.primary = undefined;
    expect(await at.read()).toBe('primary');
    expect(at.reads).toEqual(['primary unasked']);
  });

  it('gets new connections when it was away', async () => {
    const at = scene();
    await at.isUsed();
    at.replica = undefined;
    expect(await at.read(() => Promise.reject(new DatabaseAway('broken')))).toBe('primary');
    await eventually(() => expect(at.reads).toEqual(['primary away']));
    at.replica = 10n;
    await eventually(async () => expect(await at.read()).toBe('replica#2'));
  });

  it('rests after three failures in a row, though it answers questions', async () => {
    const at = scene();
    await at.isUsed();
    let tries = 0;
    const failing = () => {
      tries += 1;
      return Promise.reject(sqlError('XX001'));
    };
    for (let count = 0; count < 5; count += 1) expect(await at.read(failing)).toBe('primary');
    expect(tries).toBe(3);
    await at.isUsed();
    expect(await at.read()).toBe('replica#2');
  });

  it.each([
    ['a statement that takes too long', sqlError('57014')],
    ['a refusal of the handler’s own', new Problem('not-found', 'There is none.')],
  ])('is not asked twice for %s', async (_, error) => {
    const at = scene();
    await at.isUsed();
    await expect(at.read(() => Promise.reject(error))).rejects.toBe(error);
    expect(at.reads).toEqual([]);
  });

  it('loses what waits for it when it falls silent', async () => {
    const at = scene();
    await at.isUsed();
    const waiting = at.read(() => {
      at.replica = undefined;
      return new Promise(() => {});
    });
    expect(await waiting).toBe('primary');
    expect(at.reads).toEqual(['primary away']);
  });
});
