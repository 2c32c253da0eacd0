/** At most `most` of the items, in their order, and of every group as many as of any other while it has some: none hides the others. */
export function fairShare<T>(items: readonly T[], most: number, groupOf: (item: T) => string): readonly T[] {
  if (items.length <= most) return items;
  const groups = Map.groupBy(items, groupOf);
  const taken = new Set<T>();
  for (let round = 0; taken.size < most; round += 1)
    for (const group of groups.values()) {
      const item = group[round];
      if (item !== undefined && taken.size < most) taken.add(item);
    }
  return items.filter((item) => taken.has(item));
}
