/** The doors of `people/`. */

import { request } from "$lib/api/client";
import type { Account } from "$lib/api/shapes";

export interface SignedIn {
  account: Account;
  token: string;
}

export interface Newcomer {
  handle: string;
  email: string;
  password: string;
  birth_date: string;
  country: string;
}

export const signUp = (newcomer: Newcomer) => request<SignedIn>("POST", "/v1/accounts", { body: newcomer });

export const signIn = (login: string, password: string) =>
  request<SignedIn>("POST", "/v1/sessions", { body: { login, password } });
