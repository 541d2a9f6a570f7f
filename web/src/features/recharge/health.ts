/** What the state of the providers means for somebody who wants to pay. Pure. */

import type { Health } from "$lib/api/shapes";

export interface Trouble {
  isDown: boolean;
  names: string[];
  methods: string[];
  since: string | null;
}

/** What to say above the ways to pay; null while every provider is well. */
export function troubleOf(health: Health | null): Trouble | null {
  const unwell = health?.providers.filter((one) => one.status !== "ok") ?? [];
  const down = unwell.filter((one) => one.status === "down");
  const told = down.length ? down : unwell;
  if (!told.length) return null;
  return {
    isDown: down.length > 0,
    names: told.map((one) => one.name),
    methods: [...new Set(told.flatMap((one) => one.methods))],
    since: told.map((one) => one.since).filter((at) => at !== undefined).toSorted()[0] ?? null,
  };
}

/** The codes of methods that nobody well carries out. */
export function deadMethods(health: Health | null): Set<string> {
  const of = (isDown: boolean) => health?.providers.filter((one) => (one.status === "down") === isDown).flatMap((one) => one.methods) ?? [];
  const alive = new Set(of(false));
  return new Set(of(true).filter((code) => !alive.has(code)));
}
