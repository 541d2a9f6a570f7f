/** The server's shapes under the names the pages use. */

import type { Money } from "$lib/money";

export interface Page<T> {
  data: T[];
  next: string | null;
}

export interface Account {
  id: string;
  handle: string;
  name?: string;
  country: string;
  currency: string;
  role?: string;
  email?: string;
}

export interface WalletView {
  coins: number;
  paid: number;
  promo: number;
  held: number;
  spent: { today: Money; week: Money; month: Money };
  limits: { day: Money | null; week: Money | null; month: Money | null };
  /** What all paid coins in the purse cost. */
  cost_basis: Money;
  /** What the next coin to be spent cost. */
  next_coin: Money;
  currency: string;
  is_frozen: boolean;
  promo_until: string | null;
}
