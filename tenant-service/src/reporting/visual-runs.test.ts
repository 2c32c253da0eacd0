import { expect, it } from 'vitest';
import { visualRuns } from './visual-runs.ts';

it('what is read from the left stays one part', () => {
  for (const text of ['', 'Zoë (7)', '佐藤 さくら', 'a\u0301 😀']) expect(visualRuns(text)).toEqual([text]);
});

it('words from the right stay together, so that a first name comes before a second', () => {
  expect(visualRuns('مرحبا بالعالم')).toEqual(['مرحبا بالعالم']);
  expect(visualRuns('Acme שלום עולם Ltd')).toEqual(['Acme ', 'שלום עולם', ' Ltd']);
});

it('digits keep their order beside them, Latin and Arabic', () => {
  expect(visualRuns('שלום 12')).toEqual(['12', 'שלום ']);
  // Turned round, because the font's layout turns them back.
  expect(visualRuns('شارع ١٢٣')).toEqual(['٣٢١', 'شارع ']);
  expect(visualRuns('a ١٢')).toEqual(['a ', '٢١']);
});

it('brackets open to the side they are read from', () => {
  expect(visualRuns('שלום (עולם)')).toEqual(['שלום )עולם(']);
  // No letter in it tells the layout a direction.
  expect(visualRuns('א 1 (!) 2')).toEqual(['2', ' (!) ', '1', 'א ']);
});
