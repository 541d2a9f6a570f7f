import type { RoomEvent, RoomState } from "$lib/room/events";
import { replay } from "$lib/room/reducer";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

// The same transcripts that pytest replays: one truth, two languages.
const vectors = new URL("../../../tests/vectors/rooms/", import.meta.url);

interface Vector {
  says: string;
  initial: RoomState;
  events: RoomEvent[];
  state: RoomState;
}

describe("a room replayed from the shared vectors", () => {
  const names = readdirSync(vectors).filter((name) => name.endsWith(".json"));

  it("finds vectors to replay", () => expect(names.length).toBeGreaterThan(5));

  for (const name of names) {
    const vector: Vector = JSON.parse(readFileSync(new URL(name, vectors), "utf8"));
    it(vector.says, () => expect(replay(vector.initial, vector.events)).toEqual(vector.state));
  }

  it("shrugs at an event that a newer server may send", () => {
    const vector: Vector = JSON.parse(readFileSync(new URL(names[0]!, vectors), "utf8"));
    const strange = { type: "raid", id: "x", at: "", room: "" } as unknown as RoomEvent;
    expect(replay(vector.initial, [strange])).toEqual(vector.initial);
  });
});
