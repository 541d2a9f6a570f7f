/** The room socket: one connection per page, resumed after a drop. */

import { api, taken } from "$lib/api/client";
import { Problem, Unreachable } from "$lib/api/problem";
import type { PrivateEvent, RoomEvent, RoomState } from "$lib/room/events";
import { Watch } from "$lib/room/watch";
import type { Centrifuge } from "centrifuge";

// The library numbers its own commands from 1 and passes over answers to a number it does not know.
const ARE_YOU_THERE = JSON.stringify({ id: 2 ** 32 - 1, ping: {} });

export interface Listener {
  /** A whole new picture of the room; whatever was known before is void. */
  onSnapshot(state: RoomState): void;
  /** One flush: everything since the last. */
  onEvents(events: RoomEvent[]): void;
  onPrivate(event: PrivateEvent): void;
  onConnected(isConnected: boolean): void;
}

export interface Connection {
  /** Calls a method and gives back the body HTTP would have given; refusals throw `Problem`. */
  call<T>(method: string, params: Record<string, unknown>): Promise<T>;
  close(): void;
}

/** Opens the socket and follows a room. The client library is loaded only now. */
export async function follow(room: string, listener: Listener): Promise<Connection> {
  const [{ Centrifuge }, first] = await Promise.all([import("centrifuge"), address()]);
  let socket: WebSocket | undefined;
  const watch = new Watch({
    ask: () => socket?.readyState === WebSocket.OPEN && socket.send(ARE_YOU_THERE),
    onSilent: (isSilent) => listener.onConnected(!isSilent),
    onGone: () => {
      client.disconnect();
      client.connect();
    },
  });
  class HeardSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      socket = this;
      this.addEventListener("message", () => this === socket && watch.heard());
    }
  }
  const client = new Centrifuge(first.url, {
    token: first.token,
    getToken: async () => (await address()).token,
    websocket: HeardSocket,
    minReconnectDelay: 250,
    maxReconnectDelay: 5000,
    timeout: 4000,
    maxServerPingDelay: 4000,
  });
  const away = () => {
    watch.end();
    listener.onConnected(false);
  };
  client.on("connected", () => {
    listener.onConnected(true);
    if (!document.hidden) watch.begin();
  });
  client.on("connecting", away);
  client.on("disconnected", away);
  client.on("publication", ({ data }) => {
    for (const event of data.events ?? [data]) listener.onPrivate(event);
  });
  listen(client, room, listener);
  client.connect();
  const unlook = whenLooked((isLooked) => {
    if (client.state !== "connected") return;
    if (isLooked) watch.begin();
    else watch.end();
  });
  return {
    call: (method, params) => call(client, watch, method, params),
    close: () => {
      unlook();
      client.disconnect();
    },
  };
}

/** A page that nobody sees asks nothing: the server's own pings are enough for it. */
function whenLooked(tell: (isLooked: boolean) => void): () => void {
  const change = () => tell(!document.hidden);
  document.addEventListener("visibilitychange", change);
  return () => document.removeEventListener("visibilitychange", change);
}

function listen(client: Centrifuge, room: string, listener: Listener): void {
  const subscription = client.newSubscription(`room:${room}`);
  subscription.on("subscribed", ({ recovered, data }) => {
    // What was missed follows as publications when the server could recover it.
    if (!recovered && data) listener.onSnapshot(data.state ?? data);
  });
  subscription.on("publication", ({ data }) => listener.onEvents(data.events));
  subscription.subscribe();
}

async function call<T>(client: Centrifuge, watch: Watch, method: string, params: Record<string, unknown>): Promise<T> {
  if (client.state !== "connected" || watch.isSilent) throw new Unreachable("The room socket is away.");
  const reply = await client.rpc(method, params).catch((cause: unknown) => {
    throw new Unreachable("The room socket gave no answer.", { cause });
  });
  const { status, body } = reply.data as { status: number; body: Record<string, unknown> };
  if (status >= 400) throw new Problem(status, body);
  return body as T;
}

function address(): Promise<{ url: string; token: string }> {
  return taken(api.GET("/v1/realtime"));
}
