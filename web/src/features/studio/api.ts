/** The doors of `creators/`. */

import { api, taken } from "$lib/api/client";

export const readEarnings = () => taken(api.GET("/v1/creators/me/earnings"));

export const listReceived = (after?: string) =>
  taken(api.GET("/v1/creators/me/gifts", { params: { query: { limit: 30, after } } }));
