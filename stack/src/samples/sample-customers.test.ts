import { NewCustomer } from '@tenantry/contracts';
import { expect, it } from 'vitest';
import { sampleCustomers } from './sample-customers.ts';

const acme = sampleCustomers('acme', 500);

it('makes customers the API takes as they are', () => {
  for (const customer of acme) expect(NewCustomer.parse(customer)).toEqual(customer);
});

it('makes the same customers every time, and the same ones when fewer are asked for', () => {
  expect(sampleCustomers('acme', 20)).toEqual(acme.slice(0, 20));
});

it('gives each tenant its own, with no email or external id twice', () => {
  expect(sampleCustomers('globex', 500)).not.toEqual(acme);
  expect(new Set(acme.map((customer) => customer.email?.toLowerCase())).size).toBe(500);
  expect(new Set(acme.map((customer) => customer.externalId)).size).toBe(500);
});

it('has names that only a search which folds and knows scripts can find', () => {
  const names = acme.map((customer) => customer.name).join(' ');
  for (const part of ['Müller', '田中', 'Nguyễn', "O'Neil", 'Łukasik']) expect(names).toContain(part);
});
