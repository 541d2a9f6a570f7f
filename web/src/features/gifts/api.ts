/** The doors of `catalogue/` and `gifts/`. */

import { api, insist, once, taken } from "$lib/api/client";
import { isProblem, Unreachable } from "$lib/api/problem";
import type { SentGift } from "$lib/api/shapes";
import type { Connection } from "$lib/room/connection";

export interface Order {
  room: string;
  gift: string;
  count: number;
  key: string;
}

export const listGifts = () => taken(api.GET("/v1/gifts"));

export const quoteGift = (gift: string, count: number) =>
  taken(api.GET("/v1/gifts/{gift}/quote", { params: { path: { gift }, query: { count } } }));

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
  return insist(() =>
    api.POST("/v1/rooms/{room_id}/gifts", { params: { path: { room_id: room } }, body: { gift, count }, headers: once(key) }),
  );
}
