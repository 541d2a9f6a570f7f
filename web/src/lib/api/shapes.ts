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
  limits: Record<string, Money | null>;
  cost_basis: { per_coin: Money | null; total?: Money } | null;
}

export interface Entry {
  id: string;
  at: string;
  kind: string;
  coins: number;
  paid: number;
  promo: number;
  counterpart?: { id: string; handle?: string; name?: string } | null;
  journal_id: string;
}
