/** One door to the server: typed by its own description, with problems, lost answers and the age of this page. */

import { freshness } from "$lib/api/freshness.svelte";
import { Problem, Unreachable } from "$lib/api/problem";
import type { paths } from "$lib/api/schema";
import createClient from "openapi-fetch";

const PATIENCE_MS = 15_000;

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: "same-origin",
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }),
});

type Answer<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The body of an answer. Throws `Problem` when refused and `Unreachable` when no answer came. */
export async function taken<T>(asked: Answer<T>): Promise<T> {
  const answer = await asked.catch((cause: unknown) => {
    throw new Unreachable("No answer from the server.", { cause });
  });
  freshness.compare(answer.response.headers.get("X-Largesse-Api"));
  if (answer.response.ok) return answer.data as T;

  const body = answer.error && typeof answer.error === "object" ? (answer.error as Record<string, unknown>) : {};
  // A proxy's own 502 page is not the server's word: the effect is unknown.
  if (answer.response.status >= 500 && !("code" in body)) throw new Unreachable("No answer from the server.");
  throw new Problem(answer.response.status, body);
}

/**
 * Asks until an answer comes, always with the same key in the request.
 * On bad mobile data an answer may be lost on the way back; asking again is safe and moves nothing twice.
 */
export async function insist<T>(ask: () => Answer<T>): Promise<T> {
  const waits = [400, 900, 1800, 3500, 6000];
  for (let turn = 0; ; turn += 1) {
    try {
      return await taken(ask());
    } catch (error) {
      const wait = waits[turn];
      if (wait === undefined || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** The header under which a request takes effect at most once. */
export const once = (key: string) => ({ "Idempotency-Key": key });

function mayPass(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof Problem && (error.status === 503 || error.code === "request_in_progress");
}
