/** The doors of `payments/`: what is kept at the provider, and what buys by itself. */

import { api, insist, taken } from "$lib/api/client";

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

const at = (method_id: string) => ({ params: { path: { method_id } } });

export const removeSaved = (id: string) => taken(api.DELETE("/v1/payment-methods/saved/{method_id}", at(id)));
export const makeDefault = (id: string) => insist(() => api.POST("/v1/payment-methods/saved/{method_id}/default", at(id)));

/** `off` for whoever never set it. */
export const readAuto = () => taken(api.GET("/v1/auto-recharge"));
export const putAuto = (wish: AutoWish, proof?: Proof) => taken(api.PUT("/v1/auto-recharge", { body: { ...wish, ...proof } }));
export const dropAuto = () => taken(api.DELETE("/v1/auto-recharge"));

export const listOrders = (limit: number) => taken(api.GET("/v1/recharges", { params: { query: { limit } } }));
