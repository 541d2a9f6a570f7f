/** The doors of `catalogue/` and `gifts/`. */

import { insist, request } from "$lib/api/client";
import { isProblem, Unreachable } from "$lib/api/problem";
import type { Page } from "$lib/api/shapes";
import type { Money } from "$lib/money";
import type { Connection } from "$lib/room/connection";
import type { Tier } from "$lib/room/events";

export interface Gift {
  id: string;
  slug: string;
  name: string;
  coins: number;
  tier: Tier;
  art_url: string;
  alt: string;
  colour: string;
  available_until?: string | null;
}

export interface Split {
  coins: number;
  cost_basis: Money;
  tax: Money;
  fees: Money;
  platform: Money;
  creator: Money;
  promotion: Money;
  diamonds: number;
}

export interface SentGift {
  id: string;
  combo_id: string;
  gift: { id: string; slug: string; name: string };
  count: number;
  coins: number;
  balance: number;
  split: Split;
  undo_until?: string | null;
}

export interface Order {
  room: string;
  gift: string;
  count: number;
  key: string;
}

export const listGifts = () => request<Page<Gift>>("GET", "/v1/gifts");

/**
 * Sends a gift over the room socket, or over HTTP when the socket gives no answer.
 * Both doors know the same key, so a gift whose answer got lost is answered again, not sent again.
 */
export async function sendGift(order: Order, connection: Connection | null): Promise<SentGift> {
  const { room, gift, count, key } = order;
  if (connection) {
    try {
      return await connection.call<SentGift>("gift.send", { room, gift, count, idempotency_key: key });
    } catch (error) {
      if (!(error instanceof Unreachable) && !isProblem(error, "request_in_progress")) throw error;
    }
  }
  return insist<SentGift>(`/v1/rooms/${room}/gifts`, { body: { gift, count }, key });
}

/** What a gift would cost its sender right now; `split` is null while the coins do not suffice. */
export interface Quote {
  gift: string;
  count: number;
  coins: number;
  split: Split | null;
}

export const quoteGift = (gift: string, count: number) =>
  request<Quote>("GET", "/v1/gifts/quote", { query: { gift, count } });
