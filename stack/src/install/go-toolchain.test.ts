import { expect, it } from 'vitest';
import { goIsNewEnough } from './go-toolchain.ts';

it.each([
  ['go version go1.26.8 linux/amd64', true],
  ['go version go1.25 linux/amd64', true],
  ['go version go1.24.9 linux/amd64', false],
  ['go version go1.19.8 linux/amd64', false],
  ['go version go2.0 linux/amd64', true],
  ['', false],
])('judges %j', (line, expected) => {
  expect(goIsNewEnough(line)).toBe(expected);
});
