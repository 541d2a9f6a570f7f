import type { GiftEvent, Tier } from "$lib/room/events";
import { describe, expect, it } from "vitest";
import { shortened, Show, type Turn } from "../../src/features/rooms/show.svelte";

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

describe("a flood of gifts", () => {
  const gift = (id: number, tier: Tier): GiftEvent =>
    ({ id: String(id), count_delta: 1, coins_delta: (id * 37) % 1000, gift: { tier } }) as GiftEvent;
  const tiers: Tier[] = ["animated", "showpiece", "icon", "animated"];

  it("never holds more than twenty, on the stage and waiting together", () => {
    const show = new Show();
    for (let id = 0; id < 500; id += 1) {
      show.add(gift(id, tiers[id % tiers.length]!), id % 5 === 0);
      expect(show.crossing.length + show.waiting.length + (show.full ? 1 : 0)).toBe(show.length);
      expect(show.length).toBeLessThanOrEqual(20);
      // Now and then one has had its turn.
      if (id % 3 === 0) show.done((show.full ?? show.crossing[0]!).id);
    }
    expect(show.length).toBe(20);
  });

  it("empties itself when the gifts stop coming", () => {
    const show = new Show();
    for (let id = 0; id < 50; id += 1) show.add(gift(id, tiers[id % tiers.length]!), false);
    for (let turns = 0; show.length && turns < 50; turns += 1) show.done((show.full ?? show.crossing[0]!).id);
    expect(show.length).toBe(0);
  });

  it("lets three cross abreast, each in a lane of its own", () => {
    const show = new Show();
    for (let id = 0; id < 5; id += 1) show.add(gift(id, "animated"), false);
    show.done(show.crossing[1]!.id);
    expect(show.crossing.map((turn) => turn.lane).sort()).toEqual([0, 1, 2]);
  });

  it("gives a showpiece the whole stage, in its turn", () => {
    const show = new Show();
    for (const [id, tier] of (["animated", "showpiece", "animated", "showpiece"] as const).entries()) show.add(gift(id, tier), false);
    const seen: string[] = [];
    while (show.length) {
      expect(show.full === null || show.crossing.length === 0).toBe(true);
      const turn = show.full ?? show.crossing[0]!;
      seen.push(turn.id);
      show.done(turn.id);
    }
    expect(seen).toEqual(["0", "1", "2", "3"]);
  });
});
