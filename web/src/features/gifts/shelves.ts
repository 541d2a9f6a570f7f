/** How the catalogue is laid out for choosing. Pure. */

import type { Gift } from "$lib/api/shapes";

export const COUNTS = [1, 5, 10, 99, 520, 1314] as const;
export const COUNT_MAX = 10_000;

export type Shelf = "popular" | "event" | "member" | "all";

/** Something of every size, so that the first tab suits any purse. */
export function popular(gifts: Gift[]): Gift[] {
  const of = (tier: Gift["tier"], most: number) => gifts.filter((gift) => gift.tier === tier).slice(0, most);
  return [...of("icon", 6), ...of("animated", 4), ...of("showpiece", 2)];
}

export function onShelf(gifts: Gift[], shelf: Shelf): Gift[] {
  switch (shelf) {
    case "popular":
      return popular(gifts);
    case "event":
      return gifts.filter((gift) => gift.available_until);
    case "member":
      return [];
    case "all":
      return gifts;
  }
}

/** A typed count as a whole number that may be sent, or null. */
export function countOf(text: string | number | null | undefined): number | null {
  const count = Number(text);
  return Number.isInteger(count) && count >= 1 && count <= COUNT_MAX ? count : null;
}
