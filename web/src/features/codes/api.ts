/** The doors of `codes/`. */

import { insist, once, soon } from "$lib/api/client";
import type { Redeemed } from "$lib/api/shapes";

export const redeemCode = (code: string, key: string): Promise<Redeemed> =>
  insist(() => soon.POST("/v1/codes/redeem", { body: { code }, headers: once(key) }));
