/** A binary heap: the least item first, by `before`. Push and pop cost log n. */
export class Heap<T> {
  private readonly items: T[] = [];
  private readonly before: (a: T, b: T) => boolean;

  constructor(before: (a: T, b: T) => boolean) {
    this.before = before;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    let index = this.items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.swapped(parent, index)) return;
      index = parent;
    }
  }

  pop(): T | undefined {
    const least = this.items[0];
    const last = this.items.pop();
    if (last === undefined || this.items.length === 0) return least;
    this.items[0] = last;
    for (let index = 0; ; ) {
      let child = 2 * index + 1;
      if (child >= this.items.length) return least;
      if (child + 1 < this.items.length && this.isBefore(child + 1, child)) child += 1;
      if (!this.swapped(index, child)) return least;
      index = child;
    }
  }

  clear(): void {
    this.items.length = 0;
  }

  /** Puts the two in order; true when they had to change places. */
  private swapped(parent: number, child: number): boolean {
    if (!this.isBefore(child, parent)) return false;
    const item = this.items[parent] as T;
    this.items[parent] = this.items[child] as T;
    this.items[child] = item;
    return true;
  }

  private isBefore(a: number, b: number): boolean {
    return this.before(this.items[a] as T, this.items[b] as T);
  }
}
