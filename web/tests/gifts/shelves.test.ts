import type { Gift } from "$lib/api/shapes";
import { describe, expect, it } from "vitest";
import { countOf, onShelf } from "../../src/features/gifts/shelves";

const gift = (slug: string, tier: Gift["tier"], available_until?: string) => ({ slug, tier, available_until }) as Gift;

describe("a typed count", () => {
  it("is a whole number that may be sent", () => {
    expect(countOf("99")).toBe(99);
    expect(countOf(10_000)).toBe(10_000);
  });
  it("is nothing when it is empty, broken, zero, negative or too large", () => {
    for (const text of ["", null, undefined, "1.5", "abc", 0, -1, 10_001, "1e9"]) expect(countOf(text)).toBeNull();
  });
});

describe("the shelves", () => {
  const gifts = [gift("rose", "icon"), gift("lion", "animated"), gift("galaxy", "showpiece"), gift("pumpkin", "icon", "2026-11-01")];

  it("show everything under All", () => expect(onShelf(gifts, "all")).toHaveLength(4));
  it("show a gift of every size under Popular", () =>
    expect(new Set(onShelf(gifts, "popular").map((one) => one.tier)).size).toBe(3));
  it("show only gifts with a last day under Event", () =>
    expect(onShelf(gifts, "event").map((one) => one.slug)).toEqual(["pumpkin"]));
});
