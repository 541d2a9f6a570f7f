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
    ...(kept ? { method: kept.kind, saved_method_id: kept.id } : { method: choice.way }),
    ...(choice.saves && !kept ? { save_method: true } : {}),
    ...(coupon ? { coupon } : {}),
  };
}

/** What is chosen before the person chooses: their usual way, else the first of the country that works. */
export function firstChoice(saved: SavedMethod[], methods: Method[], down: Set<string>): string {
  const kept = saved.filter((one) => !down.has(one.kind));
  const usual = kept.find((one) => one.is_default) ?? kept[0];
  if (usual) return usual.id;
  return methods.find((one) => one.is_available !== false && !down.has(one.code))?.code ?? "";
}
