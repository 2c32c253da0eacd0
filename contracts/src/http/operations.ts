import { createCustomer, customerHistory, deleteCustomer, getCustomer, listCustomers, updateCustomer } from './customers.ts';

/** Every operation of the tenant API. The server, OpenAPI, the client and the access test read this list. */
export const operations = { createCustomer, listCustomers, getCustomer, updateCustomer, deleteCustomer, customerHistory } as const;

export type Operations = typeof operations;
export type OperationId = keyof Operations;
