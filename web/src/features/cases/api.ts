/** The doors of `cases/`. */

import { api, taken } from "$lib/api/client";

export const listCases = () => taken(api.GET("/v1/cases"));
export const readCase = (case_id: string) => taken(api.GET("/v1/cases/{case_id}", { params: { path: { case_id } } }));
