import { type Customer, NewCustomer, ProblemError } from '@tenantry/contracts';
import type { FieldErrors, Resolver, UseFormSetError } from 'react-hook-form';
import { EDITABLE_FIELDS, type EditableCustomer, editableOf } from './three-way-merge.ts';

/** What a person types: text everywhere. It becomes a customer when it is sent. */
export interface CustomerFormValues {
  name: string;
  email: string;
  phone: string;
  externalId: string;
  status: Customer['status'];
  segment: string;
  tags: string[];
  attributes: { key: string; value: string }[];
}

export const EMPTY_CUSTOMER: CustomerFormValues = {
  ...{ name: '', email: '', phone: '', externalId: '', status: 'active', segment: '' },
  tags: [],
  attributes: [],
};

/** A customer as fields show it. */
export function formValues(customer: EditableCustomer): CustomerFormValues {
  const { name, status, tags, attributes } = customer;
  return {
    ...{ name, status, tags: [...tags] },
    ...{ email: customer.email ?? '', phone: customer.phone ?? '', externalId: customer.externalId ?? '', segment: customer.segment ?? '' },
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: attributeText(value) })),
  };
}

/** What was typed as the API takes it: nothing typed is null, a phone number loses what people put between its digits. */
export function typedCustomer(values: CustomerFormValues): EditableCustomer {
  const orNull = (text: string) => (text.trim() === '' ? null : text.trim());
  return {
    name: values.name.trim(),
    email: orNull(values.email),
    phone: orNull(values.phone.replace(/[\s().-]/g, '')),
    externalId: orNull(values.externalId),
    status: values.status,
    segment: orNull(values.segment),
    tags: values.tags,
    attributes: Object.fromEntries(
      values.attributes.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), attributeValue(value)]),
    ),
  };
}

/** Text as it is; anything else, and text that would be read as something else, as JSON. */
export function attributeText(value: unknown): string {
  if (typeof value === 'string' && attributeValue(value) === value) return value;
  return JSON.stringify(value);
}

/** The inverse of {@link attributeText}: `5`, `true` and `{"a":1}` are JSON, all else is text. */
export function attributeValue(text: string): EditableCustomer['attributes'][string] {
  try {
    return JSON.parse(text) as EditableCustomer['attributes'][string];
  } catch {
    return text;
  }
}

/** Checks what was typed as the API will. */
export const customerResolver: Resolver<CustomerFormValues> = (values) => {
  const parsed = NewCustomer.safeParse(typedCustomer(values));
  if (parsed.success) return { values, errors: {} };
  const errors: FieldErrors<CustomerFormValues> = {};
  for (const { path, message } of parsed.error.issues) {
    const field = String(path[0]) as 'name';
    errors[field] ??= { type: 'api', message };
  }
  return { values: {}, errors };
};

/** Puts the API's refusals at the fields they are about. @returns whether all of them had a place */
export function placeProblems(error: unknown, setError: UseFormSetError<CustomerFormValues>): boolean {
  if (!(error instanceof ProblemError)) return false;
  const { code, detail, errors = [] } = error.problem;
  if (code === 'customer-email-taken') setError('email', { message: detail });
  if (code === 'customer-external-id-taken') setError('externalId', { message: detail });
  let placed = errors.length > 0;
  for (const place of errors) {
    const field = EDITABLE_FIELDS.find((name) => place.pointer === `/${name}` || place.pointer.startsWith(`/${name}/`));
    if (field === undefined) placed = false;
    else setError(field, { message: place.detail });
  }
  return placed;
}

/** The fields of a whole customer as a form shows them. */
export const formValuesOf = (customer: Customer): CustomerFormValues => formValues(editableOf(customer));
