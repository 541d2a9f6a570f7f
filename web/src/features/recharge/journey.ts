/** What must survive the visit to the provider's page: which order, and where the person came from. */

import { safeBack } from "$lib/router.svelte";

const KEPT = "largesse.recharge";

export interface Journey {
  id: string;
  back: string | null;
}

export function keepJourney(journey: Journey): void {
  sessionStorage.setItem(KEPT, JSON.stringify(journey));
}

export function readJourney(): Journey | null {
  try {
    const kept: Journey | null = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return kept && { id: kept.id, back: safeBack(kept.back) };
  } catch {
    return null;
  }
}
