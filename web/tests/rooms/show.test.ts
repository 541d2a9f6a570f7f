import type { GiftEvent } from "$lib/room/events";
import { describe, expect, it } from "vitest";
import { shortened, type Turn } from "../../src/features/rooms/show.svelte";

const turn = (id: string, coins: number, isOwn = false): Turn => ({
  id,
  isOwn,
  lane: 0,
  event: { coins_delta: coins } as GiftEvent,
});

describe("a crowded stage", () => {
  it("lets the smallest gift of somebody else go first", () => {
    const kept = shortened([turn("a", 500), turn("b", 100), turn("c", 900)], 2);
    expect(kept.map((one) => one.id)).toEqual(["a", "c"]);
  });
  it("keeps the person's own gift although it is the smallest", () => {
    const kept = shortened([turn("mine", 100, true), turn("b", 500), turn("c", 900)], 2);
    expect(kept.map((one) => one.id)).toEqual(["mine", "c"]);
  });
  it("is never longer than allowed, even when all gifts are one's own", () => {
    const all = Array.from({ length: 30 }, (_, at) => turn(String(at), at, true));
    expect(shortened(all, 20)).toHaveLength(20);
  });
});
