/** The doors of `cases/`. */

import { soon, taken } from "$lib/api/client";
import type { Case } from "$lib/api/shapes";

export const listCases = (): Promise<{ data: Case[] }> => taken(soon.GET("/v1/cases"));
export const readCase = (id: string): Promise<Case> => taken(soon.GET(`/v1/cases/${encodeURIComponent(id)}`));
