import { expect, it } from 'vitest';
import { testPlan } from './test-plan.ts';

it('runs everything on the whole platform when nothing is chosen', () => {
  expect(testPlan([])).toEqual({ checks: true, projects: ['unit', 'integration', 'e2e'], filters: [], needsServers: true });
});

it('starts no server for unit tests', () => {
  expect(testPlan(['unit'])).toEqual({ checks: false, projects: ['unit'], filters: [], needsServers: false });
});

it('passes what follows the chosen projects to vitest', () => {
  expect(testPlan(['integration', 'stack/', '-t', 'kafka'])).toMatchObject({
    projects: ['integration'],
    filters: ['stack/', '-t', 'kafka'],
    needsServers: true,
  });
});

it('leaves the checks out when a filter picks tests', () => {
  expect(testPlan(['names.test.ts'])).toMatchObject({ checks: false, projects: ['unit', 'integration', 'e2e'] });
});

it('refuses an option it does not know, with the usage', () => {
  expect(() => testPlan(['--watch'])).toThrow(/unknown option --watch\nusage: npm test/);
});
