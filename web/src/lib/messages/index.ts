/** All words of the interface, in the page's language. A locale is a module of the same shape. */

import { Problem, Unreachable } from "$lib/api/problem";
import { en, type Messages } from "$lib/messages/en";

export const m: Messages = en;

/** A refusal or a silence in words: what happened, and what the person can do. */
export function wordsFor(error: unknown): string {
  if (error instanceof Unreachable) return m.trouble.unreachable;
  if (!(error instanceof Problem)) return m.trouble.ours;
  const known = m.trouble.codes[error.code];
  if (known) return known;
  return error.next ? `${error.message} ${error.next}` : error.message;
}
