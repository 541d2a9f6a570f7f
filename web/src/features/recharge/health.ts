/** What the state of the providers means for somebody who wants to pay. Pure. */

import type { Health } from "$lib/api/shapes";

export interface Trouble {
  isDown: boolean;
  providers: string[];
  since: string;
}

/** The worst of what is unwell; null while every provider is well. */
export function troubleOf(health: Health | null): Trouble | null {
  const unwell = health?.providers.filter((one) => one.status !== "ok") ?? [];
  const down = unwell.filter((one) => one.status === "down");
  const told = down.length ? down : unwell;
  const since = told.map((one) => one.since).toSorted()[0];
  return since === undefined ? null : { isDown: down.length > 0, providers: told.map((one) => one.code), since };
}
