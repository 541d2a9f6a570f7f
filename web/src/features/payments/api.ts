/** The doors of `payments/`: what is kept at the provider, and what buys by itself. */

import { api, insist, soon, taken } from "$lib/api/client";
import type { AutoRecharge, Recharge } from "$lib/api/shapes";

export interface AutoWish {
  threshold: number;
  pack_id: string;
  saved_method_id: string;
  /** In minor units. */
  monthly_cap: { amount: number; currency: string };
}

/** What a second factor adds to a request. */
export interface Proof {
  challenge: string;
  otp: string;
}

export const removeSaved = (id: string): Promise<void> => taken(soon.DELETE(`/v1/payment-methods/saved/${id}`));
export const makeDefault = (id: string): Promise<unknown> =>
  insist(() => soon.POST(`/v1/payment-methods/saved/${id}/default`));

/** `off` for whoever never set it. */
export const readAuto = (): Promise<AutoRecharge> => taken(soon.GET("/v1/auto-recharge"));
export const putAuto = (wish: AutoWish, proof?: Proof): Promise<AutoRecharge> =>
  taken(soon.PUT("/v1/auto-recharge", { body: { ...wish, ...proof } }));
export const dropAuto = (): Promise<void> => taken(soon.DELETE("/v1/auto-recharge"));

export const listOrders = (limit: number): Promise<{ data: Recharge[]; next?: string | null }> =>
  taken(api.GET("/v1/recharges", { params: { query: { limit } } }));
