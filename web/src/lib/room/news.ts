/** A person's own news outside a room: the same socket, their private channel alone. */

import { api, taken } from "$lib/api/client";
import type { PrivateEvent } from "$lib/room/events";

/**
 * Hears what happens to this person's purse and orders until the returned function is called.
 * The socket is a shortcut only: whoever listens also asks now and then.
 */
export function hearNews(hear: (event: PrivateEvent) => void): () => void {
  let isOver = false;
  let hangUp = (): void => undefined;
  void open().catch(() => undefined);
  return () => {
    isOver = true;
    hangUp();
  };

  async function open(): Promise<void> {
    const [{ Centrifuge }, first] = await Promise.all([import("centrifuge"), address()]);
    if (isOver) return;
    const client = new Centrifuge(first.url, { token: first.token, getToken: async () => (await address()).token, minReconnectDelay: 500, maxReconnectDelay: 20_000 });
    client.on("publication", ({ data }) => {
      for (const event of data.events ?? [data]) hear(event);
    });
    hangUp = () => client.disconnect();
    client.connect();
  }
}

function address(): Promise<{ url: string; token: string }> {
  return taken(api.GET("/v1/realtime"));
}
