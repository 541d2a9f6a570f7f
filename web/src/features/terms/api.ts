/** The doors of `terms/`. */

import { soon, taken } from "$lib/api/client";
import type { TermsText } from "$lib/api/shapes";

/** The terms of today, or a version that an order was placed under. */
export const readTerms = (version?: string): Promise<TermsText> =>
  taken(soon.GET(version ? `/v1/terms/${encodeURIComponent(version)}` : "/v1/terms"));
