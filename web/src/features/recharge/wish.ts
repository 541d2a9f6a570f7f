/** What a person chose, in the words of the server. Pure. */

import type { Method, SavedMethod } from "$lib/api/shapes";
import type { Wish } from "./api";

export interface Choice {
  /** A pack's id, or "exact". */
  pack: string;
  exact: number | null;
  /** A method's code or a saved method's id. */
  way: string;
  coupon: string;
  saves: boolean;
}

export function wishOf(choice: Choice, saved: SavedMethod[]): Wish {
  const kept = saved.find((one) => one.id === choice.way);
  const coupon = choice.coupon.trim();
  return {
    ...(choice.pack === "exact" ? { coins: choice.exact ?? 0 } : { pack_id: choice.pack }),
    ...(kept ? { method: kept.method, saved_method_id: kept.id } : { method: choice.way }),
    save_method: choice.saves && !kept,
    ...(coupon ? { coupon } : {}),
  };
}

// What can be charged again without its payer; a voucher or a transfer cannot.
const kinds = new Set(["card", "paypal", "sepa_debit"]);

/** Whether it makes sense to offer keeping this way to pay. */
export const canKeep = (way: string): boolean => kinds.has(way);

/** What is chosen before the person chooses: their usual way, else the first of the country that works. */
export function firstChoice(saved: SavedMethod[], methods: Method[]): string {
  const kept = saved.filter((one) => isUsable(one.id, saved, methods));
  const usual = kept.find((one) => one.is_default) ?? kept[0];
  return usual?.id ?? methods.find((one) => one.is_available)?.code ?? "";
}

/** Whether this way can be paid with right now. */
export function isUsable(way: string, saved: SavedMethod[], methods: Method[]): boolean {
  const kind = saved.find((one) => one.id === way)?.method ?? way;
  return methods.some((one) => one.code === kind && one.is_available);
}
