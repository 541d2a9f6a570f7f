/** Lists cut into runs. Pure. */

export type Filter = "all" | "in" | "out";

/** Neighbours with the same key, in their order. */
export function groups<T>(items: T[], keyOf: (item: T) => string): { key: string; items: T[] }[] {
  const runs: { key: string; items: T[] }[] = [];
  for (const item of items) {
    const key = keyOf(item);
    const last = runs.at(-1);
    if (last?.key === key) last.items.push(item);
    else runs.push({ key, items: [item] });
  }
  return runs;
}
