import { describe, expect, it } from 'vitest';
import { TenantPlaces } from './tenant-places.ts';

const options = { places: 2, maxWaiting: 2, maxWaitMs: 20 };

describe('the places of a tenant', () => {
  it('are given in turn, and given back', async () => {
    const places = new TenantPlaces({ ...options, maxWaitMs: 60_000 });
    const [first, second] = [await places.enter('a'), await places.enter('a')];
    const order: string[] = [];
    const third = places.enter('a').then((leave) => {
      order.push('third');
      return leave;
    });
    const fourth = places.enter('a').then((leave) => {
      order.push('fourth');
      return leave;
    });
    first();
    second();
    for (const leave of await Promise.all([third, fourth])) leave();
    expect(order).toEqual(['third', 'fourth']);
    (await places.enter('a'))();
  });

  it('of one tenant are no other tenant’s', async () => {
    const places = new TenantPlaces(options);
    await Promise.all([places.enter('a'), places.enter('a')]);
    await expect(places.enter('b')).resolves.toBeTypeOf('function');
  });

  it('are refused after the longest wait, and at once when too many wait; nobody’s place is lost by it', async () => {
    const places = new TenantPlaces(options);
    const [first] = [await places.enter('a'), await places.enter('a')];
    const late = [places.enter('a'), places.enter('a'), places.enter('a')];
    await expect(late[2]).rejects.toMatchObject({ code: 'unavailable' });
    for (const wait of late)
      await expect(wait).rejects.toMatchObject({ code: 'unavailable', options: { headers: { 'retry-after': '1' } } });
    first?.();
    await expect(places.enter('a')).resolves.toBeTypeOf('function');
  });
});
