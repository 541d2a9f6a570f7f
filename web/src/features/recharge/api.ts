/** The doors of `recharge/`. */

import { api, insist, once, taken } from "$lib/api/client";
import type { Case, Comparison, Health, Method, Packs, Recharge, SavedList } from "$lib/api/shapes";

export interface Wish {
  pack_id?: string;
  coins?: number;
  method: string;
  saved_method_id?: string;
  save_method: boolean;
  coupon?: string;
}

const at = (recharge_id: string) => ({ params: { path: { recharge_id } } });

export const listPacks = (): Promise<Packs> => taken(api.GET("/v1/packs"));
export const listMethods = (): Promise<{ data: Method[] }> => taken(api.GET("/v1/payment-methods"));
export const listSaved = (): Promise<SavedList> => taken(api.GET("/v1/payment-methods/saved"));
export const readHealth = (): Promise<Health> => taken(api.GET("/v1/status"));
export const quoteRecharge = (wish: Wish, key: string): Promise<Recharge> =>
  insist(() => api.POST("/v1/recharges", { body: wish, headers: once(key) }));
export const confirmRecharge = (id: string, key: string): Promise<Recharge> =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/confirm", { ...at(id), headers: once(key) }));
export const cancelRecharge = (id: string, key: string): Promise<Recharge> =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/cancel", { ...at(id), headers: once(key) }));
export const readRecharge = (id: string): Promise<Recharge> => taken(api.GET("/v1/recharges/{recharge_id}", at(id)));

/** Asks the provider now, so that coins that were paid for arrive at once. */
export const checkRecharge = (id: string): Promise<Recharge> => taken(api.POST("/v1/recharges/{recharge_id}/check", at(id)));

/** Gives the unspent coins of an order back for their money. */
export const refundRecharge = (id: string, key: string): Promise<Recharge> =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/refund", { ...at(id), headers: once(key) }));

/** "This wasn't me": spending stops and a case opens. */
export const reportRecharge = (id: string): Promise<Case> =>
  insist(() => api.POST("/v1/recharges/{recharge_id}/report", at(id)));

/** What the same packs cost on the web and in the stores. */
export const compareChannels = (): Promise<Comparison> => taken(api.GET("/v1/packs/compare"));
