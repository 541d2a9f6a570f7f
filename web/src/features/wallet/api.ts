/** The doors of `wallet/`. */

import { api, taken } from "$lib/api/client";

export const listEntries = (after?: string) =>
  taken(api.GET("/v1/wallet/entries", { params: { query: { limit: 50, after } } }));

export const readEntry = (entry_id: string) =>
  taken(api.GET("/v1/wallet/entries/{entry_id}", { params: { path: { entry_id } } }));

/** The gift behind an entry, with its split. */
export const readSent = (sent_id: string) =>
  taken(api.GET("/v1/gifts/sent/{sent_id}", { params: { path: { sent_id } } }));
