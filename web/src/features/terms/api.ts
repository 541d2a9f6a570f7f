/** The doors of `terms/`. */

import { api, taken } from "$lib/api/client";

/** The terms of today, or a version that an order was placed under. */
export const readTerms = (version?: string) =>
  taken(version ? api.GET("/v1/terms/{version}", { params: { path: { version } } }) : api.GET("/v1/terms"));
