/** The doors of `recharge/`. */

import { insist, request } from "$lib/api/client";
import type { Page } from "$lib/api/shapes";
import type { Money } from "$lib/money";

export interface Pack {
  id: string;
  coins: number;
  promo_coins: number;
  price: Money;
  per_coin: Money;
  original_price?: Money | null;
}

export interface Method {
  code: string;
  name: string;
}

export interface Step {
  at: string;
  what: string;
  facts?: Record<string, unknown>;
  [fact: string]: unknown;
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
  checkout_url?: string | null;
  expires_at: string;
  terms: unknown;
  timeline: Step[];
}

export interface Wish {
  pack_id?: string;
  coins?: number;
  method: string;
  return_url: string;
}

export const listPacks = () => request<Page<Pack> | Pack[]>("GET", "/v1/packs").then(listed);
export const listMethods = () => request<Page<Method> | Method[]>("GET", "/v1/payment-methods").then(listed);
export const quoteRecharge = (wish: Wish, key: string) => insist<Recharge>("/v1/recharges", { body: wish, key });
export const confirmRecharge = (id: string, key: string) => insist<Recharge>(`/v1/recharges/${id}/confirm`, { key });
export const cancelRecharge = (id: string, key: string) => insist<Recharge>(`/v1/recharges/${id}/cancel`, { key });
export const readRecharge = (id: string) => request<Recharge>("GET", `/v1/recharges/${id}`);

function listed<T>(answer: Page<T> | T[]): T[] {
  return Array.isArray(answer) ? answer : answer.data;
}
