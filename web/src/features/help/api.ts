/** The doors of `help/`. */

import { api, taken } from "$lib/api/client";

/** What became of the orders of the last month, the newest first. */
export const listDiagnoses = () => taken(api.GET("/v1/help/coins-missing"));
