import { expect, it } from 'vitest';
import { ApiReach } from './api-reach.ts';

function reachAt() {
  const clock = { now: 1000 };
  const reach = new ApiReach(() => clock.now);
  const flips: boolean[] = [];
  reach.subscribe(() => flips.push(reach.isReached('acme')));
  return { reach, clock, flips };
}

it('is lost with a call that nobody answers and back with the next answer, for that tenant alone, and says so once', () => {
  const { reach, flips } = reachAt();
  reach.answered('acme');
  reach.missed('acme');
  reach.missed('acme');
  expect([reach.isReached('acme'), reach.isReached('globex')]).toEqual([false, true]);
  reach.answered('acme');
  reach.answered('acme');
  expect([reach.isReached('acme'), flips]).toEqual([true, [false, true]]);
});

it('dates what is shown by the last thing heard, and not by a stream that is left over', () => {
  const { reach, clock } = reachAt();
  expect(reach.asOf('acme', ['list'])).toBeUndefined();
  reach.answered('acme');
  clock.now = 2000;
  reach.heard('acme');
  reach.missed('acme');
  clock.now = 3000;
  reach.heard('acme');
  expect(reach.asOf('acme', ['list'])).toBe(2000);
});

it('dates a screen by the oldest thing on it that was kept from another time', () => {
  const { reach } = reachAt();
  reach.answered('acme');
  reach.shows('list', '1970-01-01T00:00:00.300Z');
  reach.shows('count', '1970-01-01T00:00:00.200Z');
  expect([reach.asOf('acme', ['me']), reach.asOf('acme', ['me', 'list']), reach.asOf('acme', ['me', 'list', 'count'])]).toEqual([
    1000, 300, 200,
  ]);
  reach.showsAnswer('count');
  expect(reach.asOf('acme', ['me', 'list', 'count'])).toBe(300);
});
