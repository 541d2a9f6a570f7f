/** The doors of `people/`. */

import { api, taken } from "$lib/api/client";

export interface Newcomer {
  handle: string;
  email: string;
  password: string;
  birth_date: string;
  country: string;
}

export const signUp = (newcomer: Newcomer) => taken(api.POST("/v1/accounts", { body: newcomer }));

export const signIn = (login: string, password: string) => taken(api.POST("/v1/sessions", { body: { login, password } }));
