import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Customer } from '@tenantry/contracts';
import { type ConsoleBrowser, consoleBrowser } from '@tenantry/desktop/testing/console-browser.ts';
import { initialScriptBytes } from '@tenantry/desktop/testing/initial-script.ts';
import { addPerson } from '@tenantry/stack/keycloak/people.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { type TestPerson, testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshName, onboard, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { type WebConsole, webConsole } from './support/web-console.ts';

const [home, other] = [freshName('console'), freshName('console')];
let tenant: TestTenant;
let otherTenant: TestTenant;
let person: TestPerson;
let served: WebConsole;
let browser: ConsoleBrowser;
let grace: Customer;

// The tests follow one person through one day, in this order.
beforeAll(async () => {
  [tenant, otherTenant, served] = await Promise.all([onboard(home), onboard(other), webConsole()]);
  person = await testPerson(home, 'editor');
  const { keycloak } = await runningStack('keycloak');
  [grace] = await Promise.all([
    tenant.api.create({ name: 'Grace Hopper', email: 'grace@example.org' }),
    otherTenant.api.create({ name: 'Ada Lovelace', email: 'ada@example.org' }),
    addPerson(keycloak.admin, { slug: other, username: person.username, password: person.password, role: 'viewer' }),
  ]);
  browser = await consoleBrowser(`${served.origin}/#/tenants/${home}/customers`);
}, 300_000);
afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await served?.[Symbol.asyncDispose]();
  await person?.remove();
  await Promise.all([removeCompletely(home), removeCompletely(other)]);
});

it('a person signs in by the identity provider’s form and is on the screen whose address they opened; no token is kept anywhere', async () => {
  const { page } = browser;
  await page.getByText('The platform view is part of the desktop application').waitFor();
  expect(await browser.accessibilityProblems()).toEqual([]);
  await browser.signIn(person);
  await page.getByText('Grace Hopper').waitFor();
  expect(new URL(page.url()).hash).toBe(`#/tenants/${home}/customers`);
  const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');
  expect(kept).not.toMatch(/eyJ[\w-]{10,}\.|kc-callback|code=/);
  const { keycloak } = await runningStack('keycloak');
  expect([...browser.origins].sort()).toEqual([served.origin, keycloak.origin].sort());
});

it('they change a customer, and the change is there; what somebody else changes shows by itself', async () => {
  const { page } = browser;
  await page.getByRole('row', { name: 'Grace Hopper' }).click();
  await page.getByRole('button', { name: 'Edit', exact: true }).click();
  await page.getByRole('textbox', { name: 'Segment' }).fill('admirals');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('The customer was saved').waitFor();
  const saved = await tenant.api.get(grace.id);
  expect(saved).toMatchObject({ version: 2, segment: 'admirals' });
  await tenant.api.update(saved, { segment: 'commodores' });
  await page.getByText('commodores').first().waitFor();
});

it('a page that is loaded anew is still theirs, on the same screen, without another look at the form', async () => {
  const { page } = browser;
  await page.reload();
  await page.getByText('commodores').first().waitFor();
  expect(new URL(page.url()).hash).toContain(`/customers/${grace.id}`);
});

it('they work in another tenant of theirs, with what they may do there', async () => {
  const { page } = browser;
  await page.goto(`${served.origin}/#/`);
  await page.getByRole('link', { name: other, exact: true }).click();
  await page.getByRole('navigation').getByRole('link', { name: 'Customers' }).click();
  await page.getByText('Ada Lovelace').waitFor();
  expect(await page.getByText('Grace Hopper').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'New customer' }).count()).toBe(0);
});

it('the platform view is not there: its addresses say why, and its screens are not among the files', async () => {
  const { page } = browser;
  for (const address of ['platform', 'platform/tenants', `platform/tenants/${home}`, 'platform/new-tenant']) {
    await page.goto(`${served.origin}/#/${address}`);
    await page.getByRole('heading', { name: 'The platform view is part of the desktop application' }).waitFor();
  }
  expect(await browser.accessibilityProblems()).toEqual([]);
  const files = (await readdir(join(served.pageFolder, 'assets'))).join(' ');
  expect(files).toMatch(/customers-screen/);
  expect(files).not.toMatch(/tenants-screen|fleet-screen|create-tenant-screen/);
});

it('who is signed out in the middle of an edit signs in in a second tab, and goes on typing in the first', async () => {
  const { page } = browser;
  const again = page.getByRole('dialog', { name: 'Your session has ended' });
  const segment = page.getByRole('textbox', { name: 'Segment' });
  const save = page.getByRole('button', { name: 'Save', exact: true });
  await page.goto(`${served.origin}/#/tenants/${home}/customers/${grace.id}?edit=true`);
  await segment.fill('half typed');
  await person.endSessions();
  // The token that the page still has is taken no more; with the next call it asks for another one, and is told.
  const refusal = {
    type: 'about:blank',
    title: 'Not accepted',
    status: 401,
    code: 'token-invalid',
    detail: 'It has expired.',
    instance: '',
  };
  const refused = { status: 401, contentType: 'application/problem+json', body: JSON.stringify(refusal) };
  await page.route('**/api/**', (route) => route.fulfill(refused));
  await eventually(
    async () => {
      if (!(await again.isVisible())) await save.click({ timeout: 2000 });
      await again.waitFor({ timeout: 2000 });
    },
    { limitMs: 60_000 },
  );
  await page.unroute('**/api/**');
  expect(await browser.accessibilityProblems()).toEqual([]);
  await browser.signInBeside(again.getByRole('button', { name: 'Sign in', exact: true }), person);
  await again.waitFor({ state: 'detached' });
  expect(await segment.inputValue()).toBe('half typed');
  expect(new URL(page.url()).search).toBe('');
  await save.click();
  await page.getByText('The customer was saved').waitFor();
  expect(await tenant.api.get(grace.id)).toMatchObject({ segment: 'half typed' });
  const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])');
  expect(kept).not.toMatch(/eyJ[\w-]{10,}\.|kc-callback|code=/);
});

it('signing out ends it in every page of the browser and at the identity provider, and a page loaded anew does not let them in', async () => {
  const { page } = browser;
  const second = await browser.newPage(`${served.origin}/#/tenants/${home}/customers`);
  await second.getByText('Grace Hopper').waitFor();
  await page.getByRole('button', { name: 'Account and preferences' }).click();
  await page.getByRole('button', { name: `Sign out ${person.username} everywhere` }).click();
  await eventually(async () => expect(await person.sessions()).toBe(0));
  await second.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  expect(await second.getByText('Grace Hopper').count()).toBe(0);
  await page.goto(`${served.origin}/#/tenants/${home}/customers`);
  await page.reload();
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  // What was refused is noted by the browser; what its policy forbade or what was thrown is no such thing.
  expect(browser.complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([]);
});

it('loads at most 400 KB of script before the first screen', async () => {
  const bytes = await initialScriptBytes(served.pageFolder);
  expect(bytes).toBeLessThan(400_000);
});
