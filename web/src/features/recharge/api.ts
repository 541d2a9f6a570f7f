/** The doors of `recharge/`. */

import { insist, request } from "$lib/api/client";
import type { Page } from "$lib/api/shapes";
import type { Money } from "$lib/money";

export interface Pack {
  id: string;
  coins: number;
  promo_coins: number;
  price: Money;
  tax: Money;
  total: Money;
  is_tax_included: boolean;
  per_coin: Money;
  original_price?: Money;
}

export interface Packs {
  data: Pack[];
  /** How many coins an exact amount may have. */
  coins: { min: number; max: number };
}

export interface Method {
  code: string;
  name: string;
}

export interface Step {
  at: string;
  what: string;
  reason?: string;
  action?: string;
  attempt?: number;
  late?: boolean;
}

export type OrderState =
  | "review"
  | "awaiting_payment"
  | "processing"
  | "credited"
  | "declined"
  | "cancelled"
  | "expired"
  | "partially_refunded"
  | "refunded"
  | "disputed"
  | "lost";

export interface Recharge {
  id: string;
  status: OrderState;
  coins: number;
  promo_coins: number;
  price: Money;
  tax: Money;
  total: Money;
  per_coin: Money;
  method: string;
  /** There while the provider waits for the payer. */
  checkout_url?: string;
  expires_at: string;
  terms: { version: string; refund_days: number; text: string };
  timeline: Step[];
}

export interface Wish {
  pack_id?: string;
  coins?: number;
  method: string;
}

export const listPacks = () => request<Packs>("GET", "/v1/packs");
export const listMethods = () => request<Page<Method>>("GET", "/v1/payment-methods");
export const quoteRecharge = (wish: Wish, key: string) => insist<Recharge>("/v1/recharges", { body: wish, key });
export const confirmRecharge = (id: string, key: string) => insist<Recharge>(`/v1/recharges/${id}/confirm`, { key });
export const cancelRecharge = (id: string, key: string) => insist<Recharge>(`/v1/recharges/${id}/cancel`, { key });
export const readRecharge = (id: string) => request<Recharge>("GET", `/v1/recharges/${id}`);
/** Asks the provider now, so that coins that were paid for arrive at once. */
export const checkRecharge = (id: string) => request<Recharge>("POST", `/v1/recharges/${id}/check`);
