import { expect, it } from 'vitest';
import { CATALOGUE, withNeeds } from './catalogue.ts';
import { runnableParts, withDependents } from './local-stack.ts';
import type { Part } from './part.ts';

const part = (name: string, ...needs: string[]) => ({ name, needs }) as unknown as Part;
const parts = [part('api', 'identity', 'database'), part('identity', 'database'), part('database'), part('broker')];
const names = (found: readonly Part[]) => found.map((each) => each.name);

it('lists needs before what needs them, each once', () => {
  expect(names(withNeeds(['api'], parts))).toEqual(['database', 'identity', 'api']);
  expect(names(withNeeds(['broker', 'identity', 'api'], parts))).toEqual(['broker', 'database', 'identity', 'api']);
});

it('finds everything that must stop with a part', () => {
  expect(names(withDependents(['identity'], parts))).toEqual(['api', 'identity']);
  expect(names(withDependents(['database'], parts))).toEqual(['api', 'identity', 'database']);
});

it('leaves out, without root, what needs it directly or not', () => {
  const rooted = parts.map((each) => ({ ...each, needsRoot: each.name === 'identity' }));
  expect(names(runnableParts(false, rooted))).toEqual(['database', 'broker']);
  expect(names(runnableParts(true, rooted))).toEqual(['api', 'identity', 'database', 'broker']);
});

it('names the known parts when one is unknown', () => {
  expect(() => withNeeds(['redis'], parts)).toThrow('there is no part "redis"; parts are: api, identity, database, broker');
});

it('refuses parts that need each other', () => {
  expect(() => withNeeds(['one'], [part('one', 'two'), part('two', 'one')])).toThrow('one → two → one');
});

it('the real catalogue has no unknown needs, no circle, and no process of two parts', () => {
  expect(withNeeds(CATALOGUE.map((each) => each.name))).toHaveLength(CATALOGUE.length);
  const processes = CATALOGUE.flatMap((each) => each.processes);
  expect(new Set(processes).size).toBe(processes.length);
});
