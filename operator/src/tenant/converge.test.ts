import { expect, it } from 'vitest';
import { ApplyFailed, converge, differing } from './converge.ts';

const active = { reportOnly: false };
/** A store that holds what was put into it; `shows` delays when a look sees it. */
function store(looksUntilSeen = 0) {
  let stored = false;
  let looks = 0;
  const how = {
    look: async () => {
      looks += 1;
      return { changes: stored && looks > looksUntilSeen + 1 ? [] : ['it'] };
    },
    apply: async () => {
      stored = true;
    },
    describe: (change: string) => `the change of ${change}`,
    done: () => 'It is there.',
  };
  return { how, wasChanged: () => stored };
}

it('changes what differs, looks again, and says what it changed', async () => {
  expect(await converge(active, store().how)).toEqual({
    kind: 'done',
    message: 'It is there.',
    changed: ['the change of it'],
    drift: [differing('the change of it')],
  });
});

it('changes nothing when nothing differs', async () => {
  const { how, wasChanged } = store();
  expect(await converge(active, { ...how, look: async () => ({ changes: [] }) })).toEqual({ kind: 'done', message: 'It is there.' });
  expect(wasChanged()).toBe(false);
});

it('is done only when the change was seen', async () => {
  expect(await converge(active, store(2).how)).toMatchObject({ kind: 'done' });
  expect(await converge(active, store(99).how)).toMatchObject({ kind: 'waiting', message: 'Not seen yet: the change of it.' });
});

it('changes and names also what somebody changed between two looks', async () => {
  const wrong = [['one'], ['two'], []];
  const { how } = store();
  const outcome = await converge(active, { ...how, look: async () => ({ changes: wrong.shift() ?? [] }) });
  expect(outcome).toMatchObject({ kind: 'done', changed: ['the change of one', 'the change of two'] });
});

it('spares the first look at what is new, and still says done only of what it saw', async () => {
  const { how, wasChanged } = store();
  const looks: boolean[] = [];
  const look = () => {
    looks.push(wasChanged());
    return how.look();
  };
  const whenNew = { changes: ['it'] };
  expect(await converge(active, { ...how, look, whenNew })).toMatchObject({ kind: 'done', changed: ['the change of it'] });
  expect(looks).not.toContain(false);
});

it('changes also what is there of something new, once it sees it', async () => {
  const found = [['left over'], []];
  const outcome = await converge(active, {
    ...store().how,
    whenNew: { changes: ['it'] },
    look: async () => ({ changes: found.shift() ?? [] }),
  });
  expect(outcome).toMatchObject({ kind: 'done', changed: ['the change of it', 'the change of left over'] });
});

it('refuses without changing', async () => {
  const { how, wasChanged } = store();
  const refused = { reason: 'Conflict', message: 'Not ours.' } as const;
  expect(await converge(active, { ...how, look: async () => ({ refused }) })).toEqual({ kind: 'blocked', ...refused });
  expect(wasChanged()).toBe(false);
});

it('only says what differs in a pass that only reports', async () => {
  const { how, wasChanged } = store();
  expect(await converge({ reportOnly: true }, how)).toEqual({
    kind: 'differs',
    drift: [differing('the change of it')],
  });
  expect(wasChanged()).toBe(false);
});

it('tells a refused change from a failed look', async () => {
  const { how } = store();
  await expect(converge(active, { ...how, apply: () => Promise.reject(new Error('no')) })).rejects.toThrow(ApplyFailed);
  await expect(converge(active, { ...how, look: () => Promise.reject(new Error('away')) })).rejects.not.toThrow(ApplyFailed);
});

it('tells the fields that differed, also of a change that was refused', async () => {
  const item = { resource: 'store/it', field: 'size', want: '2', have: '1' };
  const { how } = store();
  const differences = () => [item];
  expect(await converge(active, { ...how, differences })).toMatchObject({ drift: [item] });
  const refused = converge(active, { ...store().how, differences, apply: () => Promise.reject(new Error('no')) });
  await expect(refused).rejects.toMatchObject({ drift: [item] });
});
