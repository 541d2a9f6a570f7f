/** The doors of `wallet/`. */

import { request } from "$lib/api/client";
import type { Page } from "$lib/api/shapes";
import type { Money } from "$lib/money";
import type { Actor } from "$lib/room/events";

/** One act. `coins` is negative when they left the purse. */
export interface Entry {
  id: string;
  at: string;
  kind: string;
  coins: number;
  paid: number;
  promo: number;
  cost: Money;
  balance: number;
  counterpart: Actor | null;
  journal_id: string;
}

export const listEntries = (after?: string) =>
  request<Page<Entry>>("GET", "/v1/wallet/entries", { query: { limit: 50, after } });
