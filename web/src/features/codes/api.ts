/** The doors of `codes/`. */

import { api, insist, once } from "$lib/api/client";

export const redeemCode = (code: string, key: string) =>
  insist(() => api.POST("/v1/codes/redeem", { body: { code }, headers: once(key) }));
