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

/** The journey of this order; null for any other one, such as one opened from the wallet. */
export function readJourney(id: string): Journey | null {
  try {
    const kept: Journey | null = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return kept?.id === id ? { id, back: safeBack(kept.back) } : null;
  } catch {
    return null;
  }
}
