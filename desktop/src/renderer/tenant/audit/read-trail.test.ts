import { expect, it } from 'vitest';
import { dataTexts } from './read-trail.ts';

const entry = (data: string) => `{"event":{"subject":"data","type":"t","data":${data}},"actor":null,"change":"data","hash":"00"}`;
const page = (...data: readonly string[]) => `{"items":[${data.map(entry).join(',')}],"page":{"before":null,"limit":2}}`;

it.each([
  ['what PostgreSQL writes, spaces and all', '{"id": "1", "amount": 1.50, "nested": {"data": [1, {"data": "}"}]}}'],
  ['quotes, braces and backslashes inside of texts', String.raw`{"name": "a \" } , { \\", "data": "]"}`],
  ['a number', '12.0'],
  ['a text', '"one, two"'],
  ['a list', '[1, [2, 3]]'],
])('takes the data of an event as it stands: %s', (_, data) => {
  expect(dataTexts(page(data))).toEqual([data]);
});

it('of each entry, in their order', () => {
  expect(dataTexts(page('{"a": 1}', 'null', '{}'))).toEqual(['{"a": 1}', 'null', '{}']);
  expect(dataTexts(page())).toEqual([]);
});
