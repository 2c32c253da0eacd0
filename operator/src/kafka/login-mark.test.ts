import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loginMark } from './login-mark.ts';

it('is an iteration count Kafka accepts and its own tools do not use by default', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{12}$/), (fingerprint) => {
      const mark = loginMark({ password: 'any', fingerprint });
      expect(mark).toBeGreaterThan(4096);
      expect(mark).toBeLessThanOrEqual(8192);
    }),
  );
});

it('differs for different passwords (but for one in 4,096)', () => {
  expect(loginMark({ password: 'a', fingerprint: '000000010000' })).not.toBe(loginMark({ password: 'b', fingerprint: '000000020000' }));
});
