/** The doors of `recharge/`. */

import { api, insist, once, taken } from "$lib/api/client";

export interface Wish {
  pack_id?: string;
  coins?: number;
  method: string;
}

const at = (recharge_id: string) => ({ params: { path: { recharge_id } } });

export const listPacks = () => taken(api.GET("/v1/packs"));
export const listMethods = () => taken(api.GET("/v1/payment-methods"));
export const quoteRecharge = (wish: Wish, key: string) =>
  insist(() => api.POST("/v1/recharges", { body: wish, headers: once(key) }));
export const confirmRecharge = (id: string, key: string) =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/confirm", { ...at(id), headers: once(key) }));
export const cancelRecharge = (id: string, key: string) =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/cancel", { ...at(id), headers: once(key) }));
export const readRecharge = (id: string) => taken(api.GET("/v1/recharges/{recharge_id}", at(id)));

/** Asks the provider now, so that coins that were paid for arrive at once. */
export const checkRecharge = (id: string) => taken(api.POST("/v1/recharges/{recharge_id}/check", at(id)));
