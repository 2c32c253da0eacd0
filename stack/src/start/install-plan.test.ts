import { expect, it } from 'vitest';
import { CATALOGUE } from '../catalogue.ts';
import { installPlan, installPlanText } from './install-plan.ts';

const places = { cache: '/home/ada/.cache/tenantry', run: '/home/ada/tenantry/.run' };
const context = { paths: {} as never, nodeAddress: '127.0.0.1' };
const uninstalled = CATALOGUE.map((part) => ({ ...part, installed: async () => false }));

it('names what each missing part brings, and where it goes', async () => {
  const postgres = uninstalled.filter((part) => part.name === 'postgres');
  const text = installPlanText(await installPlan(postgres, context), places);
  expect(text).toMatch(/To install:\n {2}postgres +PostgreSQL 18/);
  expect(text).toContain('Installs go to /home/ada/.cache/tenantry');
});

it('says so when everything is there', () => {
  expect(installPlanText([{ name: 'postgres', installed: true, brings: '' }], places)).toContain('Everything is installed.');
});
