/** The doors of `payments/`: what is kept at the provider, and what buys by itself. */

import { api, insist, once, soon, taken } from "$lib/api/client";
import type { AutoRecharge, Recharge, SavedMethod } from "$lib/api/shapes";

export interface AutoWish {
  threshold: number;
  pack_id: string;
  saved_method_id: string;
  /** In minor units of the account's currency. */
  monthly_cap: number;
}

/** What a second factor adds to a request. */
export interface Proof {
  challenge: string;
  otp: string;
}

export const listSaved = (): Promise<{ data: SavedMethod[] }> => taken(soon.GET("/v1/payment-methods/saved"));
export const removeSaved = (id: string): Promise<void> => taken(soon.DELETE(`/v1/payment-methods/saved/${id}`));
export const makeDefault = (id: string): Promise<unknown> =>
  insist(() => soon.POST(`/v1/payment-methods/saved/${id}/default`, { headers: once(`default-${id}`) }));

/** Null while nothing buys by itself. */
export const readAuto = (): Promise<AutoRecharge | null> => taken(soon.GET("/v1/auto-recharge"));
export const putAuto = (wish: AutoWish, proof?: Proof): Promise<AutoRecharge> =>
  taken(soon.PUT("/v1/auto-recharge", { body: { ...wish, ...proof } }));
export const dropAuto = (): Promise<void> => taken(soon.DELETE("/v1/auto-recharge"));

export const listOrders = (limit: number): Promise<{ data: Recharge[]; next?: string | null }> =>
  taken(api.GET("/v1/recharges", { params: { query: { limit } } }));
