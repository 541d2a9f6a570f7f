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

/** `otp` is a code of the authenticator app, where the account has a second factor. */
export const signIn = (login: string, password: string, otp?: string) =>
  taken(api.POST("/v1/sessions", { body: { login, password, ...(otp ? { otp } : {}) } }));

export const readFactors = () => taken(api.GET("/v1/me/factors"));

/** Begins with an authenticator app; nothing changes until its first code is confirmed. */
export const setUpTotp = (password: string) => taken(api.POST("/v1/me/factors/totp", { body: { password } }));
export const confirmTotp = (code: string) => taken(api.POST("/v1/me/factors/totp/confirm", { body: { code } }));
export const removeTotp = (password: string, code: string) => taken(api.DELETE("/v1/me/factors/totp", { body: { password, code } }));
