// @vitest-environment node
import { Problem, Unreachable } from "$lib/api/problem";
import type { Connection } from "$lib/room/connection";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

interface Heard {
  url: string;
  key: string;
  body: unknown;
}

const heard: Heard[] = [];
let lose = 0;
let server: Server;
let sendGift: (typeof import("../../src/features/gifts/api"))["sendGift"];
const order = { room: "rom_1", gift: "rose", count: 3, key: "key-1" };

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const part of request) text += part;
  return JSON.parse(text);
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    heard.push({ url: request.url ?? "", key: String(request.headers["idempotency-key"]), body: await bodyOf(request) });
    if (lose > 0) {
      lose -= 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(201, { "Content-Type": "application/json" }).end('{"id": "snd_1", "balance": 7}');
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  Object.assign(globalThis, { location: { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });
  ({ sendGift } = await import("../../src/features/gifts/api"));
});

afterAll(() => void server.close());

beforeEach(() => {
  heard.length = 0;
  lose = 0;
});

const socket = (call: Connection["call"]): Connection => ({ call, close: () => undefined });

describe("sending a gift", () => {
  it("goes over the socket alone when the socket answers", async () => {
    const sent = await sendGift(order, socket(async () => ({ id: "snd_2" }) as never));
    expect(sent.id).toBe("snd_2");
    expect(heard).toEqual([]);
  });

  it("asks over HTTP with the same key when the socket's answer is lost", async () => {
    const keys: unknown[] = [];
    const silent = socket(async (_method, params) => {
      keys.push(params.idempotency_key);
      throw new Unreachable("gone");
    });
    expect((await sendGift(order, silent)).balance).toBe(7);
    expect(keys).toEqual(["key-1"]);
    expect(heard).toEqual([{ url: "/v1/rooms/rom_1/gifts", key: "key-1", body: { gift: "rose", count: 3 } }]);
  });

  it("asks again with the same key until HTTP answers", async () => {
    lose = 2;
    await sendGift(order, null);
    expect(heard.map((one) => one.key)).toEqual(["key-1", "key-1", "key-1"]);
  });

  it("does not ask again when the server has refused", async () => {
    const refusing = socket(async () => {
      throw new Problem(402, { code: "insufficient_coins", missing: 3 });
    });
    await expect(sendGift(order, refusing)).rejects.toMatchObject({ code: "insufficient_coins" });
    expect(heard).toEqual([]);
  });
});
