/** The doors of `wallet/`. */

import { api, taken } from "$lib/api/client";

export const listEntries = (after?: string) =>
  taken(api.GET("/v1/wallet/entries", { params: { query: { limit: 50, after } } }));
