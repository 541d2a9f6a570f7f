/** The doors of `creators/`. */

import { request } from "$lib/api/client";
import type { Page } from "$lib/api/shapes";
import type { Money } from "$lib/money";
import type { Actor } from "$lib/room/events";
import type { Split } from "../gifts/api";

export interface Worth {
  diamonds: number;
  worth: Money;
}

export interface Earnings {
  pending: number;
  available: number;
  withdrawing: number;
  paid: number;
  estimated: Worth;
  final: Worth;
  diamond_rate: Money;
  gifts: Received[];
}

export interface Received {
  id: string;
  at: string;
  room: string;
  sender: Actor | null;
  gift: { id: string; slug: string; name: string };
  count: number;
  coins: number;
  diamonds: number;
  split: Split;
}

export const readEarnings = () => request<Earnings>("GET", "/v1/creators/me/earnings");

export const listReceived = (after?: string) =>
  request<Page<Received>>("GET", "/v1/creators/me/gifts", { query: { limit: 30, after } });
