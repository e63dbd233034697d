/** Something with a beginning and an end on one day, in minutes since midnight. */
export interface Span {
  from: number;
  to: number;
}

export interface Placed<T> {
  item: T;
  /** From 0. */
  column: number;
  /** Columns of those that overlap, together. */
  of: number;
}

/** Puts what overlaps side by side, and nothing else. */
export function columns<T extends Span>(items: readonly T[]): Placed<T>[] {
  const sorted = [...items].sort((a, b) => a.from - b.from || b.to - a.to);
  const placed: Placed<T>[] = [];
  let group: Placed<T>[] = [];
  let ends: number[] = [];
  const close = () => {
    for (const one of group) one.of = ends.length;
    group = [];
    ends = [];
  };
  for (const item of sorted) {
    if (ends.length > 0 && ends.every((end) => end <= item.from)) close();
    const free = ends.findIndex((end) => end <= item.from);
    const column = free < 0 ? ends.length : free;
    ends[column] = item.to;
    const one = { item, column, of: 1 };
    group.push(one);
    placed.push(one);
  }
  close();
  return placed;
}
